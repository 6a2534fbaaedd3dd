package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo"
	"github.com/jargo-dev/jargo/engine"
)

func failing(pattern string, k engine.Kind, err error) engine.Page {
	return page(pattern, k, func(*http.Request) (string, error) { return "", err })
}

// The errors of package jargo, which the engine does not import, mean what
// they say.
func TestErrorsOfPackageJargo(t *testing.T) {
	s := serve(t, engine.Options{},
		text("/404", engine.Fresh, "nothing here"),
		failing("/gone", engine.Fresh, jargo.NotFound),
		failing("/wrapped", engine.Regenerated, fmt.Errorf("post: %w", jargo.NotFound)),
		failing("/moved", engine.Fresh, fmt.Errorf("post: %w", jargo.Redirect("/new?a=b#c", 301))),
		failing("/out", engine.Regenerated, jargo.Redirect("https://example.com/é x", 0)),
		failing("/a/{slug}/relative", engine.Fresh, jargo.Redirect("../other?q=1", 302)),
		failing("/a/query", engine.Fresh, jargo.Redirect("?q=1", 303)),
	)
	s.get("/gone").want(t, 404, "nothing here")
	s.get("/wrapped").want(t, 404, "nothing here")
	for _, tt := range []struct {
		path, location string
		status         int
	}{
		{"/moved", "/new?a=b#c", 301},
		{"/out", "https://example.com/%C3%A9%20x", 307},
		{"/a/x%20y/relative", "/a/other?q=1", 302},
		{"/a/query", "/a/query?q=1", 303},
	} {
		a := s.get(tt.path)
		a.want(t, tt.status, "Redirecting...\n")
		if got := a.Header.Get("Location"); got != tt.location {
			t.Errorf("%s: Location %q, want %q", tt.path, got, tt.location)
		}
	}
	if log := s.logged(); log != "" {
		t.Errorf("logged %q", log)
	}
}

// TestRedirectHeaders checks that a redirect keeps the headers that were said before, but
// for those that are its own, and that no other error does.
func TestRedirectHeaders(t *testing.T) {
	said := http.Header{"Set-Cookie": {"a=1", "b=2"}, "Location": {"/wrong"}, "Content-Type": {"image/png"}}
	after := func(pattern string, err error) engine.Page {
		p := page(pattern, engine.Fresh, nil)
		p.Render = func(w *engine.Response, _ *http.Request) error {
			w.Info(422, said)
			return err
		}
		return p
	}
	s := serve(t, engine.Options{}, after("/moved", jargo.Redirect("/new", 303)), after("/gone", jargo.NotFound))
	a := s.get("/moved")
	a.want(t, 303, "Redirecting...\n")
	if h := a.Header; len(h["Set-Cookie"]) != 2 || h.Get("Location") != "/new" || len(h["Location"]) != 1 || h.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("the headers are %v", h)
	}
	if a := s.get("/gone"); a.StatusCode != 404 || a.Header["Set-Cookie"] != nil {
		t.Errorf("what is not there has %d, %v", a.StatusCode, a.Header)
	}
}

func TestBadRedirect(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want string
	}{
		{jargo.Redirect("/x", 200), `redirect to "/x": 200 is not a status code for a redirect`},
		{jargo.Redirect("/x", 304), `304 is not a status code for a redirect`},
		{jargo.Redirect("", 301), `redirect with status 301: the URL is empty`},
		{jargo.Redirect("/a\r\nSet-Cookie: x", 301), `invalid control character`},
	} {
		s := serve(t, engine.Options{}, failing("/", engine.Fresh, tt.err))
		if a := s.get("/"); a.StatusCode != 500 || a.Header.Get("Set-Cookie") != "" {
			t.Errorf("%v: status %d", tt.err, a.StatusCode)
		}
		if !strings.Contains(s.logged(), tt.want) {
			t.Errorf("%v: logged %q, want %q", tt.err, s.logged(), tt.want)
		}
	}
}

func TestErrorIsForTheLogOnly(t *testing.T) {
	own := text("/500", engine.Fresh, "sorry")
	var list []int
	pages := []engine.Page{
		failing("/error", engine.Fresh, errors.New("open /secret: denied")),
		page("/panic", engine.Regenerated, func(*http.Request) (string, error) { panic("the secret") }),
		page("/index", engine.Fresh, func(*http.Request) (string, error) { return fmt.Sprint(list[5]), nil }),
		{Pattern: "/handler", Source: "pages/handler/page.go", Handler: func(w http.ResponseWriter, _ *http.Request) error {
			w.Header().Set("X-Secret", "the secret")
			panic("the secret")
		}},
	}
	for _, site := range [][]engine.Page{pages, append(pages, own)} {
		s := serve(t, engine.Options{}, site...)
		for path, want := range map[string][]string{
			"/error":   {"GET /error (pages/error/page.go): open /secret: denied"},
			"/panic":   {"GET /panic (pages/panic/page.go): panic: the secret", "TestErrorIsForTheLogOnly", "errors_test.go:"},
			"/index":   {"panic: runtime error: index out of range [5]", "TestErrorIsForTheLogOnly"},
			"/handler": {"GET /handler (pages/handler/page.go): panic: the secret", "errors_test.go:"},
		} {
			a := s.get(path)
			if a.StatusCode != 500 || strings.Contains(a.body, "secret") || a.Header.Get("X-Secret") != "" {
				t.Errorf("%s: status %d, header %v, body %q", path, a.StatusCode, a.Header, a.body)
			}
			if len(site) > len(pages) && a.body != "sorry" {
				t.Errorf("%s: body %q is not the site's", path, a.body)
			}
			for _, w := range want {
				if !strings.Contains(s.logged(), w) {
					t.Errorf("%s: logged %q, want %q", path, s.logged(), w)
				}
			}
		}
	}
}

func TestErrorPagesThatFail(t *testing.T) {
	broken := errors.New("broken")
	const builtin404, builtin500 = "There is no page at this address.", "Something went wrong on our side."
	for _, tt := range []struct {
		name   string
		pages  []engine.Page
		status int
		body   string
	}{
		{"404 not found", []engine.Page{failing("/404", engine.Fresh, jargo.NotFound)}, 404, builtin404},
		{"404 redirects", []engine.Page{failing("/404", engine.Fresh, jargo.Redirect("/", 0))}, 307, "Redirecting"},
		{"404 fails", []engine.Page{failing("/404", engine.Build, broken), text("/500", engine.Build, "sorry")}, 500, "sorry"},
		{"500 fails", []engine.Page{failing("/404", engine.Fresh, broken), failing("/500", engine.Fresh, broken)}, 500, builtin500},
		{"500 not found", []engine.Page{failing("/404", engine.Fresh, broken), failing("/500", engine.Fresh, jargo.NotFound)}, 500, builtin500},
		{"500 redirects", []engine.Page{failing("/404", engine.Fresh, broken), failing("/500", engine.Fresh, jargo.Redirect("/", 0))}, 500, builtin500},
		{"404 of no kind", []engine.Page{text("/404", "", "x")}, 500, builtin500},
		{"404 sets a status", []engine.Page{page404(func(w *engine.Response) { w.Info(200, http.Header{"X-A": {"b"}}) })}, 404, "mine"},
		{"404 is a handler", []engine.Page{{Pattern: "/404", Handler: handler(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(200)
			io.WriteString(w, "handled")
		})}}, 404, "handled"},
	} {
		a := serve(t, engine.Options{}, tt.pages...).get("/nowhere")
		if a.StatusCode != tt.status || !strings.Contains(a.body, tt.body) {
			t.Errorf("%s: status %d, body %q; want %d, %q", tt.name, a.StatusCode, a.body, tt.status, tt.body)
		}
	}
}

func page404(info func(w *engine.Response)) engine.Page {
	return engine.Page{Pattern: "/404", Config: kind(engine.Fresh), Render: func(w *engine.Response, _ *http.Request) error {
		info(w)
		return w.String("mine")
	}}
}

// A fresh 404 page may look at the visitor's request; another sees none.
func TestWhatErrorPagesSee(t *testing.T) {
	show := func(r *http.Request) (string, error) { return r.URL.Path + " " + r.Header.Get("Cookie"), nil }
	for k, want := range map[engine.Kind]string{engine.Fresh: "/nowhere c=1", engine.Build: "/404 ", engine.Regenerated: "/404 "} {
		s := serve(t, engine.Options{}, page("/404", k, show), failing("/live", engine.Regenerated, jargo.NotFound))
		s.do("GET", "/nowhere", "Cookie", "c=1").want(t, 404, want)
		if a := s.do("GET", "/live", "Cookie", "c=1"); strings.Contains(a.body, "c=1") {
			t.Errorf("the %s 404 page of a regenerated page shows a visitor's cookie: %q", k, a.body)
		}
	}
}

func TestStoredErrorPages(t *testing.T) {
	dir := t.TempDir()
	for status, body := range map[int]string{404: "stored 404", 500: "stored 500"} {
		response := http.Response{StatusCode: 200, ProtoMajor: 1, ProtoMinor: 1, ContentLength: int64(len(body)),
			Header: http.Header{"Content-Type": {"text/plain"}, "X-Mine": {"a", "b"}}, Body: io.NopCloser(strings.NewReader(body))}
		var b bytes.Buffer
		if err := response.Write(&b); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(status)+".http"), b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s := serve(t, engine.Options{Dir: dir}, text("/404", engine.Build, "rendered"), text("/500", engine.Build, "rendered"),
		failing("/error", engine.Fresh, errors.New("x")))
	for _, target := range []string{"/nowhere", "/nowhere", "/error"} {
		a := s.get(target)
		status := 404
		if target == "/error" {
			status = 500
		}
		a.want(t, status, fmt.Sprintf("stored %d", status))
		if a.Header.Get("Content-Type") != "text/plain" || len(a.Header["X-Mine"]) != 2 || a.ContentLength != 10 {
			t.Errorf("%s: header %v", target, a.Header)
		}
	}
	// The page may be of another language: then only its file is here.
	s = serve(t, engine.Options{Dir: dir}, failing("/error", engine.Fresh, errors.New("x")))
	s.get("/nowhere").want(t, 404, "stored 404")
	s.get("/error").want(t, 500, "stored 500")
	// Only a build page is stored; without its file it is rendered.
	s = serve(t, engine.Options{Dir: dir}, text("/404", engine.Fresh, "rendered"))
	s.get("/nowhere").want(t, 404, "rendered")
	s = serve(t, engine.Options{Dir: t.TempDir()}, text("/404", engine.Build, "rendered"))
	s.get("/nowhere").want(t, 404, "rendered")
	// A file that cannot be read is for the log.
	if err := os.WriteFile(filepath.Join(dir, "404.http"), []byte("HTTP"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = serve(t, engine.Options{Dir: dir}, text("/404", engine.Build, "rendered"))
	s.get("/nowhere").want(t, 404, "rendered")
	if !strings.Contains(s.logged(), "read the stored 404 page: ") {
		t.Errorf("logged %q", s.logged())
	}
}

// What a Handler has set before it returns an error goes with the response to the
// error, unless it is about the body that was not sent.
func TestHandlerReturnsError(t *testing.T) {
	failing := func(pattern string, err error) engine.Page {
		return engine.Page{Pattern: pattern, Handler: func(w http.ResponseWriter, _ *http.Request) error {
			http.SetCookie(w, &http.Cookie{Name: "a", Value: "b"})
			for _, name := range []string{"X-A", "Cache-Control", "Content-Type", "Content-Length", "Content-Encoding", "Etag", "Content-Disposition"} {
				w.Header().Set(name, "1")
			}
			return err
		}}
	}
	own404 := rendering(func(w *engine.Response, _ *http.Request) error {
		w.Info(0, http.Header{"Set-Cookie": {"c=d"}, "Content-Language": {"en"}})
		return w.String("not here")
	})
	own404.Pattern = "/404"
	s := serve(t, engine.Options{}, own404,
		failing("/missing", fmt.Errorf("post: %w", jargo.NotFound)), failing("/moved", jargo.Redirect("/new", 303)),
		failing("/error", errors.New("the cause")),
		engine.Page{Pattern: "/late", Handler: func(w http.ResponseWriter, _ *http.Request) error {
			io.WriteString(w, "begun")
			return jargo.NotFound
		}},
		engine.Page{Pattern: "/said", Handler: func(w http.ResponseWriter, _ *http.Request) error {
			http.Error(w, "bad id", 400)
			return errors.New("id is no number")
		}},
		engine.Page{Pattern: "/said/panic", Handler: func(w http.ResponseWriter, _ *http.Request) error {
			http.Error(w, "bad id", 400)
			panic("oh")
		}})
	for _, tt := range []struct {
		path, caching, cookies string
		status                 int
	}{
		{"/missing", "", "a=b c=d", 404},
		{"/moved", "1", "a=b", 303},
		{"/error", "", "a=b", 500},
	} {
		a := s.get(tt.path)
		h := a.Header
		if a.StatusCode != tt.status || h.Get("Cache-Control") != tt.caching || strings.Join(h["Set-Cookie"], " ") != tt.cookies {
			t.Errorf("%s: status %d, header %v", tt.path, a.StatusCode, h)
		}
		if h.Get("X-A") != "1" || h.Get("Content-Type") == "1" || h.Get("Etag") != "" || h.Get("Content-Encoding") != "" ||
			h.Get("Content-Disposition") != "" || a.ContentLength != int64(len(a.body)) {
			t.Errorf("%s: header %v", tt.path, h)
		}
	}
	if log := s.logged(); log != "GET /error: the cause" {
		t.Errorf("logged %q", log)
	}
	// Who has responded with an error has said enough, and the log says the rest.
	s.get("/said").want(t, 400, "bad id\n")
	if !strings.Contains(s.logged(), "GET /said: id is no number") {
		t.Errorf("logged %q", s.logged())
	}
	// Of others the visitor sees the beginning, and that the rest is missing: without a
	// beginning the host would take the function for dead.
	for path, status := range map[string]int{"/late": 200, "/said/panic": 400} {
		resp, err := http.Get(s.url + path)
		if err != nil || resp.StatusCode != status {
			t.Fatalf("%s: %v, %v", path, resp, err)
		}
		if _, err := io.ReadAll(resp.Body); err == nil {
			t.Errorf("%s looks complete", path)
		}
		resp.Body.Close()
	}
	if !strings.Contains(s.logged(), "GET /late: page not found") {
		t.Errorf("logged %q", s.logged())
	}
}

func TestAbortHandlerIsPassedOn(t *testing.T) {
	abort := func(*http.Request) (string, error) { panic(http.ErrAbortHandler) }
	pages := []engine.Page{fresh("/page", abort), {Pattern: "/handler", Handler: func(http.ResponseWriter, *http.Request) error { panic(http.ErrAbortHandler) }}}
	s := serve(t, engine.Options{}, pages...)
	for _, target := range []string{"/page", "/handler"} {
		if a, err := s.try("GET", target); err == nil {
			t.Errorf("%s: status %d, want no response", target, a.StatusCode)
		}
	}
	if s.logged() != "" {
		t.Errorf("logged %q", s.logged())
	}
}

// That a visitor has left is not an error of the page.
func TestVisitorLeaves(t *testing.T) {
	for _, pages := range [][]engine.Page{
		{fresh("/", func(r *http.Request) (string, error) { return "", fmt.Errorf("query: %w", r.Context().Err()) })},
		{rendering(func(w *engine.Response, r *http.Request) error { return w.Reader(endless{}) })},
	} {
		var log []string
		h := engine.NewHandler(pages, engine.Options{Log: func(_ context.Context, m string) { log = append(log, m) }})
		ctx, leave := context.WithCancel(context.Background())
		leave()
		func() {
			defer func() {
				if v := recover(); v != http.ErrAbortHandler {
					t.Errorf("panic %v, want http.ErrAbortHandler", v)
				}
			}()
			h.ServeHTTP(gone{httptest.NewRecorder()}, httptest.NewRequest("GET", "/", nil).WithContext(ctx))
		}()
		if len(log) > 0 {
			t.Errorf("logged %q", log)
		}
	}
}

// gone is the ResponseWriter of a closed connection.
type gone struct{ http.ResponseWriter }

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
