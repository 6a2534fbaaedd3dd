package main

import (
	"strings"
	"testing"
)

// TestServeSite has pages of both languages and of all kinds say which paths and
// assets the site has: all the same, while it is built and in their functions.
func TestServeSite(t *testing.T) {
	t.Parallel()
	s := startServe(t, testSite(t, "routes.txtar"))
	want := "/ /asset /asset_too /fresh /live/1 /posts/0 /posts/b%20c /py"
	for _, path := range []string{"/", "/fresh", "/py", "/any/7"} {
		if a := s.get(path); strings.TrimSpace(a.body) != want {
			t.Errorf("%s: %d %q, want %q", path, a.status, a.body, want)
		}
	}
	for _, path := range []string{"/asset", "/asset_too"} {
		url, plain, _ := strings.Cut(strings.TrimSpace(s.get(path).body), " ")
		if !strings.HasPrefix(url, "/a%20b.") || len(url) != len("/a%20b.0123456789ab.css") || plain != "/gone.css" {
			t.Errorf("%s gives %q and %q", path, url, plain)
		}
		a := s.get(url)
		if got := a.header.Get("Cache-Control"); a.body != "body {}\n" || got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: %d %q, %s", url, a.status, a.body, got)
		}
		if got := a.header.Get("Content-Type"); got != "text/css; charset=utf-8" {
			t.Errorf("%s: %s", url, got)
		}
	}
	// Neither a name that only looks like it, nor a hash that is not the file's.
	if got := s.get("/0123456789ab.0123456789ab.css").header.Get("Cache-Control"); got != "public, max-age=0, must-revalidate" {
		t.Errorf("a public file is kept: %s", got)
	}
	if a := s.get("/a%20b.0123456789ab.css"); a.status != 404 || strings.Contains(a.header.Get("Cache-Control"), "immutable") {
		t.Errorf("a hash of another content: %d %s", a.status, a.header.Get("Cache-Control"))
	}
}
