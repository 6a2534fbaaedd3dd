package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
	"github.com/jargo-dev/jargo/internal/markup"
	"github.com/jargo-dev/jargo/internal/python"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// frontEnd is the pages of one language, loaded.
type frontEnd interface {
	// Pages are those that nothing is wrong with, in any order.
	Pages() []*site.Page
	// Render renders jobs of its own pages in parallel, and closes what Load started. It
	// calls done for each when it is done, one call at a time, with its index in jobs:
	// with nil for one that failed, whose cause goes to diags.
	Render(ctx context.Context, jobs []site.Job, diags *diag.List, done func(i int, r *site.Response)) error
	// Function is what a function of its pages is made of, for Linux on arch
	// (amd64, arm64), or for this machine when arch is "".
	Function(ctx context.Context, arch string) (site.Function, error)
	// Files are the files of the project that each function of its pages has: where
	// each is, by its name below the project.
	Files() map[string]string
	// Place is the position of a frame of a failure, if it is in the project's code. It
	// works when the front end is closed, too.
	Place(f engine.Frame) (diag.Pos, bool)
	// Close ends what Load started, if that has not ended.
	Close()
}

// loaded is a project whose pages are known.
type loaded struct {
	site        *site.Site
	vercel      *vercel.Config
	middleware  []site.Middleware
	frontEnds   []frontEnd
	cache       *cache // nil when there is nothing to build
	siteFile    string // where the pages find what the site has; "" if nothing is rendered
	steps       []golang.Step
	python      string                  // Report.Python
	pythonState string                  // Report.PythonState
	files       map[*site.Page]*fileSet // those of pages that are functions
	project     string
	warnings    diag.List // of templates
	session     *Session
	dev         bool // it is being developed
}

func (l *loaded) close() {
	for _, f := range l.frontEnds {
		f.Close()
	}
	if l.cache != nil {
		l.cache.close()
	}
}

// load finds the pages and public files of a project and what the pages say of
// themselves. Mistakes go to diags; the site has what is right.
func load(ctx context.Context, o Options, render bool, diags *diag.List) (*loaded, error) {
	if err := SetEnvironment(o.Dir, diags); err != nil {
		return nil, err
	}
	config, err := readVercel(o, diags)
	if err != nil {
		return nil, err
	}
	l, before := &loaded{site: &site.Site{}, vercel: config, project: o.Dir, session: o.Session}, len(*diags)
	if info, err := os.Stat(filepath.Join(o.Dir, "pages")); err != nil || !info.IsDir() {
		diags.Add(diag.Pos{File: "pages"}, "a page is HTML below it, such as pages/page.html,\nor a Go package, such as pages/page.go: package pages; func Render() string { … }\nor a Python file, such as pages/index.py: def render(): return …",
			"there is no such directory")
		return l, nil
	}
	assets, err := findAssets(filepath.Join(o.Dir, "public"), diags)
	if err != nil {
		return nil, err
	}
	if l.cache, err = openCache(ctx, o.Dir, o.Log); err != nil {
		return nil, err
	}
	if render {
		if err := l.beginSiteFile(assets); err != nil {
			l.close()
			return nil, err
		}
	}
	if err := l.loadPages(ctx, o, diags); err != nil {
		l.close()
		return nil, err
	}
	if err := l.functionFiles(o, len(*diags) == before, diags); err != nil {
		l.close()
		return nil, err
	}
	var pages []*site.Page
	for _, f := range l.frontEnds {
		pages = append(pages, f.Pages()...)
	}
	if len(pages) == 0 && len(*diags) == before {
		diags.Add(diag.Pos{File: "pages"}, "write page.html in it or below, export func Render or func Handler from a package, or define render in a Python file",
			"there is no page in pages/")
	}
	l.site = site.New(pages, assets, diags)
	l.site.Guard(l.middleware, diags)
	if o.Dev {
		l.develop()
	}
	return l, nil
}

// readVercel reads vercel.json, and says which of its properties do nothing.
func readVercel(o Options, diags *diag.List) (*vercel.Config, error) {
	config, err := vercel.Read(o.Dir, diags)
	if err != nil {
		return nil, err
	}
	for _, p := range config.Ignored {
		fmt.Fprintf(o.Log, "%s: warning: %s has no effect on a site of Jargo\n", p.At, p.Name)
	}
	return config, nil
}

// beginSiteFile makes what pages can know of their site while they are loaded.
func (l *loaded) beginSiteFile(assets []site.Asset) error {
	l.siteFile = filepath.Join(l.cache.dir, siteFileName)
	if err := l.session.setHashes(assets); err != nil {
		return err
	}
	return describeAssets(assets).begin(l.siteFile)
}

// loadPages starts the front ends of the languages that have pages.
func (l *loaded) loadPages(ctx context.Context, o Options, diags *diag.List) error {
	var developing *golang.Session
	if o.Dev {
		developing = &o.Session.golang
	}
	templates, others, err := l.session.findTemplates(o, diags)
	if err != nil {
		return err
	}
	before := len(*diags)
	program, err := golang.Load(ctx, golang.Options{Dir: o.Dir, Session: developing, Templates: templates, Changed: o.Changed, Cache: l.cache.dir, Limits: o.Limits, Site: l.siteFile, Log: o.Log, Sources: o.Sources}, diags)
	if err != nil {
		return err
	}
	if program != nil {
		l.frontEnds, l.steps = append(l.frontEnds, program), program.Steps()
		l.middleware, l.warnings = program.Middleware(), program.Warnings()
	} else if len(*diags) == before { // there is no Go page
		pages, err := markup.Load(ctx, markup.Options{Dir: o.Dir, Cache: l.cache.dir, Templates: templates, Limits: o.Limits, Site: l.siteFile, Log: o.Log}, diags)
		if err != nil {
			return err
		}
		if pages != nil {
			l.frontEnds, l.warnings = append(l.frontEnds, pages), pages.Warnings
		}
	}
	if !others && !l.session.hasPython {
		return nil // as before
	}
	before = len(*diags)
	scripts, err := python.Load(ctx, python.Options{Dir: o.Dir, Out: o.Out, Cache: l.cache.dir, Runtime: o.Python, Limits: o.Limits, Dev: o.Dev, Session: &o.Session.python, Site: l.siteFile, Log: o.Log}, diags)
	if err != nil {
		return err
	}
	l.session.hasPython = scripts != nil || len(*diags) > before
	if scripts != nil {
		l.frontEnds = append(l.frontEnds, scripts)
		l.python, l.pythonState = scripts.Interpreter()
	}
	return nil
}
