package build

import (
	"regexp"
	"testing"

	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// TestCanonical holds site.Canonical to the routes that redirect.
func TestCanonical(t *testing.T) {
	routes := (&writer{loaded: &loaded{vercel: &vercel.Config{}}}).canonical()
	for _, path := range []string{
		"/", "/index", "/index.html", "/index/", "/index.html/", "/a", "/a/", "/a//", "/a.html", "/a.html/", "/a.html.html",
		"/a/index", "/a/index.html", "/a/index/index", "/indexes", "/a/my-index", "/a.htm", "/.html", "/index.html.html", "/index/a",
	} {
		want := path
		for again := true; again; {
			again = false
			for _, r := range routes {
				if src := regexp.MustCompile(r.Src); src.MatchString(want) {
					want, again = src.ReplaceAllString(want, r.Headers["Location"]), true
					break
				}
			}
			again = again && want != "/"
		}
		if got := site.Canonical(path); got != want {
			t.Errorf("%s: got %s, routes lead to %s", path, got, want)
		}
	}
}
