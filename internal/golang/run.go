package golang

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// Program is a site's Go pages, compiled and running on this machine. Close it.
type Program struct {
	sitePages []*site.Page
	index     map[*site.Page]int // in the program's manifest

	pages   *pageSet
	file    string
	log     io.Writer
	process *program
}

// run runs the program at file, which was compiled for this machine, and asks
// its pages for their settings.
func (s *pageSet) run(ctx context.Context, file string, log io.Writer, diags *diag.List) (*Program, error) {
	p := &Program{pages: s, file: file, log: log, index: map[*site.Page]int{}}
	manifest, err := p.start(ctx)
	if errors.Is(err, errStopped) {
		s.addCrash(p.process, "the site's program stopped before it answered", diag.Pos{File: "pages"}, diags)
		return p, nil
	}
	if err != nil {
		return nil, err
	}
	for i, info := range manifest.Pages {
		if page := s.describe(s.pages[i], info, diags); page != nil {
			p.sitePages = append(p.sitePages, page)
			p.index[page] = i
		}
	}
	return p, nil
}

// Pages are the pages, with what they said of themselves.
func (p *Program) Pages() []*site.Page { return p.sitePages }

// start starts the process and reads its manifest.
func (p *Program) start(ctx context.Context) (engine.Manifest, error) {
	var manifest engine.Manifest
	process, err := start(ctx, p.file, p.pages.tool.dir, p.log)
	if process != nil {
		p.process = process
	}
	if err == nil {
		err = process.read(&manifest)
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return manifest, err
}

// Close ends the program.
func (p *Program) Close() {
	if p.process != nil {
		p.process.close()
	}
}

// describe makes the model's page of what its Config and Paths returned.
func (s *pageSet) describe(p *page, info engine.PageInfo, diags *diag.List) *site.Page {
	page := &site.Page{Words: &words, Route: p.route, Source: p.Source, ConfigAt: p.ConfigAt, PathsAt: p.PathsAt, Values: info.Paths}
	if !p.hasConfig() {
		page.ConfigAt = p.Source
	}
	if f := info.Failure; f != nil {
		at := p.ConfigAt
		if f.In == engine.InPaths {
			at = p.PathsAt
		}
		s.addFailure(f, f.In+" of "+p.route.String(), at, "", diags)
		return nil
	}
	switch c := info.Config; {
	case len(c.Unknown) > 0:
		diags.Add(p.ConfigAt, "install a newer one: go install github.com/jargo-dev/jargo/cmd/jargo@latest",
			"Config of %s uses %s, which this version of jargo does not know", p.route, strings.Join(c.Unknown, ", "))
		return nil
	case c.Kind == "":
		diags.Add(p.ConfigAt, "return jargo.Build{}, jargo.Fresh{…} or jargo.Regenerated{…}, and not a pointer to one",
			"Config of %s returns a nil value", p.route)
		return nil
	case p.Handler && c.Kind != engine.Fresh:
		diags.Add(p.ConfigAt, "return jargo.Fresh{…}, or write Data and Render instead of Handler",
			"%s has a Handler, which is always fresh, but its Config says %s", p.route, c.Kind)
		return nil
	default:
		page.Kind = site.Kind(c.Kind)
		page.Every, page.NoFallback = c.Every, c.NoFallback
		page.Query = slices.Compact(slices.Sorted(slices.Values(c.Query)))
		page.Limits = site.Limits{MaxDuration: c.MaxDuration, Memory: c.Memory, Regions: c.Regions}
	}
	return page
}

// window is how many jobs the program is given before it has answered: enough
// to keep every core busy.
const window = 64

// Render renders jobs in parallel and calls done for each, with its index in
// jobs, as it is answered: with nil for one that failed, whose cause goes to
// diags. A job that ends the program is found and reported; the jobs after it
// are then not rendered.
func (p *Program) Render(ctx context.Context, jobs []site.Job, diags *diag.List, done func(i int, r *site.Response)) error {
	waiting := make([]int, len(jobs))
	for i := range waiting {
		waiting[i] = i
	}
	r := &rendering{Program: p, jobs: jobs, diags: diags, done: done}
	waiting, err := r.run(waiting, window)
	if !errors.Is(err, errStopped) || ctx.Err() != nil {
		return causeOr(ctx, err)
	}
	// One of many was the end of it. Alone in a new process, it is known.
	p.process.close()
	if _, err := p.start(ctx); err != nil {
		return err
	}
	for _, i := range waiting {
		_, err := r.run([]int{i}, 1)
		if errors.Is(err, errStopped) && ctx.Err() == nil {
			p.pages.addCrash(p.process, "the program stopped while it rendered "+jobs[i].Path, jobs[i].Page.Source, diags)
			return nil
		}
		if err != nil {
			return causeOr(ctx, err)
		}
	}
	return nil
}

// causeOr is err, or why ctx ended: then err is only a consequence.
func causeOr(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// rendering is one call of Render.
type rendering struct {
	*Program
	jobs  []site.Job
	diags *diag.List
	done  func(i int, r *site.Response)
}

// run renders the jobs of these indexes with at most width of them in the
// program at a time. It returns those not answered when it fails.
func (r *rendering) run(indexes []int, width int) ([]int, error) {
	out := bufio.NewWriterSize(r.process.conn, 1<<16)
	enc := json.NewEncoder(out)
	open, next := newPending(r.log, patience), 0
	defer open.stop()
	for open.len() > 0 || next < len(indexes) {
		for open.len() < width && next < len(indexes) {
			i := indexes[next]
			job := r.jobs[i]
			message := engine.Job{ID: i, Page: r.index[job.Page], Path: site.EscapePath(job.Path), File: job.File}
			if err := enc.Encode(message); err != nil {
				return unanswered(open, indexes[next:]), r.broken()
			}
			open.add(i, job.Path)
			next++
		}
		// Results that have come are taken before more jobs are sent off.
		if r.process.lines.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return unanswered(open, indexes[next:]), r.broken()
			}
		}
		var result engine.Result
		if err := r.process.read(&result); err != nil {
			return unanswered(open, indexes[next:]), err
		}
		open.remove(result.ID)
		if err := r.answer(result); err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// broken waits for the end of a program that no longer reads.
func (r *rendering) broken() error {
	<-r.process.exited
	return errStopped
}

func unanswered(open *pending, rest []int) []int {
	all := append(open.jobs(), rest...)
	slices.Sort(all)
	return all
}

// answer hands one result on.
func (r *rendering) answer(result engine.Result) error {
	job := r.jobs[result.ID]
	f := result.Failure
	switch {
	case f == nil:
		r.done(result.ID, &site.Response{Status: result.Status, Header: result.Header, Size: result.Size})
		return nil
	case f.In == engine.InWrite:
		return errors.New(f.Message)
	}
	fix := ""
	if job.Page.Kind == site.Regenerated {
		fix = "a regenerated page is rendered ahead: if it cannot be, set NoFallback"
	}
	r.pages.addFailure(f, job.Path, job.Page.Source, fix, r.diags)
	r.done(result.ID, nil)
	return nil
}
