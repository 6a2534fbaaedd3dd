package jargo

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// platform is a host that responds as it is told, and remembers what it was asked.
type platform struct {
	asked            []string
	status           int
	cache, elsewhere string
	kind             string // while the site is developed
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.asked = append(p.asked, fmt.Sprintf("%s %s %s %s %s", r.Method, r.Host, r.RequestURI, r.Header.Get("X-Prerender-Revalidate"), r.Header.Get("Cookie")))
	w.Header().Set("X-Vercel-Cache", p.cache)
	w.Header().Set("Location", p.elsewhere)
	w.Header().Set("X-Jargo-Kind", p.kind)
	w.WriteHeader(p.status)
}

// startPlatform starts one where a function finds it.
func startPlatform(t *testing.T) *platform {
	t.Helper()
	p := &platform{status: 200, cache: "REVALIDATED"}
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	t.Setenv("JARGO_HOST_URL", server.URL)
	t.Setenv("VERCEL_URL", "")
	return p
}

// visitor is a request to a host of the visitor's choice.
func visitor(host string) *http.Request {
	r := httptest.NewRequest("POST", "/", nil)
	r.Host = host
	r.Header.Set("Cookie", draftCookie+"="+testToken)
	return r
}

// TestRevalidateAsks is about where the token goes: never to the host that a visitor
// names, nor to one that a response leads to.
func TestRevalidateAsks(t *testing.T) {
	p := startPlatform(t)
	evil := &platform{status: 200, cache: "REVALIDATED"}
	elsewhere := httptest.NewServer(evil)
	defer elsewhere.Close()
	name := strings.TrimPrefix(elsewhere.URL, "http://")
	t.Setenv("VERCEL_URL", name)
	t.Setenv("HTTP_PROXY", elsewhere.URL)

	for path, sent := range map[string]string{
		"/a":                        "/a",
		"/cr%C3%A8me?q=1":           "/cr%C3%A8me?q=1",
		`/crème \?q=a b`:            "/cr%C3%A8me%20%5C?q=a%20b",
		"/a%2Fb":                    "/a%2Fb",
		"/@" + name + "/a?//b":      "/@" + name + "/a?//b",
		"/a/../b":                   "/a/../b",
		"/redirect?url=" + name[:4]: "/redirect?url=" + name[:4],
	} {
		p.asked = nil
		if err := revalidate(visitor(name), path, testToken); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if want := "HEAD " + name + " " + sent + " " + testToken + " "; len(p.asked) != 1 || p.asked[0] != want {
			t.Errorf("%s: asked %q, want %q", path, p.asked, want)
		}
	}
	p.status, p.cache, p.elsewhere = 308, "", elsewhere.URL
	if err := revalidate(visitor(name), "/a", testToken); err == nil {
		t.Error("a redirect is no error")
	}
	if len(evil.asked) > 0 {
		t.Errorf("another host has been asked: %q", evil.asked)
	}
}

func TestRevalidateResponses(t *testing.T) {
	p := startPlatform(t)
	for _, tt := range []struct {
		status           int
		cache, elsewhere string
		want             string
	}{
		{200, "REVALIDATED", "", ""},
		{404, "REVALIDATED", "", ""},
		{308, "REVALIDATED", "/b", ""},
		{500, "REVALIDATED", "", "the page was not rendered, and what was stored of it stays: status 500"},
		{403, "REVALIDATED", "", "the page was not rendered, and what was stored of it stays: status 403"},
		{503, "", "", "the page was not rendered, and what was stored of it stays: status 503"},
		{404, "", "", "there is no such page"},
		{401, "", "", "the host does not let the function in: status 401"},
		{308, "", "/b", `the host redirects to "/b"`},
		{200, "HIT", "", `it is no regenerated page: the host's response has status 200 and x-vercel-cache "HIT"`},
		{200, "STALE", "", `it is no regenerated page: the host's response has status 200 and x-vercel-cache "STALE"`},
	} {
		p.status, p.cache, p.elsewhere = tt.status, tt.cache, tt.elsewhere
		wantError(t, revalidate(visitor("www.example"), "/a", testToken), tt.want)
	}
	p.status, p.cache, p.elsewhere, p.kind = 200, "MISS", "", "regenerated"
	wantError(t, revalidate(visitor("www.example"), "/a", testToken), "")
	p.kind = "fresh"
	wantError(t, revalidate(visitor("www.example"), "/a", testToken),
		`it is no regenerated page: the host's response has status 200 and x-vercel-cache "MISS"`)
}

func TestRevalidateRefuses(t *testing.T) {
	p := startPlatform(t)
	const noPath = `it is no path of the site, such as "/posts/hello?page=2"`
	for path, want := range map[string]string{
		"": noPath, "a": noPath, "?a": noPath, "//www.example/a": noPath, "http://www.example/a": noPath, "mailto:a": noPath, "/a#b": noPath,
		"/a%zz": `invalid URL escape "%zz"`, "/a\nb": "net/url: invalid control character in URL",
	} {
		wantError(t, revalidate(visitor("www.example"), path, testToken), want)
	}
	wantError(t, Revalidate(visitor("www.example"), "/a"),
		`jargo.Revalidate("/a"): there is no bypass token: a function has one if its site has regenerated pages, and a test has none`)
	again := visitor("www.example")
	again.Header.Set("X-Prerender-Revalidate", testToken)
	wantError(t, revalidate(again, "/a", testToken), "this is a request to revalidate: a page that revalidates itself would do so for ever")
	wantError(t, revalidate(&http.Request{}, "/a", testToken), "this is no visitor's request: a regenerated page cannot revalidate")
	t.Setenv("JARGO_HOST_URL", "")
	wantError(t, revalidate(visitor("www.example"), "/a", testToken), "there is no host to ask: jargo serve sets JARGO_HOST_URL, and the platform VERCEL_URL, "+
		"if the project's settings expose system environment variables")
	t.Setenv("JARGO_SITE", "x")
	wantError(t, revalidate(visitor("www.example"), "/a", testToken), "the site is being built: nothing is stored yet")
	if len(p.asked) > 0 {
		t.Errorf("asked %q", p.asked)
	}
}

// TestRevalidateWaits has a page that is never rendered, and a visitor who has left.
func TestRevalidateWaits(t *testing.T) {
	startPlatform(t)
	r := visitor("www.example")
	ctx, leave := context.WithCancel(r.Context())
	leave()
	wantError(t, revalidate(r.WithContext(ctx), "/a", testToken), "")

	end := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	defer server.Close()
	defer close(end)
	t.Setenv("JARGO_HOST_URL", server.URL)
	defer func(d time.Duration) { maxRevalidation = d }(maxRevalidation)
	maxRevalidation = time.Millisecond
	wantError(t, revalidate(r, "/a", testToken), "ask the host: context deadline exceeded")
}

func wantError(t *testing.T, err error, want string) {
	t.Helper()
	if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err != nil && strings.Contains(err.Error(), testToken) {
		t.Errorf("the message has the token: %v", err)
	}
}
