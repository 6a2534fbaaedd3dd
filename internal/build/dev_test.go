package build_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/site"
)

// TestDevelopmentResponds serves examples as they are built and as they are developed:
// each path has the same response, but for what caches are told.
func TestDevelopmentResponds(t *testing.T) {
	for _, test := range []struct {
		example string
		more    []string // paths that Site does not list
		skip    []string // pages that differ each time, or fail
	}{
		{"kitchensink", []string{"/posts/no", "/docs/a/b", "/live/hello", "/files/no", "/no", "/a_public_file.txt", "/build/", "/index.html", "/legal/imprint", "/search?q=a"},
			[]string{"/broken", "/temporary"}},
		{"mixed", []string{"/hello/world", "/notes/no", "/no", "/site.css"}, []string{"/clock"}},
	} {
		t.Run(test.example, func(t *testing.T) {
			project := filepath.Join("..", "..", "examples", test.example)
			o := build.Options{Dir: project, Out: filepath.Join(t.TempDir(), "output"), Native: true, Log: t.Output()}
			built, site := serveBuild(t, o)
			o.Dev, o.Out = true, filepath.Join(t.TempDir(), "output")
			developed, _ := serveBuild(t, o)
			for _, path := range append(pathsOf(site), test.more...) {
				if slices.Contains(test.skip, path) {
					continue
				}
				want, _ := response(t, built+path)
				got, header := response(t, developed+path)
				if got != want {
					t.Errorf("%s: developed\n%s\nbuilt\n%s", path, got, want)
				}
				if p := site.Page(path); p != nil && header.Get(engine.KindHeader) != string(p.Kind) {
					t.Errorf("%s: kind %q, want %q", path, header.Get(engine.KindHeader), p.Kind)
				}
			}
		})
	}
}

// serveBuild builds a site and serves it.
func serveBuild(t *testing.T, o build.Options) (url string, s *site.Site) {
	t.Helper()
	report, err := build.Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	d, err := host.Open(report.Out, host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	server := host.NewServer(d)
	listening := httptest.NewServer(server)
	t.Cleanup(func() {
		listening.Close()
		d.Close(context.Background())
	})
	return listening.URL, report.Site
}

// pathsOf are the paths of a site that are known.
func pathsOf(s *site.Site) []string {
	var paths []string
	for _, p := range s.Pages {
		if p.Route.Parameters() == 0 {
			paths = append(paths, site.EscapePath(p.Route.String()))
			continue
		}
		for _, path := range p.Paths {
			paths = append(paths, site.EscapePath(path))
		}
	}
	return paths
}

// response is what a visitor gets, but for what caches are told.
func response(t *testing.T, url string) (string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	body, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n", got.Status)
	for _, name := range []string{"Content-Type", "Location", "Set-Cookie"} {
		fmt.Fprintf(&text, "%s: %s\n", name, got.Header[name])
	}
	fmt.Fprintf(&text, "\n%s", body)
	return text.String(), got.Header
}
