package build

import (
	"bytes"
	"fmt"
	"mime"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/links"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// linkCheck looks for broken links in what is rendered, beside the rendering. nil
// looks for none.
type linkCheck struct {
	jobs      []site.Job
	rendered  chan int // indexes of jobs whose files are HTML
	workers   sync.WaitGroup
	documents []*links.Document // of the jobs; nil for one that is not HTML

	once sync.Once
	err  error // the first
}

// checkLinks starts to check the files of jobs. With fragments, these are
// collected, too.
func checkLinks(s *site.Site, config *vercel.Config, jobs []site.Job, fragments bool) *linkCheck {
	c := &linkCheck{jobs: jobs, rendered: make(chan int, len(jobs)), documents: make([]*links.Document, len(jobs))}
	known, routed := s.Known(), routedBy(config)
	find := func(path string) (string, bool) {
		canonical, found := known.Find(path)
		return canonical, found || routed(site.EscapePath(path))
	}
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		c.workers.Go(func() {
			checker := &links.Checker{Find: find, Fragments: fragments}
			var buffer bytes.Buffer
			for i := range c.rendered {
				if err := c.check(checker, i, &buffer); err != nil {
					c.once.Do(func() { c.err = err })
				}
			}
		})
	}
	return c
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

// add checks the file of a job that was rendered.
func (c *linkCheck) add(i int, r *site.Response) {
	if c == nil || r == nil {
		return
	}
	if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); r.Header.Get("Content-Type") == htmlType || media == "text/html" {
		c.rendered <- i
	}
}

// wait ends the check. Nothing can be added any more.
func (c *linkCheck) wait() error {
	if c == nil {
		return nil
	}
	close(c.rendered)
	c.workers.Wait()
	return c.err
}

func (c *linkCheck) check(checker *links.Checker, i int, buffer *bytes.Buffer) error {
	f, err := os.Open(c.jobs[i].File)
	if err != nil {
		return err
	}
	defer f.Close()
	buffer.Reset()
	if _, err := buffer.ReadFrom(f); err != nil {
		return err
	}
	c.documents[i] = checker.Check(site.EscapePath(c.jobs[i].Path), buffer.Bytes())
	return nil
}

// report adds the broken links to diags: one that many paths of a page have is
// said once.
func (c *linkCheck) report(diags *diag.List) {
	if c == nil {
		return
	}
	byPath := map[string]*links.Document{}
	for i, d := range c.documents {
		if d != nil {
			byPath[c.jobs[i].Path] = d
		}
	}
	var mistakes brokenLinks
	for i, d := range c.documents {
		if d == nil {
			continue
		}
		for _, url := range d.Missing {
			mistakes.add(c.jobs[i], fmt.Sprintf("links to %q, where there is no page and no file", url),
				"correct the link, or add a page or a file of public/")
		}
		for _, f := range d.Broken(byPath) {
			mistakes.add(c.jobs[i], fmt.Sprintf("links to %q, but %s has no element of that id", f.URL, f.Path),
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
