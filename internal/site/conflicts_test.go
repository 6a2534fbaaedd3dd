package site

import (
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestTwoSources has routes with two sources of each sort: pages and public
// files, files themselves, a path that Paths gives, parameters in one place.
func TestTwoSources(t *testing.T) {
	pages := []*Page{
		page(t, "about", Build),
		page(t, "x/a_", Build, "1"),
		page(t, "x/b_", Build, "2"),
		page(t, "blog/new", Build),
		page(t, "blog/slug_", Build, "new", "old", "good"),
		page(t, "404", Build),
	}
	assets := []Asset{{Path: "about.html"}, {Path: "blog/old.html"}, {Path: "twice.html"}, {Path: "twice"}, {Path: "404.html"}, {Path: "once.txt"}}
	want := `pages/blog/slug_/page.go:5:6: Paths gives /blog/new, which is also the route of pages/blog/new/page.go:3:6
    leave the value out of Paths, or remove the other page
pages/x/b_/page.go:3:6: the route /x/{b} is also that of pages/x/a_/page.go:3:6
    remove or rename one of the two
public/404.html: the route /404 is also that of pages/404/page.go:3:6
    remove or rename one of the two
public/about.html: the route /about is also that of pages/about/page.go:3:6
    remove or rename one of the two
public/blog/old.html: the route /blog/old is also that of pages/blog/slug_/page.go:3:6
    remove or rename one of the two
public/twice.html: the route /twice is also that of public/twice
    remove or rename one of the two`
	var diags diag.List
	New(pages, assets, &diags)
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
