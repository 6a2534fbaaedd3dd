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
	Session *Session  // of the builds of a site in development; nil for none
	Site    string    // renderer.Options.SiteFile
	Log     io.Writer // gets what the pages print; nil discards it
}

// Pages are the Python pages of a project, loaded. Close them.
type Pages struct {
	*renderer.Renderer
	options  Options
	runtime  string
	tmp      string // directory of our own, for the function's files
	launch   launch
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
	if o.Session == nil {
		o.Session = new(Session)
	}
	python, ok := o.Session.lookPython(ctx, o, diags)
	if !ok {
		return nil, nil
	}
	o.Log = renderer.SharedLog(o.Log)
	p := &Pages{options: o, runtime: runtime, launch: launch{interpreter: python, project: o.Dir, log: o.Log}}
	inputs, before := p.digest(), len(*diags)
	last := o.Session.last
	if last != nil && (inputs == "" || last.inputs != inputs) {
		last = nil
	}
	o.Session.last = nil
	if err := p.load(ctx, last, found, diags); err != nil || p.Renderer == nil {
		p.Close()
		return nil, err
	}
	if len(*diags) == before && (p.packages.cached || p.packages.dir == "") {
		p.inputs = inputs
	}
	o.Session.last = p
	return p, nil
}

// load does the work of Load once there are pages and a Python. Without the
// packages that they need no page can be judged, and there is no Renderer. In last,
// which may be nil, the pages said what they would say now.
func (p *Pages) load(ctx context.Context, last *Pages, found []*page, diags *diag.List) error {
	var err error
	if p.tmp, err = os.MkdirTemp("", "jargo-"); err != nil {
		return err
	}
	if last != nil {
		p.packages = last.packages
	} else if p.packages, err = install(ctx, p.launch, filepath.Join(cmp.Or(p.options.Cache, p.tmp), "packages"), diags); err != nil || p.packages.failed {
		return err
	}
	p.launch.packages, p.launch.machine = p.packages.dir, cmp.Or(p.launch.machine, p.packages.machine)
	p.options.Session.found = p.launch.interpreter
	slices.SortFunc(found, func(a, b *page) int { return a.route.Compare(b.route) })
	o, err := p.rendering(found, last == nil)
	if err != nil {
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

// rendering says how the pages are rendered, and loaded before that if load is true, and
// makes the files for it.
func (p *Pages) rendering(found []*page, load bool) (renderer.Options, error) {
	o := renderer.Options{Processes: runtime.GOMAXPROCS(0), Limits: p.options.Limits, SiteFile: p.options.Site, Log: p.launch.log}
	list := make([]entry, len(found))
	for i, page := range found {
		list[i] = entry{File: page.file, Pattern: page.route.String()}
		o.Pages = append(o.Pages, renderer.Task{Path: list[i].Pattern, At: diag.Pos{File: page.file, Line: 1, Col: 1}})
	}
	var err error
	var a *ahead
	if load {
		a = p.options.Session.take(p)
	}
	if a != nil {
		p.launch.dir, o.Started = a.dir, a.started
	} else if p.launch.dir, err = newLaunchDir(); err != nil {
		return o, err
	}
	o.Language = &language{p.launch, found, p.runtime}
	err = writeList(filepath.Join(p.launch.dir, foundFile), list)
	if err != nil && a != nil {
		a.started.Close()
	}
	return o, err
}

func needsFunction(p *site.Page) bool { return p.Kind != site.Build }

// Close kills the processes and removes what they needed.
func (p *Pages) Close() {
	if p.Renderer != nil {
		p.Renderer.Close()
	}
	for _, dir := range []string{p.tmp, p.launch.dir} {
		if dir != "" {
			_ = os.RemoveAll(dir)
		}
	}
}

// Interpreter is the program that has loaded the pages, and its state: while that is the
// same, a process of it is as one that was started before.
func (p *Pages) Interpreter() (file, state string) { return p.launch.file, p.launch.state() }

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
	if p.options.Dev {
		p.options.Session.compiled.add(p.launch.interpreter, f.Files)
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
