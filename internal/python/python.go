// Package python is the front end for Python pages. Processes of the machine's
// python3 load the pages, say what their config and paths return, and render
// them. The modules in handler/ do this there, and respond to requests in the
// function; what makes a response of a page is the same in both.
package python

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
)

// Options say which pages to load. Only Dir and Limits are required.
type Options struct {
	Dir string // the project, an absolute path without symbolic links
	Out string // the output directory, which is not part of the project; "" for none
	// Cache is a directory that stays between builds, and that no other build
	// uses meanwhile; "" for none.
	Cache string
	// Runtime is what functions run on: python3.13, also for "", or another
	// that the platform has. The version alone will do: 3.12.
	Runtime string
	Limits  renderer.Limits
	Dev     bool      // functions are for this machine alone, where the packages are, too
	Last    *Pages    // of the last build of the same project, if this one is in development
	Site    string    // renderer.Options.SiteFile
	Log     io.Writer // gets what the pages print; nil discards it
}

// Pages are the Python pages of a project, loaded. Close them.
type Pages struct {
	*renderer.Renderer
	options  Options
	runtime  string
	tmp      string // directory of our own, for the renderer's and the function's files
	packages packages
	files    map[string]string // the project's, for functions; nil when no page needs one
	inputs   string            // what was loaded, if that can be told and nothing is wrong with it
}

// Load finds and loads the Python pages of a project with their settings. What is wrong with them goes to diags; Pages has those that are
// right. It is nil when there are none.
func Load(ctx context.Context, o Options, diags *diag.List) (*Pages, error) {
	runtime, err := parseRuntime(cmp.Or(o.Runtime, defaultRuntime))
	if err != nil {
		return nil, err
	}
	found, err := find(o.Dir, diags)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	python, ok := lookPython(diags)
	if !ok {
		return nil, nil
	}
	o.Log = renderer.SharedLog(o.Log)
	p := &Pages{options: o, runtime: runtime}
	inputs, before := p.digest(python), len(*diags)
	if last := o.Last; last == nil || inputs == "" || last.inputs != inputs {
		p.options.Last = nil
	}
	if err := p.load(ctx, python, found, diags); err != nil || p.Renderer == nil {
		p.Close()
		return nil, err
	}
	if p.options.Last = nil; len(*diags) == before && (p.packages.cached || p.packages.dir == "") {
		p.inputs = inputs
	}
	return p, nil
}

// load does the work of Load once there are pages and a Python. Without the
// packages that they need no page can be judged, and there is no Renderer.
func (p *Pages) load(ctx context.Context, python string, found []*page, diags *diag.List) error {
	var err error
	if p.tmp, err = os.MkdirTemp("", "jargo-"); err != nil {
		return err
	}
	l := launch{python: python, dir: p.tmp, project: p.options.Dir, log: p.options.Log}
	last := p.options.Last
	if last != nil {
		p.packages = last.packages
	} else if p.packages, err = install(ctx, l, filepath.Join(cmp.Or(p.options.Cache, p.tmp), "packages"), diags); err != nil || p.packages.failed {
		return err
	}
	l.packages = p.packages.dir
	if err := writeProgram(filepath.Join(l.dir, buildFile), "build"); err != nil {
		return err
	}
	slices.SortFunc(found, func(a, b *page) int { return a.route.Compare(b.route) })
	o := renderer.Options{Language: &language{l, found, p.runtime}, Processes: runtime.GOMAXPROCS(0), Limits: p.options.Limits, SiteFile: p.options.Site, Log: l.log}
	list := make([]entry, len(found))
	for i, page := range found {
		list[i] = entry{File: page.file, Pattern: page.route.String()}
		o.Pages = append(o.Pages, renderer.Task{Path: list[i].Pattern, At: diag.Pos{File: page.file, Line: 1, Col: 1}})
	}
	if err := writeList(filepath.Join(l.dir, foundFile), list); err != nil {
		return err
	}
	if last != nil {
		p.Renderer, p.files = last.Again(o, diags), last.files
		return nil
	}
	if p.Renderer, err = renderer.Load(ctx, o, diags); err != nil {
		return err
	}
	if slices.ContainsFunc(p.Pages(), needsFunction) {
		p.files, err = p.collect(ctx, diags)
	} else if len(p.Pages()) < len(found) {
		p.checkModules(diags)
	}
	return err
}

func needsFunction(p *site.Page) bool { return p.Kind != site.Build }

// Close kills the processes and removes what they needed.
func (p *Pages) Close() {
	if p.Renderer != nil {
		p.Renderer.Close()
	}
	if p.tmp != "" {
		_ = os.RemoveAll(p.tmp)
	}
}

// Files are the files of the project that functions have.
func (p *Pages) Files() map[string]string { return p.files }

// Function is what the function of the pages is made of.
func (p *Pages) Function(ctx context.Context, arch string) (site.Function, error) {
	f := site.Function{Runtime: p.runtime, Handler: handlerName, Streaming: true, Files: map[string]string{}}
	f.AsksForAssets = p.asksForAssets
	if p.options.Dev && p.packages.dir != "" {
		f.Environment = map[string]string{packagesVariable: p.packages.dir}
	} else if err := p.addPackages(ctx, arch, f.Files); err != nil {
		return f, err
	}
	f.Files[handlerFile] = filepath.Join(p.tmp, handlerFile)
	if err := writeProgram(f.Files[handlerFile], "function"); err != nil {
		return f, err
	}
	f.Files[pagesFile] = filepath.Join(p.tmp, pagesFile)
	list := make([]entry, len(p.Pages()))
	for i, page := range p.Pages() { // in the order of their routes
		list[i] = entry{
			File: page.Source.File, Kind: string(page.OwnKind()), Name: page.Route.Output(),
			Pattern: page.Route.String(), Query: append([]string{}, page.Query...),
		}
	}
	return f, writeList(f.Files[pagesFile], list)
}

// asksForAssets reports whether a source of the function has the word.
func (p *Pages) asksForAssets() (bool, error) {
	for name, file := range p.files {
		if path.Ext(name) != ".py" {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			return false, fmt.Errorf("read a file of the function: %w", err)
		}
		if bytes.Contains(source, []byte("asset")) {
			return true, nil
		}
	}
	return false, nil
}

// entry is a page in a list for page.py, with the names of its Page. To load
// it, File and Pattern are enough.
type entry struct {
	File    string   `json:"file"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"` // output path
	Pattern string   `json:"pattern"`
	Query   []string `json:"query"`
}

func writeList(file string, list []entry) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(list); err != nil {
		return err
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the list of pages: %w", err)
	}
	return nil
}
