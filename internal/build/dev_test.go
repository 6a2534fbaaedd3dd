package build_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/site"
)

// TestDevelopmentResponds serves examples as they are built and as they are developed:
// each path has the same response, but for what caches are told. Their templates are
// compiled, and executed by html/template.
func TestDevelopmentResponds(t *testing.T) {
	t.Setenv("GUESTBOOK_DB", filepath.Join(t.TempDir(), "book.db"))
	for _, test := range []struct {
		example string
		more    []string // paths that Site does not list
		skip    []string // pages that differ each time, or fail
	}{
		{"kitchensink", []string{"/posts/no", "/docs/a/b", "/live/hello", "/files/no", "/no", "/a_public_file.txt", "/build/", "/index.html", "/legal/imprint", "/search?q=a"},
			[]string{"/broken", "/temporary"}},
		{"blog", []string{"/no", "/tags/no", "/feed.xml"}, nil},
		{"guestbook", []string{"/no"}, []string{"/events"}},
		{"mixed", []string{"/hello/world", "/visitor?name=%3CAda%3E", "/notes/no", "/no", "/site.css"}, []string{"/clock"}},
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
				want, _ := response(t, http.MethodGet, built+path)
				got, header := response(t, http.MethodGet, developed+path)
				if got != want {
					t.Errorf("%s: developed\n%s\nbuilt\n%s", path, got, want)
				}
				if p := site.Page(path); p != nil && header.Get(engine.KindHeader) != string(p.Kind) {
					t.Errorf("%s: kind %q, want %q", path, header.Get(engine.KindHeader), p.Kind)
				}
			}
			if test.example == "kitchensink" { // what asks for another page to be rendered again succeeds
				want, _ := response(t, http.MethodPost, built+"/revalidate")
				got, _ := response(t, http.MethodPost, developed+"/revalidate")
				if got != want || !strings.HasPrefix(got, "303 ") {
					t.Errorf("revalidate: developed\n%s\nbuilt\n%s", got, want)
				}
			}
		})
	}
}

// TestDevelopmentRoutes: what vercel.json says of paths is the same, too.
func TestDevelopmentRoutes(t *testing.T) {
	const site = pythonSite + `
-- pages/404.py --
def render(): return "nothing here"
-- pages/posts/slug_.py --
def data(request): return request and request.params["slug"]
def render(slug): return "post " + str(slug)
def paths(): return ["hello", "crème brûlée"]
-- pages/live/slug_.py --
def data(request): return request and request.params["slug"]
def render(slug): return "live " + str(slug)
def config(): return {"regenerate": {"every": 60}}
-- pages/reads.py --
def render(): return open("words.txt").read() + open("public/a.css").read()
-- pages/feed.xml.py --
def render(): return "<feed/>", {"headers": {"X-Own": "1"}}
-- public/old/index.html --
old
`
	paths := []string{"/", "/now", "/now/", "/index", "/posts/hello", "/posts/cr%C3%A8me%20br%C3%BBl%C3%A9e", "/posts/hello/", "/posts/no", "/posts/hello.html",
		"/live/a", "/live/a%2Fb", "/feed.xml", "/reads", "/old", "/old/", "/from", "/to/hello", "/no", "/404", "/no/no", "/NOW", "/a.css"}
	for name, config := range map[string]string{
		"none":     "{}",
		"rewrites": `{"rewrites": [{"source": "/posts/:any", "destination": "/"}, {"source": "/to/:slug", "destination": "/live/:slug"}]}`,
		"all":      `{"rewrites": [{"source": "/(.*)", "destination": "/now"}]}`,
		"slash":    `{"trailingSlash": true, "cleanUrls": true, "redirects": [{"source": "/from", "destination": "/now"}]}`,
		"headers":  `{"cleanUrls": false, "headers": [{"source": "/(.*)", "headers": [{"key": "X-Config", "value": "2"}]}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			d := newDeveloped(t, site+"-- vercel.json --\n"+config+"\n")
			o := build.Options{Dir: d.dir, Out: filepath.Join(d.outputs, "built"), Native: true, Log: t.Output()}
			built, _ := serveBuild(t, o)
			o.Dev, o.Out = true, filepath.Join(d.outputs, "developed")
			developed, _ := serveBuild(t, o)
			for _, path := range paths {
				want, _ := response(t, http.MethodGet, built+path)
				if got, _ := response(t, http.MethodGet, developed+path); got != want {
					t.Errorf("%s: developed\n%s\nbuilt\n%s", path, got, want)
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
	listening := httptest.NewUnstartedServer(nil)
	d, err := host.Open(report.Out, host.Options{Addr: listening.Listener.Addr().String()})
	if err != nil {
		t.Fatal(err)
	}
	listening.Config.Handler = host.NewServer(d)
	listening.Start()
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
func response(t *testing.T, method, url string) (string, http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, nil)
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
	for _, name := range []string{"Content-Type", "Location", "Set-Cookie", "X-Own", "X-Config"} {
		fmt.Fprintf(&text, "%s: %s\n", name, got.Header[name])
	}
	fmt.Fprintf(&text, "\n%s", body)
	return text.String(), got.Header
}

// TestDevelopmentOutput compares the output of a small site with the golden file.
func TestDevelopmentOutput(t *testing.T) {
	d := newDeveloped(t, pythonSite+`
-- pages/404.py --
def render(): return "nothing here"
-- pages/posts/slug_.py --
def render(): return "post"
def paths(): return ["hello"]
-- vercel.json --
{"rewrites": [{"source": "/posts/:any", "destination": "/"}]}
`)
	var golden txtar.Archive
	for _, f := range readTree(t, d.build()) {
		if path.Base(f.Name) != "jargo_handler.py" {
			f.Data = bytes.ReplaceAll(f.Data, []byte(d.dir), []byte("$PROJECT"))
			golden.Files = append(golden.Files, f)
		}
	}
	golden.Comment = []byte("The output of a small site that is being developed, programs aside.\ngo test ./internal/build -update rewrites this file.\n\n")
	compareGolden(t, filepath.Join("testdata", "developed.txtar"), txtar.Format(&golden))
}

// TestDevelopmentPlaces: a frame of a failure is a place in the project, of whichever
// language.
func TestDevelopmentPlaces(t *testing.T) {
	o := build.Options{Dir: filepath.Join("..", "..", "examples", "mixed"), Out: filepath.Join(t.TempDir(), "output"), Dev: true, Log: t.Output()}
	report, err := build.Build(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		frame engine.Frame
		want  string
	}{
		{engine.Frame{File: "github.com/jargo-dev/jargo/examples/mixed/pages/about/page.go", Line: 1}, "pages/about/page.go:1:1 true"},
		{engine.Frame{File: "pages/about/page.go"}, report.Site.Page("/about").Source.String() + " true"},
		{engine.Frame{File: "pages/clock.py", Line: 2, Col: 3}, "pages/clock.py:2:3 true"},
		{engine.Frame{File: "pages/clock.py"}, report.Site.Page("/clock").Source.String() + " true"},
		{engine.Frame{File: "runtime/panic.go", Line: 7}, " false"},
	} {
		at, ok := report.Place(test.frame)
		if got := strings.TrimPrefix(fmt.Sprint(at, " ", ok), "-"); got != test.want {
			t.Errorf("%+v: %q, want %q", test.frame, got, test.want)
		}
	}
}
