package site_test

import (
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

func TestFind(t *testing.T) {
	literal := func(name string) site.Segment { return site.Segment{Kind: site.Literal, Name: name} }
	parameter, catchAll := site.Segment{Kind: site.Parameter, Name: "x"}, site.Segment{Kind: site.CatchAll, Name: "x"}
	s := &site.Site{
		Pages: []*site.Page{
			page(site.Fresh, nil),
			page(site.Build, []string{"/404"}, literal("404")),
			page(site.Build, []string{"/about"}, literal("about")),
			page(site.Build, []string{"/blog/a"}, literal("blog"), parameter),
			page(site.Regenerated, nil, literal("live"), parameter),
			page(site.Fresh, nil, catchAll),
		},
		Assets: []site.Asset{{Path: "legal/index.html"}, {Path: "file.txt", Hash: "0123456789ab"}, {Path: "old.html"}},
	}
	known := s.Known()
	for path, want := range map[string]string{
		"/": "/", "": "/", "/index": "/", "/index.html": "/",
		"/about": "/about", "/about/": "/about", "/about.html": "/about",
		"/blog/a": "/blog/a", "/blog/b": "", "/live/x": "/live/x", "/live//": "/live",
		"/anything/at/all": "/anything/at/all", "/anything//": "/anything", "//anything": "",
		"/file.txt": "/file.txt", "/file.0123456789ab.txt": "/file.0123456789ab.txt", "/file.0123456789ac.txt": "/file.0123456789ac.txt", "/legal": "/legal", "/legal/index.html": "/legal", "/old.html": "/old",
	} {
		canonical, found := known.Find(path)
		if found != (want != "") || found && canonical != want {
			t.Errorf("%s: got %s, %v, want %q", path, canonical, found, want)
		}
	}
	s.Pages = s.Pages[:len(s.Pages)-1]
	known = s.Known()
	for _, path := range []string{"/404", "/anything", "/About", "/file", "/live", "/live/a/b"} {
		if canonical, found := known.Find(path); found {
			t.Errorf("%s is found at %s", path, canonical)
		}
	}
}

func page(kind site.Kind, paths []string, route ...site.Segment) *site.Page {
	p := &site.Page{Route: route, Paths: paths, Source: diag.Pos{File: "pages"}}
	p.Kind = kind
	return p
}
