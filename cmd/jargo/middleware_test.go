package main

import "testing"

// TestMiddleware has a site whose pages below /admin are guarded: a visitor gets past
// it with a session alone, whatever the method and the spelling of the path.
func TestMiddleware(t *testing.T) {
	dir := testSite(t, "guarded.txtar")
	s := startServe(t, dir)
	for _, test := range []struct {
		method, path, session string
		status                int
		body                  string
	}{
		{"GET", "/", "", 200, "home"},
		{"GET", "/admin", "", 303, "<a href=\"/\">See Other</a>.\n\n"},
		{"GET", "/admin", "wrong", 303, "<a href=\"/\">See Other</a>.\n\n"},
		{"GET", "/Admin", "", 404, "not here"},
		{"GET", "/%61dmin", "", 303, "<a href=\"/\">See Other</a>.\n\n"},
		{"POST", "/admin", "", 303, ""},
		{"GET", "/admin/users/ada", "", 303, "<a href=\"/\">See Other</a>.\n\n"},
		{"GET", "/admin", "secret", 200, "admin: GET"},
		{"POST", "/admin", "secret", 200, "admin: POST"},
		{"HEAD", "/admin", "secret", 200, ""},
		{"GET", "/admin/users/ada", "secret", 200, "ada"},
		{"GET", "/admin/users/bob", "secret", 404, "not here"},
	} {
		a := s.send(test.method, test.path, "Cookie", "session="+test.session)
		if a.status != test.status || a.body != test.body {
			t.Errorf("%s %s with session %q: status %d, body %q; want %d, %q", test.method, test.path, test.session, a.status, a.body, test.status, test.body)
		}
		if outer := a.header.Get("X-Frame-Options"); (outer == "DENY") != (test.path != "/" && test.path != "/Admin") {
			t.Errorf("%s %s: X-Frame-Options %q", test.method, test.path, outer)
		}
	}
}
