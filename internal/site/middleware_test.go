package site_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// guarded is a site with Middleware in some directories. Pages are "source kind",
// with a ! for those that have a Config.
func guarded(dirs []string, pages ...string) (*site.Site, diag.List) {
	golang := &site.Terms{MakeFresh: "make the page jargo.Fresh", MakeExplicit: "func Config() jargo.Config { return jargo.Build{} }", Wrapped: true}
	python := &site.Terms{MakeFresh: `return {"fresh": {}} from config`, MakeExplicit: "def config(): return {}"}
	var list []*site.Page
	for _, text := range pages {
		source, kind, _ := strings.Cut(text, " ")
		place, terms := strings.TrimSuffix(source, "/page.go"), golang
		if name, ok := strings.CutSuffix(source, ".py"); ok {
			place, terms = name, python
		}
		var diags diag.List
		at := diag.Pos{File: "pages/" + source, Line: 1, Col: 1}
		route, _ := site.ParseRoute(place, at, &diags)
		p := &site.Page{Route: route, Source: at, ConfigAt: at, Terms: terms, Explicit: strings.HasSuffix(kind, "!")}
		p.Kind = site.Kind(strings.TrimSuffix(kind, "!"))
		list = append(list, p)
	}
	var middleware []site.Middleware
	for _, dir := range dirs {
		middleware = append(middleware, site.Middleware{Dir: dir, At: diag.Pos{File: dir + "/guard.go", Line: 3, Col: 6}})
	}
	var diags diag.List
	s := &site.Site{Pages: list}
	s.Guard(middleware, &diags)
	return s, diags
}

func TestGuard(t *testing.T) {
	s, diags := guarded([]string{"pages/admin/users", "pages/admin", "pages"},
		"admin/page.go fresh!", "admin/users/page.go fresh", "administration/page.go fresh", "admin/about/page.go build!",
		"admin/news/page.go regenerated!", "admin/clock.py build!", "404/page.go build", "500.py fresh!")
	if err := diags.Err(); err != nil {
		t.Error(err)
	}
	want := []string{"pages pages/admin", "pages pages/admin pages/admin/users", "pages", "", "", "", "", ""}
	var got []string
	for _, p := range s.Pages {
		var dirs []string
		for _, m := range p.Middleware {
			dirs = append(dirs, m.Dir)
		}
		got = append(got, strings.Join(dirs, " "))
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestGuardMistakes(t *testing.T) {
	for _, tt := range []struct {
		dirs, pages []string
		want        string
	}{
		{[]string{"pages/admin"}, []string{"page.go build", "admin/page.go fresh", "admin/about/page.go build", "admin/help/page.go build"}, `
pages/admin/guard.go:3:6: Middleware does not guard all of pages/admin:
      /admin/about (pages/admin/about/page.go:1:1) is a file that everybody gets
      /admin/help (pages/admin/help/page.go:1:1) is a file that everybody gets
    make the page jargo.Fresh to guard it, or say that it is for everybody: func Config() jargo.Config { return jargo.Build{} }
    or move the page, or Middleware, to another directory`},
		{[]string{"pages/admin", "pages/admin/about"}, []string{"admin/about/page.go build", "admin/old.py build", "admin/clock.py fresh!"}, `
pages/admin/about/guard.go:3:6: Middleware does not guard all of pages/admin/about:
      /admin/about (pages/admin/about/page.go:1:1) is a file that everybody gets
    make the page jargo.Fresh to guard it, or say that it is for everybody: func Config() jargo.Config { return jargo.Build{} }
    or move the page, or Middleware, to another directory
pages/admin/guard.go:3:6: Middleware does not guard all of pages/admin:
      /admin/about (pages/admin/about/page.go:1:1) is a file that everybody gets
      /admin/old (pages/admin/old.py:1:1) is a file that everybody gets
      /admin/clock (pages/admin/clock.py:1:1) is no Go page
    make the page jargo.Fresh to guard it, or say that it is for everybody: func Config() jargo.Config { return jargo.Build{} }
    say that a Python page is for everybody: def config(): return {}
    guard a fresh Python page by its own code, in a directory without Middleware
    or move the page, or Middleware, to another directory`},
		{[]string{"pages/admin"}, []string{"admin/about/page.go build!", "page.go fresh"}, `
pages/admin/guard.go:3:6: Middleware wraps nothing: there is no fresh Go page in pages/admin or below
    remove it, or make a page fresh that it is to guard`},
	} {
		_, diags := guarded(tt.dirs, tt.pages...)
		if got := "\n" + diags.Err().Error(); got != tt.want {
			t.Errorf("got%s\nwant%s", got, tt.want)
		}
	}
}
