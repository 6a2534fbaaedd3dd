package main

import (
	"strings"
	"testing"
)

// TestServeRoutes has pages of both languages and of all kinds say which paths the
// site has: all the same, while it is built and in their functions.
func TestServeRoutes(t *testing.T) {
	t.Parallel()
	s := startServe(t, testSite(t, "routes.txtar"))
	want := "/ /fresh /live/1 /posts/0 /posts/b%20c /py"
	for _, path := range []string{"/", "/fresh", "/py", "/any/7"} {
		if a := s.get(path); strings.TrimSpace(a.body) != want {
			t.Errorf("%s: %d %q, want %q", path, a.status, a.body, want)
		}
	}
}
