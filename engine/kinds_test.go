package engine_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

func TestFresh(t *testing.T) {
	s := serve(t, engine.Options{}, fresh("/hi/{slug}", func(r *http.Request) (string, error) {
		body, _ := io.ReadAll(r.Body)
		return fmt.Sprintf("%s %s slug=%s pattern=%s cookie=%s body=%s",
			r.Method, r.RequestURI, r.PathValue("slug"), r.Pattern, r.Header.Get("Cookie"), body), nil
	}))
	for _, method := range []string{"GET", "POST", "DELETE"} {
		s.do(method, "/hi/a%20b?q=1", "Cookie", "c=1").want(t, 200,
			method+" /hi/a%20b?q=1 slug=a b pattern=/hi/{slug} cookie=c=1 body=")
	}
	// The path parameter is not for fresh pages, and not for them to see.
	for _, target := range []string{"/hi/x?__jargo_path=/hi/y&q=1", "/hi/x?q=1&__jargo%5Fpath=y", "/hi/x?__jargo_path&q=1&__jargo_path=z"} {
		s.get(target).want(t, 200, "GET /hi/x?q=1 slug=x pattern=/hi/{slug} cookie= body=")
	}
	s.get("/hi/x?a=%zz&__jargo_path=y&;").want(t, 200, "GET /hi/x?a=%zz&; slug=x pattern=/hi/{slug} cookie= body=")
	s.get("/hi/[slug]?__jargo_path=/hi/y").want(t, 200, "GET /hi/[slug] slug=[slug] pattern=/hi/{slug} cookie= body=")
}

func TestRegeneratedSeesNothingOfAVisitor(t *testing.T) {
	about := page("/about", engine.Regenerated, seen)
	about.Config = func() engine.Config {
		return engine.Config{Kind: engine.Regenerated, Query: []string{"tag", "page"}}
	}
	s := serve(t, engine.Options{}, page("/", engine.Regenerated, seen), about)

	want := "GET /about path=/about query= slug= pattern=/about host=\"\" remote=\"\" headers=0"
	s.do("GET", "/about?x=1", "Cookie", "c=1", "Authorization", "secret").want(t, 200, want)
	s.get("/about/").want(t, 200, want)
	s.get("/about?tag=a%20b&x=1&page=2&tag=c&%74ag=d").want(t, 200,
		"GET /about?tag=a%20b&page=2&tag=c&%74ag=d path=/about query=tag=a%20b&page=2&tag=c&%74ag=d slug= pattern=/about host=\"\" remote=\"\" headers=0")

	// HEAD is answered as GET is, without the body.
	head := s.do("HEAD", "/about")
	head.want(t, 200, "")
	if head.ContentLength != int64(len(want)) {
		t.Errorf("HEAD has Content-Length %d, want %d", head.ContentLength, len(want))
	}

	// The output path of "/" is "index".
	root := "GET / path=/ query= slug= pattern=/ host=\"\" remote=\"\" headers=0"
	s.get("/").want(t, 200, root)
	s.get("/index").want(t, 200, root)

	for _, method := range []string{"POST", "PUT", "DELETE", "OPTIONS"} {
		a := s.do(method, "/about")
		a.want(t, 405, "Method Not Allowed\n")
		if allow := a.Header.Get("Allow"); allow != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", method, allow)
		}
	}
}

func TestPathParameter(t *testing.T) {
	live := page("/live/{slug}", engine.Regenerated, seen)
	live.Config = func() engine.Config { return engine.Config{Kind: engine.Regenerated, Query: []string{"q"}} }
	docs := page("/docs/{slug...}", engine.Regenerated, seen)
	s := serve(t, engine.Options{}, docs, live, page("/live", engine.Regenerated, seen))

	sees := func(uri, path, query, slug, pattern string) string {
		return fmt.Sprintf("GET %s path=%s query=%s slug=%s pattern=%s host=\"\" remote=\"\" headers=0", uri, path, query, slug, pattern)
	}
	hello := sees("/live/hello", "/live/hello", "", "hello", "/live/{slug}")
	for _, target := range []string{
		"/live/[slug]?__jargo_path=/live/hello",
		"/live/%5Bslug%5D?__jargo_path=/live/hello",
		"/live/%5bslug%5d?__jargo_path=%2Flive%2Fhello&x=1",
		"/live/[slug]?__jargo%5Fpath=/live/hello",
		"/live/[slug]?__jargo_path=/live/hello/",
		"/live/hello?__jargo_path=/live/other", // not its output path: ignored
		"/live/hello",
	} {
		s.get(target).want(t, 200, hello)
	}
	s.get("/live/[slug]?q=1&__jargo_path=/live/h%C3%A9%20o&x=2").want(t, 200,
		sees("/live/h%C3%A9%20o?q=1", "/live/hé o", "q=1", "hé o", "/live/{slug}"))
	s.get("/docs/[...slug]?__jargo_path=/docs/a/b").want(t, 200,
		sees("/docs/a/b", "/docs/a/b", "", "a/b", "/docs/{slug...}"))
	s.get("/live?__jargo_path=/live/hello").want(t, 200, sees("/live", "/live", "", "", "/live"))
	s.get("/live/[slug]").want(t, 200, sees("/live/%5Bslug%5D", "/live/[slug]", "", "[slug]", "/live/{slug}"))
	s.get("/live/%68ello").want(t, 200, hello) // not as the visitor spells it

	for _, target := range []string{
		"/live/[slug]?__jargo_path=/live/a%2Fb",
		"/live/[slug]?__jargo_path=/docs/a",
		"/live/[slug]?__jargo_path=/live",
		"/live/[slug]?__jargo_path=/live/..",
		"/live/[slug]?__jargo_path=live/hello",
		"/live/[slug]?__jargo_path=",
		"/live/[slug]?__jargo_path",
		"/live/[slug]?__jargo_path=%zz",
		"/live/[slug]?__jargo_path=/live/a&__jargo_path=/live/b",
		"/docs/[...slug]?__jargo_path=/docs/../x",
	} {
		if a := s.get(target); a.StatusCode != 404 {
			t.Errorf("%s: status %d, want 404", target, a.StatusCode)
		}
	}
	if a := s.do("POST", "/live/[slug]?__jargo_path=/live/hello"); a.StatusCode != 405 {
		t.Errorf("POST: status %d, want 405", a.StatusCode)
	}
}

func TestBuildPageIsNotInTheFunction(t *testing.T) {
	none := engine.Page{Pattern: "/none", Name: "none", Render: func(w *engine.Response, _ *http.Request) error { return w.String("x") }}
	s := serve(t, engine.Options{}, text("/about", engine.Build, "x"), none)
	for _, target := range []string{"/about", "/none", "/nowhere"} {
		a := s.get(target)
		if a.StatusCode != 404 || !strings.Contains(a.body, "There is no page at this address.") {
			t.Errorf("%s: status %d, body %q", target, a.StatusCode, a.body)
		}
	}
}

func TestHandler(t *testing.T) {
	s := serve(t, engine.Options{}, engine.Page{Pattern: "/api/{slug}", Name: "api/[slug]",
		Handler: handler(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(201)
			w.(http.Flusher).Flush()
			io.WriteString(w, r.Method+" "+r.PathValue("slug")+" "+r.URL.RawQuery)
			io.Copy(w, strings.NewReader("!"))
		})})
	a := s.do("PUT", "/api/x?__jargo_path=1&q=2")
	a.want(t, 201, "PUT x q=2!")
	if typ := a.Header.Get("Content-Type"); typ != "application/json" {
		t.Errorf("content type %q", typ)
	}
}

// A page whose Config does not work must not take the others with it.
func TestConfigFails(t *testing.T) {
	nilConfig, panics := text("/nil", "", "x"), text("/panics", "", "x")
	panics.Config = func() engine.Config { panic("no config") }
	s := serve(t, engine.Options{}, nilConfig, panics, text("/ok", engine.Fresh, "ok"))
	s.get("/ok").want(t, 200, "ok")
	for target, want := range map[string]string{"/nil": "it returned nil", "/panics": "panic: no config"} {
		if a := s.get(target); a.StatusCode != 500 {
			t.Errorf("%s: status %d, want 500", target, a.StatusCode)
		}
		if !strings.Contains(s.logged(), "GET "+target+" (pages"+target+"/page.go): call Config: "+want) {
			t.Errorf("%s: log %q", target, s.logged())
		}
	}
}
