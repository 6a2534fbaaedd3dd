// Package python is the front end for Python pages. Worker processes of the
// machine's python3 load the pages, say what their config and paths return, and
// render them. The same file that does this there, handler.py, answers requests
// in the function.
package python

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// Options say which pages to load. Only Dir is required.
type Options struct {
	Dir string // the project, an absolute path without symbolic links
	Out string // the output directory, which is no part of the project; "" for none
	// Cache is a directory that stays between builds, and that no other build
	// uses meanwhile; "" for none.
	Cache string
	// Runtime is what functions run on: python3.13, also for "", or another
	// that the platform has. The version alone will do: 3.12.
	Runtime string
	Log     io.Writer // gets what the pages print; nil discards it
}

// Pages are the Python pages of a project, loaded by workers. Close them.
type Pages struct {
	options   Options
	runtime   string
	pool      *pool
	tmp       string // directory of our own, for the workers' and the function's files
	packages  packages
	sitePages []*site.Page
	files     map[*site.Page]string // below the project, with slashes
	function  map[string]string     // site.Function.Files but for our own; nil when no page needs a function
}

// Load finds and loads the Python pages of a project and asks them for their
// settings. What is wrong with them goes to diags; Pages has those that are
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
	if o.Log == nil {
		o.Log = io.Discard
	}
	o.Log = &syncWriter{out: o.Log}
	p := &Pages{options: o, runtime: runtime, files: map[*site.Page]string{}}
	if err := p.load(ctx, python, found, diags); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// load does the work of Load once there are pages and a Python.
func (p *Pages) load(ctx context.Context, python string, found []*page, diags *diag.List) error {
	var err error
	if p.tmp, err = os.MkdirTemp("", "jargo-"); err != nil {
		return err
	}
	handler := filepath.Join(p.tmp, handlerFile)
	if err := os.WriteFile(handler, handlerSource, 0o644); err != nil {
		return err
	}
	l := launch{python: python, handler: handler, project: p.options.Dir, log: p.options.Log}
	cache := filepath.Join(cmp.Or(p.options.Cache, p.tmp), "packages")
	if p.packages, err = install(ctx, l, cache, diags); err != nil {
		return err
	}
	if p.packages.failed {
		return nil // without its packages no page can be judged
	}
	l.packages = p.packages.dir
	p.pool = newPool(l)
	err = p.describe(ctx, found, diags)
	if errors.Is(err, errNoPython) {
		addNoPython(ctx, python, diags)
		return nil
	}
	if err != nil {
		return err
	}
	// They come in the order in which they were loaded.
	slices.SortFunc(p.sitePages, func(a, b *site.Page) int { return a.Route.Compare(b.Route) })
	if slices.ContainsFunc(p.sitePages, needsFunction) {
		p.function, err = p.collect(ctx, diags)
	} else if len(p.sitePages) < len(found) {
		p.checkModules(diags)
	}
	return err
}

func needsFunction(p *site.Page) bool { return p.Kind != site.Build }

// Pages are the pages, with what they said of themselves.
func (p *Pages) Pages() []*site.Page { return p.sitePages }

// Close ends the workers and removes what they needed.
func (p *Pages) Close() {
	if p.pool != nil {
		p.pool.close()
	}
	if p.tmp != "" {
		_ = os.RemoveAll(p.tmp)
	}
}

// describe loads the pages and makes the model's of them.
func (p *Pages) describe(ctx context.Context, found []*page, diags *diag.List) error {
	requests := make([]request, len(found))
	for i, page := range found {
		requests[i] = request{File: page.file, Pattern: page.route.String()}
		p.pool.home[page.file] = i
	}
	return run(ctx, p.pool, requests, func(o outcome[loaded]) {
		page := found[o.index]
		if o.ended != nil {
			addEnd(diag.Pos{File: page.file, Line: 1, Col: 1}, page.route.String(), "the process ended while it loaded", o.ended, diags)
			return
		}
		if made := p.sitePage(page, &o.answer, diags); made != nil {
			p.sitePages = append(p.sitePages, made)
			p.files[made] = page.file
		}
	})
}

// Render renders jobs in parallel and calls done for each, with its index in
// jobs, as it is answered: with nil for one that failed, whose cause goes to
// diags.
func (p *Pages) Render(ctx context.Context, jobs []site.Job, diags *diag.List, done func(i int, r *site.Response)) error {
	if len(jobs) == 0 {
		return nil
	}
	requests := make([]request, len(jobs))
	for i, job := range jobs {
		requests[i] = request{
			File: p.files[job.Page], Pattern: job.Page.Route.String(),
			Path: job.Path, Target: site.EscapePath(job.Path), Out: job.File,
		}
	}
	var failed error
	err := run(ctx, p.pool, requests, func(o outcome[rendered]) {
		job, a := jobs[o.index], &o.answer
		switch {
		case o.ended != nil:
			addEnd(job.Page.Source, job.Path, "the process ended while it rendered", o.ended, diags)
		case a.Failure != nil && a.Failure.Step == "write":
			failed = errors.New(a.Failure.Message)
		case a.Failure != nil:
			p.addFailure(a.Failure, job.Path, job.Page.Source, renderFix(job.Page), diags)
		default:
			done(o.index, a.response())
			return
		}
		done(o.index, nil)
	})
	if err != nil {
		return err
	}
	return failed
}

// Function is what the function of the pages is made of.
func (p *Pages) Function(ctx context.Context, arch string) (site.Function, error) {
	f := site.Function{Runtime: p.runtime, Handler: handlerName, Streaming: true, Files: map[string]string{}}
	for name, file := range p.function {
		f.Files[name] = file
	}
	if err := p.addPackages(ctx, arch, f.Files); err != nil {
		return f, err
	}
	f.Files[handlerFile] = filepath.Join(p.tmp, handlerFile)
	f.Files[pagesFile] = filepath.Join(p.tmp, pagesFile)
	data, err := p.manifest()
	if err != nil {
		return f, err
	}
	if err := os.WriteFile(f.Files[pagesFile], data, 0o644); err != nil {
		return f, fmt.Errorf("write the list of pages: %w", err)
	}
	return f, nil
}

// syncWriter lets the workers share a log.
type syncWriter struct {
	mu  sync.Mutex
	out io.Writer
}

func (w *syncWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.out.Write(b)
}
