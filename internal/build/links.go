package build

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"regexp"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/links"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// checkLinks reads what was rendered of a site and adds its broken links to diags:
// one that many paths of a page have is said once. With fragments, so are those to
// an element that is not there. It is done when all is rendered: beside that, which
// needs the same processors, it would take longer.
func (w *writer) checkLinks(fragments bool, diags *diag.List) error {
	known, routed := w.site.Known(), routedBy(w.vercel)
	find := func(path string) (string, bool) {
		canonical, found := known.Find(path)
		return canonical, found || routed(site.EscapePath(path))
	}
	documents := make([]*links.Document, len(w.jobs)) // nil for one that is not HTML
	var next atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, runtime.GOMAXPROCS(0))
	for n := range errs {
		workers.Go(func() {
			checker := &links.Checker{Find: find, Fragments: fragments}
			var body []byte
			for errs[n] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(w.jobs) {
					return
				}
				if r := w.responses[i]; isHTML(r) {
					body = slices.Grow(body[:0], int(r.Size))[:r.Size]
					documents[i], errs[n] = readLinks(checker, w.jobs[i], body)
				}
			}
		})
	}
	workers.Wait()
	reportLinks(w.jobs, documents, diags)
	return errors.Join(errs...)
}

// routedBy returns what reports whether a redirect or rewrite of vercel.json may
// match a path. An expression that Go does not understand may.
func routedBy(config *vercel.Config) func(path string) bool {
	var sources []*regexp.Regexp
	all := false
	for _, r := range config.Routes() {
		location := r.Headers["Location"]
		if r.Continue || r.Dest == "" && location == "" || location == "/$1" || location == "/$1/" {
			continue // headers, and what only corrects the spelling
		}
		source, err := regexp.Compile("(?i)" + r.Src)
		all = all || err != nil
		sources = append(sources, source)
	}
	return func(path string) bool {
		return all || slices.ContainsFunc(sources, func(r *regexp.Regexp) bool { return r.MatchString(path) })
	}
}

func isHTML(r *site.Response) bool {
	if r == nil {
		return false
	}
	contentType := r.Header.Get("Content-Type")
	if contentType == htmlType {
		return true
	}
	media, _, _ := mime.ParseMediaType(contentType)
	return media == "text/html"
}

// readLinks reads a body, which is as long as that of the job.
func readLinks(checker *links.Checker, job site.Job, body []byte) (*links.Document, error) {
	f, err := engine.OpenFile(job.File, os.O_RDONLY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if _, err := io.ReadFull(f, body); err != nil {
		return nil, fmt.Errorf("read what was rendered of %s: %w", job.Path, err)
	}
	return checker.Check(site.EscapePath(job.Path), body), nil
}

func reportLinks(jobs []site.Job, documents []*links.Document, diags *diag.List) {
	byPath := map[string]*links.Document{}
	for i, d := range documents {
		if d != nil {
			byPath[jobs[i].Path] = d
		}
	}
	for i, d := range documents {
		if d == nil {
			continue
		}
		job := jobs[i]
		for _, url := range d.Missing {
			diags.AddOf(job.Path, job.Page.Source, "correct the link, or add a page or a file of public/",
				"%s links to %q, where there is no page and no file", url)
		}
		for _, f := range d.Broken(byPath) {
			diags.AddOf(job.Path, job.Page.Source, fmt.Sprintf("correct the link, or give an element id=%q", f.ID),
				"%s links to %q, but %s has no element of that id", f.URL, f.Path)
		}
	}
}
