package build

import (
	"bytes"
	"errors"
	"fmt"
	"mime"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

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
			var buffer bytes.Buffer
			for errs[n] == nil {
				i := int(next.Add(1)) - 1
				if i >= len(w.jobs) {
					return
				}
				if isHTML(w.responses[i]) {
					documents[i], errs[n] = readLinks(checker, w.jobs[i], &buffer)
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
	media, _, _ := mime.ParseMediaType(contentType)
	return contentType == htmlType || media == "text/html"
}

func readLinks(checker *links.Checker, job site.Job, buffer *bytes.Buffer) (*links.Document, error) {
	f, err := os.Open(job.File)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	buffer.Reset()
	if _, err := buffer.ReadFrom(f); err != nil {
		return nil, err
	}
	return checker.Check(site.EscapePath(job.Path), buffer.Bytes()), nil
}

func reportLinks(jobs []site.Job, documents []*links.Document, diags *diag.List) {
	byPath := map[string]*links.Document{}
	for i, d := range documents {
		if d != nil {
			byPath[jobs[i].Path] = d
		}
	}
	var mistakes brokenLinks
	for i, d := range documents {
		if d == nil {
			continue
		}
		for _, url := range d.Missing {
			mistakes.add(jobs[i], fmt.Sprintf("links to %q, where there is no page and no file", url),
				"correct the link, or add a page or a file of public/")
		}
		for _, f := range d.Broken(byPath) {
			mistakes.add(jobs[i], fmt.Sprintf("links to %q, but %s has no element of that id", f.URL, f.Path),
				fmt.Sprintf("correct the link, or give an element id=%q", f.ID))
		}
	}
	mistakes.report(diags)
}

// brokenLinks are the mistakes in a site's links, each with the paths that have it.
type brokenLinks struct {
	list  []*brokenLink
	index map[brokenLink]*brokenLink // by page and message
}

type brokenLink struct {
	page         *site.Page
	message, fix string
	path         string // the first of the paths
	more         int
}

func (b *brokenLinks) add(job site.Job, message, fix string) {
	key := brokenLink{page: job.Page, message: message}
	if known := b.index[key]; known != nil {
		known.more++
		return
	}
	if b.index == nil {
		b.index = map[brokenLink]*brokenLink{}
	}
	link := &brokenLink{page: job.Page, message: message, fix: fix, path: job.Path}
	b.index[key] = link
	b.list = append(b.list, link)
}

func (b *brokenLinks) report(diags *diag.List) {
	for _, l := range b.list {
		subject := l.path
		if l.more > 0 {
			noun := "paths"
			if l.more == 1 {
				noun = "path"
			}
			subject = fmt.Sprintf("%s and %d more %s", l.path, l.more, noun)
			l.message = strings.Replace(l.message, "links", "link", 1)
		}
		diags.Add(l.page.Source, l.fix, "%s %s", subject, l.message)
	}
}
