package engine_test

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

const bypassToken = "0123456789abcdef0123456789abcdef"

// siteDir is a function's directory, with what it is told of its site.
func siteDir(t *testing.T, said string) engine.Options {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "jargo.json"), []byte(said), 0o644); err != nil {
		t.Fatal(err)
	}
	return engine.Options{Dir: dir}
}

// visitors shows what a regenerated page knows of its visitor.
func visitors(r *http.Request) (string, error) {
	return fmt.Sprintf("%s %s slug=%s agent=%s from=%v", r.Method, r.RequestURI, r.PathValue("slug"), r.UserAgent(), r.RemoteAddr != ""), nil
}

// TestDraft has a regenerated page see the visitor's request, at the page's own URL,
// and nobody keep the response.
func TestDraft(t *testing.T) {
	live := page("/live/{slug}", engine.Regenerated, visitors)
	live.Config = func() engine.Config { return engine.Config{Kind: engine.Regenerated, Query: []string{"tag"}} }
	public := page("/public", engine.Regenerated, nil)
	public.Render = func(w *engine.Response, r *http.Request) error {
		w.Info(0, http.Header{"Cache-Control": {"public, s-maxage=60"}, "Cdn-Cache-Control": {"max-age=60"},
			"Vercel-Cdn-Cache-Control": {"max-age=60"}, "Surrogate-Control": {"max-age=60"}, "Expires": {"Thu, 01 Jan 2099 00:00:00 GMT"}})
		return w.String("x")
	}
	s := serve(t, siteDir(t, `{"routes": [], "bypassToken": "`+bypassToken+`"}`), live, public,
		page("/broken", engine.Regenerated, func(*http.Request) (string, error) { return "", errors.New("broken") }))

	private := func(method, target, cookie string) answer {
		t.Helper()
		a := s.do(method, target, "Cookie", cookie, "User-Agent", "me")
		if got := a.Header.Get("Cache-Control"); got != "private, no-cache, no-store, max-age=0, must-revalidate" {
			t.Errorf("%s %s: Cache-Control %q", method, target, got)
		}
		for _, name := range []string{"Cdn-Cache-Control", "Vercel-Cdn-Cache-Control", "Surrogate-Control", "Expires"} {
			if got := a.Header.Get(name); got != "" {
				t.Errorf("%s %s: %s %q", method, target, name, got)
			}
		}
		return a
	}
	const draft = "GET /live/a%20b?tag=1 slug=a b agent=me from=true"
	for _, cookie := range []string{"__prerender_bypass=" + bypassToken, "a=b; __prerender_bypass=wrong; __prerender_bypass=" + bypassToken} {
		private("GET", "/live/[slug]?__jargo_path=/live/a%20b&tag=1&x=2", cookie).want(t, 200, draft)
	}
	private("GET", "/live/a%20b/?tag=1&x=2", "__prerender_bypass="+bypassToken).want(t, 200, draft)
	private("GET", "/public", "__prerender_bypass="+bypassToken).want(t, 200, "x")
	private("HEAD", "/public", "__prerender_bypass="+bypassToken).want(t, 200, "")
	if a := private("GET", "/broken", "__prerender_bypass="+bypassToken); a.StatusCode != 500 {
		t.Errorf("a draft that fails: status %d", a.StatusCode)
	}
	if log := s.logged(); !strings.Contains(log, "broken") || strings.Contains(log, bypassToken) {
		t.Errorf("the log: %s", log)
	}
	if a := s.do("POST", "/public", "Cookie", "__prerender_bypass="+bypassToken); a.StatusCode != 405 {
		t.Errorf("POST: status %d, want 405", a.StatusCode)
	}
}

// TestNoDraft has all others see the page that everybody sees.
func TestNoDraft(t *testing.T) {
	live := page("/live/{slug}", engine.Regenerated, visitors)
	const want = "GET /live/x slug=x agent= from=false"
	s := serve(t, siteDir(t, `{"bypassToken": "`+bypassToken+`"}`), live)
	for _, header := range [][]string{
		{"Cookie", "__prerender_bypass=" + bypassToken[1:]},
		{"Cookie", "__prerender_bypass=" + bypassToken + "0"},
		{"Cookie", "__prerender_bypass=" + strings.ToUpper(bypassToken)},
		{"Cookie", "__prerender_bypass="},
		{"Cookie", "prerender_bypass=" + bypassToken},
		{"X-Prerender-Bypass", bypassToken},
		// What this renders is stored, and all see it.
		{"Cookie", "__prerender_bypass=" + bypassToken, "X-Prerender-Revalidate", bypassToken},
	} {
		a := s.do("GET", "/live/x", header...)
		a.want(t, 200, want)
		if a.Header.Get("Cache-Control") != "" {
			t.Errorf("%q is a draft", header)
		}
	}
	for _, said := range []string{"", "{}", `{"bypassToken": ""}`, `{"bypassToken": 1}`} {
		s := serve(t, siteDir(t, said), live)
		s.do("GET", "/live/x", "Cookie", "__prerender_bypass=").want(t, 200, want)
	}
}
