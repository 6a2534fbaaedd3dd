package site

import (
	"maps"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

func page(t *testing.T, place string, kind Kind, values ...string) *Page {
	t.Helper()
	file := strings.ReplaceAll("pages/"+place+"/page.go", "//", "/")
	terms := &Terms{Paths: "Paths", Setting: func(s *Setting) string { return s.Go }}
	p := &Page{Terms: terms, Route: parse(t, place), Source: diag.Pos{File: file, Line: 3, Col: 6}, Values: values}
	p.ConfigAt, p.Kind = p.Source, kind
	if kind == Regenerated {
		p.Every = time.Minute
	}
	if values != nil {
		p.PathsAt = diag.Pos{File: file, Line: 5, Col: 6}
	}
	return p
}

func TestSources(t *testing.T) {
	var diags diag.List
	s := New([]*Page{page(t, "", Build), page(t, "about", Fresh), page(t, "blog/slug_", Build, "a", "c"), page(t, "docs/path__", Fresh)}, nil, &diags)
	want := map[string]string{
		"index": "pages/page.go", "about": "pages/about/page.go", "docs/[...path]": "pages/docs/path__/page.go",
		"blog/[slug]": "pages/blog/slug_/page.go", "blog/a": "pages/blog/slug_/page.go", "blog/c": "pages/blog/slug_/page.go",
	}
	if got := s.Sources(); len(diags) > 0 || !maps.Equal(got, want) {
		t.Errorf("the sources are %v, want %v; %v", got, want, diags)
	}
}

func TestPaths(t *testing.T) {
	noFallback := page(t, "off", Regenerated)
	noFallback.NoFallback = true
	query := page(t, "search", Regenerated)
	query.Query = []string{"q"}
	for _, tt := range []struct {
		page *Page
		want string
	}{
		{page(t, "", Build), "/"},
		{page(t, "about", Build), "/about"},
		{page(t, "blog/slug_", Build, "b", "a"), "/blog/b /blog/a"},
		{page(t, "fresh", Fresh), ""},
		{page(t, "live", Regenerated), "/live"},
		{page(t, "live/slug_", Regenerated, "x"), "/live/x"},
		{page(t, "live/slug_", Regenerated), ""},
		{noFallback, ""},
		{query, ""},
	} {
		var diags diag.List
		New([]*Page{tt.page}, nil, &diags)
		if got := strings.Join(tt.page.Paths, " "); got != tt.want || len(diags) > 0 {
			t.Errorf("%s: paths %q, want %q; %v", tt.page.Route, got, tt.want, diags)
		}
	}
}

func TestAssetRoute(t *testing.T) {
	for path, want := range map[string]string{
		"a.txt":           "/a.txt",
		"LICENSE":         "/LICENSE",
		"about.html":      "/about",
		"index.html":      "/",
		"docs/index.html": "/docs",
		"docs/a.b.html":   "/docs/a.b",
		"docs/index":      "/docs",
		"index":           "/",
		"Sub/INDEX.HTML":  "/Sub/INDEX.HTML",
	} {
		if got := (Asset{Path: path}).Route(); got != want {
			t.Errorf("%s answers at %s, want %s", path, got, want)
		}
	}
}

// TestConflicts puts the same pages in in both orders: the diagnostics are the
// same.
func TestConflicts(t *testing.T) {
	pages := []*Page{
		page(t, "about", Build),
		page(t, "x/a_", Fresh),
		page(t, "x/b_", Fresh),
		page(t, "x/a_/y", Fresh), // another route than x/{b}/z
		page(t, "x/b_/z", Fresh),
		page(t, "blog/new", Fresh),
		page(t, "blog/slug_", Build, "new"),
	}
	assets := []Asset{{Path: "about/index.html"}, {Path: "twice.html"}, {Path: "twice"}, {Path: "x/1"}}
	want := `pages/blog/slug_/page.go:5:6: Paths gives /blog/new, which is also the route of pages/blog/new/page.go:3:6
    leave the value out of Paths, or remove the other page
pages/x/b_/page.go:3:6: the route /x/{b} is also that of pages/x/a_/page.go:3:6
    remove or rename one of the two
public/about/index.html: the route /about is also that of pages/about/page.go:3:6
    remove or rename one of the two
public/twice.html: the route /twice is also that of public/twice
    remove or rename one of the two`
	for range 2 {
		var diags diag.List
		New(pages, assets, &diags)
		if err := diags.Err(); err == nil || err.Error() != want {
			t.Errorf("got\n%v\nwant\n%s", err, want)
		}
		for i := range len(pages) / 2 {
			pages[i], pages[len(pages)-1-i] = pages[len(pages)-1-i], pages[i]
		}
	}
}

// TestUnreachable has paths that something else would answer, and files where
// the output needs directories.
func TestUnreachable(t *testing.T) {
	pages := []*Page{
		page(t, "docs/a/x_", Fresh),
		page(t, "docs/path__", Build, "a/b", "c/d"),
		page(t, "live/slug_", Regenerated, "[slug]"),
		page(t, "file/below", Build),
		page(t, "other/slug_", Build, "1"),
	}
	assets := []Asset{{Path: "file"}, {Path: "twice.html.html"}, {Path: "fresh/file"}}
	want := `pages/docs/path__/page.go:5:6: Paths gives /docs/a/b, which is answered by /docs/a/{x} (pages/docs/a/x_/page.go:3:6): it comes before /docs/{path...}
    leave the value out of Paths
pages/live/slug_/page.go:5:6: Paths gives /live/[slug], which the output uses for the page itself
    leave the value out of Paths
public/file: it is a file, but /file/below (pages/file/below/page.go:3:6) needs a directory of that name
    remove or rename one of the two
public/twice.html.html: its route /twice.html ends in .html, which URLs leave out
    rename it`
	var diags diag.List
	New(pages, assets, &diags)
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestMatches compares matches with the regular expression of a route.
func TestMatches(t *testing.T) {
	for _, place := range []string{"", "a", "a/b", "x_", "a/x_", "x_/b", "rest__", "a/rest__", "x_/y_", "x_/rest__"} {
		r := parse(t, place)
		source := regexp.MustCompile("^" + r.Source() + "$")
		for _, path := range []string{"/", "/a", "/b", "/a/b", "/b/b", "/a/b/c", "/b/c/d"} {
			if got, want := r.matches(path), source.MatchString(path); got != want {
				t.Errorf("%s matches %s: %v, but its source says %v", r, path, got, want)
			}
		}
	}
}

func TestHashed(t *testing.T) {
	for path, want := range map[string]string{
		"style.css": "style.0123456789ab.css", "a/b.tar.gz": "a/b.tar.0123456789ab.gz", "LICENSE": "LICENSE.0123456789ab",
		"a.b/c": "a.b/c.0123456789ab", ".well-known/x.txt": ".well-known/x.0123456789ab.txt", ".hidden": ".hidden.0123456789ab",
		strings.Repeat("x", 243): "", "legal.html": "", "a/index.html": "", "upper.HTML": "",
	} {
		if got := (Asset{Path: path, Hash: "0123456789ab"}).Hashed(); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
}
