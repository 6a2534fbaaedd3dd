// Package markup is the front end for pages of a project that has templates and no Go:
// they are rendered once, by this program itself, so that the project needs no Go
// toolchain. Beside Go pages they are part of the program of those, in package golang.
package markup

import (
	"context"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/engine/sitefile"
	executed "github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
	templates "github.com/jargo-dev/jargo/internal/template"
	"github.com/jargo-dev/jargo/internal/template/compiler"
)

// Options say which pages to load.
type Options struct {
	Dir       string // the project, an absolute path without symbolic links
	Cache     string // a directory that stays between builds, and that no other build uses meanwhile
	Templates *templates.Project
	Limits    renderer.Limits // of the pages
	Site      string          // renderer.Options.SiteFile
	Log       io.Writer
}

// Pages is the pages, loaded. Close it.
type Pages struct {
	*renderer.Renderer
	program, bundle string

	// Warnings are of templates.
	Warnings diag.List
}

// Load checks the templates, and starts their program. Mistakes go to diags. It returns
// nil when there are no pages.
func Load(ctx context.Context, o Options, diags *diag.List) (*Pages, error) {
	pages := slices.Clone(o.Templates.All())
	if len(pages) == 0 {
		return nil, nil
	}
	slices.SortFunc(pages, func(a, b *templates.Page) int { return a.Route.Compare(b.Route) })
	p := &Pages{}
	if p.Warnings = check(o.Templates, diags); len(*diags) > 0 {
		return nil, nil // there is nothing else that could be wrong
	}
	var err error
	if p.program, err = os.Executable(); err != nil {
		return nil, fmt.Errorf("find the program that renders templates: %w", err)
	}
	p.bundle = filepath.Join(o.Cache, executed.BundleName)
	if err := o.Templates.WriteBundle(p.bundle); err != nil {
		return nil, err
	}
	r := renderer.Options{Language: &language{o, p, pages}, Processes: 1, Limits: o.Limits, SiteFile: o.Site, Ask: syscall.SIGQUIT, Log: o.Log}
	for _, page := range pages {
		r.Pages = append(r.Pages, renderer.Task{Path: page.Route.String(), At: page.Source()})
	}
	p.Renderer, err = renderer.Load(ctx, r, diags)
	return p, err
}

// check reports mistakes, and returns what may be one.
func check(project *templates.Project, diags *diag.List) (warnings diag.List) {
	var shared compiler.Shared
	used := map[*templates.Page]map[string]bool{}
	for _, p := range project.Pages {
		if p.Set == nil {
			continue
		}
		r := compiler.Compile(compiler.Page{Route: p.Route.String(), Own: p.Files.Own, Set: p.Set, Text: p.Text(), Funcs: compiler.OwnFuncs(nil)})
		shared.Add(r.Mistakes)
		used[p] = r.Used
		warnings = append(warnings, r.Warnings...)
	}
	mistakes := shared.List()
	*diags = append(*diags, mistakes...)
	if len(mistakes) > 0 {
		return nil
	}
	return append(warnings, project.Unused(used)...)
}

// Files are the files of the project that functions have.
func (p *Pages) Files() map[string]string { return nil }

// Function is what the function of the pages is made of, when the site is developed:
// else there is none.
func (p *Pages) Function(context.Context, string) (site.Function, error) {
	return site.Function{
		Runtime: "executable", Handler: "executable", Language: "go", Streaming: true,
		Files:         map[string]string{"executable": p.program, executed.BundleName: p.bundle},
		Environment:   map[string]string{executed.Variable: executed.BundleName},
		AsksForAssets: func() (bool, error) { return false, nil },
	}, nil
}

// IsProgram reports whether the process was started to be the program of pages: Main is
// to be called.
func IsProgram() bool {
	return executed.IsGiven() && (os.Getenv(engine.BuildDir) != "" || os.Getenv("VERCEL_IPC_PATH") != "")
}

// functions are those that all templates have, as compiler.OwnFuncs says.
func functions() template.FuncMap {
	return template.FuncMap{"asset": sitefile.Asset, "routes": sitefile.Routes, "now": time.Now}
}

// Main is the program of the pages. It does not return.
func Main() {
	bundle, err := executed.Given()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var s engine.Site
	for _, route := range bundle.Routes {
		p, made := bundle.Pages[route], executed.New(executed.Given, route, functions)
		page := engine.Page{Pattern: route, Name: p.Output, Source: p.Own, Render: func(w *engine.Response, _ *http.Request) error {
			return made.Execute(w, nil)
		}}
		if executed.IsText(p.Own) {
			page.Extension = filepath.Ext(p.Own)
		}
		s.Pages = append(s.Pages, page)
	}
	engine.Main(s)
}
