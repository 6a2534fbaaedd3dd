package engine_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo"
	"github.com/jargo-dev/jargo/engine"
)

// shown is what a page gets to see of a request.
func shown(r *http.Request) (string, error) {
	return fmt.Sprintf("%s %s %q slug=%s", r.Method, r.URL, r.Header.Get("Cookie"), r.PathValue("slug")), nil
}

// TestDevelopment: each page is rendered at each request, with what its kind may see.
func TestDevelopment(t *testing.T) {
	posts := page("/posts/{slug}", engine.Build, shown)
	posts.Paths = func() ([]string, error) { return []string{"hello"}, nil }
	s := serve(t, engine.Options{Dev: true},
		page("/", engine.Build, shown), page("/built", engine.Build, shown), page("/kept", engine.Regenerated, shown), page("/new", engine.Fresh, shown), posts,
		text("/404", engine.Build, "nothing here"))
	for _, test := range []struct {
		method, target string
		status         int
		kind, body     string
	}{
		{"GET", "/built?a=b", 200, "build", `GET /built "" slug=`},
		{"GET", "/?a=b", 200, "build", `GET / "" slug=`},
		{"GET", "/index", 404, "", "nothing here"},
		{"GET", "/kept?a=b", 200, "regenerated", `GET /kept "" slug=`},
		{"GET", "/new?a=b", 200, "fresh", `GET /new?a=b "a=b" slug=`},
		{"GET", "/posts/hello?a=b", 200, "build", `GET /posts/hello "" slug=hello`},
		{"GET", "/posts/other", 404, "", "nothing here"},
		{"GET", "/other", 404, "", "nothing here"},
		{"GET", "/404", 404, "build", "nothing here"},
		{"POST", "/built", 405, "", "Method Not Allowed\n"},
		{"POST", "/kept", 405, "", "Method Not Allowed\n"},
	} {
		a := s.do(test.method, test.target, "Cookie", "a=b")
		a.want(t, test.status, test.body)
		if got := a.Header.Get(engine.KindHeader); got != test.kind || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s: kind %q, want %q; Cache-Control %q", test.method, test.target, got, test.kind, a.Header.Get("Cache-Control"))
		}
	}
}

// TestDevelopmentCache: no cache keeps a response, whatever its page says and however it
// writes it.
func TestDevelopmentCache(t *testing.T) {
	s := serve(t, engine.Options{Dev: true}, engine.Page{Pattern: "/handler", Name: "handler", Handler: handler(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		io.WriteString(w, "written")
	})}, engine.Page{Pattern: "/info", Name: "info", Config: kind(engine.Build), Render: func(w *engine.Response, _ *http.Request) error {
		w.Info(0, http.Header{"Cache-Control": {"public, max-age=60"}, "X-Own": {"1"}})
		return w.String("written")
	}})
	for _, target := range []string{"/handler", "/info"} {
		a := s.get(target)
		a.want(t, 200, "written")
		if got := a.Header.Values("Cache-Control"); len(got) != 1 || got[0] != "no-store" {
			t.Errorf("%s: Cache-Control %q", target, got)
		}
	}
}

// TestDevelopmentFailures: what fails says so, the site's 500 page is not shown, and the
// log has it, too.
func TestDevelopmentFailures(t *testing.T) {
	respond := func(pattern string, c engine.Config, status int, h http.Header) engine.Page {
		return engine.Page{Pattern: pattern, Name: name(pattern), Source: "pages" + pattern + "/page.go", Config: func() engine.Config { return c },
			Render: func(w *engine.Response, _ *http.Request) error {
				w.Info(status, h)
				return w.String("body")
			}}
	}
	build, kept := engine.Config{Kind: engine.Build}, engine.Config{Kind: engine.Regenerated}
	paths := page("/paths/{slug}", engine.Build, shown)
	paths.Paths = func() ([]string, error) { return nil, errors.New("no list") }
	config := fresh("/config", shown)
	config.Config = func() engine.Config { panic("no config") }
	s := serve(t, engine.Options{Dev: true},
		fresh("/error", func(*http.Request) (string, error) { return "", errors.New("wrong") }),
		fresh("/panic", func(*http.Request) (string, error) { panic("wrong") }),
		page("/gone", engine.Build, func(*http.Request) (string, error) { return "", jargo.NotFound }),
		paths, config,
		respond("/status", build, 201, nil), respond("/status/kept", kept, 503, nil),
		respond("/cookies", build, 0, http.Header{"Set-Cookie": {"a=1", "b=2"}}),
		respond("/cookie/kept", kept, 0, http.Header{"Set-Cookie": {"a=1"}}),
		respond("/variable", build, 0, http.Header{"X-Price": {"5 $US"}}),
		text("/500", engine.Build, "the site's own 500 page"))
	for _, test := range []struct{ target, in, message, fix, file string }{
		{"/error", engine.InRender, "wrong", "", "pages/error/page.go"},
		{"/panic", engine.InRender, "wrong", "", "dev_test.go"},
		{"/gone", engine.InRender, "page not found", "", "pages/gone/page.go"},
		{"/paths/a", engine.InPaths, "no list", "", "pages/paths/{slug}/page.go"},
		{"/config", engine.InConfig, "no config", "", "dev_test.go"},
		{"/status", engine.InRender, "it sets the status 201, but it is a build page: a file, served with 200", "make the page jargo.Fresh, or set no status", "pages/status/page.go"},
		{"/status/kept", engine.InRender, "it sets the status 503 when it is rendered ahead: a failure is never kept", "return an error, or set NoFallback if the page cannot be rendered ahead", "pages/status/kept/page.go"},
		{"/cookies", engine.InRender, "it sets several cookies, but a build page can set one at most", "make the page jargo.Fresh", "pages/cookies/page.go"},
		{"/cookie/kept", engine.InRender, "it sets a cookie, but all its visitors share one response", "set it from a fresh page, or remove it", "pages/cookie/kept/page.go"},
		{"/variable", engine.InRender, "it sets a header whose value the platform would read as holding a variable", "make the page jargo.Fresh, or write the value without $", "pages/variable/page.go"},
	} {
		a := s.get(test.target)
		var f engine.Failure
		if err := json.Unmarshal([]byte(a.body), &f); err != nil || a.StatusCode != 500 || a.Header.Get("Content-Type") != engine.FailureType {
			t.Errorf("%s: status %d, type %q, body %q: %v", test.target, a.StatusCode, a.Header.Get("Content-Type"), a.body, err)
			continue
		}
		if f.In != test.in || f.Message != test.message || f.Fix != test.fix || len(f.Frames) == 0 || !strings.HasSuffix(f.Frames[0].File, test.file) {
			t.Errorf("%s: %+v", test.target, f)
		}
		if logged := s.logged(); !strings.Contains(logged, "GET "+test.target+" (") || !strings.Contains(logged, test.message) {
			t.Errorf("%s: the log says %q", test.target, logged)
		}
	}
}
