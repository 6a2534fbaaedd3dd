package build

import (
	"slices"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// TestDescribedRoutes has the paths of a site spelled as its URLs are, which no
// redirect corrects.
func TestDescribedRoutes(t *testing.T) {
	var pages []*site.Page
	for _, place := range []string{"", "about", "feed.xml", "docs/v1.2", "docs/v1.2/start", ".well-known/x"} {
		var diags diag.List
		route, ok := site.ParseRoute(place, diag.Pos{}, &diags)
		if !ok {
			t.Fatal(diags)
		}
		pages = append(pages, &site.Page{Route: route})
	}
	l := &loaded{site: &site.Site{Pages: pages}, vercel: &vercel.Config{}}
	plain := []string{"/", "/.well-known/x", "/about", "/docs/v1.2", "/docs/v1.2/start", "/feed.xml"}
	if got := l.describe().Routes; !slices.Equal(got, plain) {
		t.Errorf("got %q, want %q", got, plain)
	}
	slash := true
	l.vercel.TrailingSlash = &slash
	want := []string{"/", "/.well-known/x", "/about/", "/docs/v1.2", "/docs/v1.2/start/", "/feed.xml"}
	if got := l.describe().Routes; !slices.Equal(got, want) {
		t.Errorf("with a slash at the end: got %q, want %q", got, want)
	}
}
