package main

import "testing"

// TestServeVercelJSON asks for what vercel.json leads elsewhere, spells in another
// way and gives headers: files, functions and regenerated pages.
func TestServeVercelJSON(t *testing.T) {
	t.Parallel()
	s := startServe(t, testSite(t, "vercel.txtar"))
	for _, tt := range []struct {
		path   string
		status int
		want   string // the body, or the Location of a redirect
	}{
		{"/", 200, "home"},
		{"/about", 308, "/about/"},
		{"/about/", 200, "about"},
		{"/about.html", 308, "/about/"},
		{"/about/index.html", 308, "/about/"},
		{"/index", 308, "/index/"},
		{"/index/", 308, "/"},
		{"/about%2F/", 308, "/about/"},
		{"/404/", 404, "nothing here"},
		{"/nothing/", 404, "nothing here"},
		{"/style.css", 200, "p {}\n"},
		{"/style.css/", 308, "/style.css"},
		{"/style.css?v=12", 308, "/style-12.css?v=12"},
		{"/old/7/", 307, "/fresh/7/"},
		{"/fresh/7", 308, "/fresh/7/"},
		{"/fresh/7/?q=x", 200, "fresh 7 x"},
		{"/live/7/", 200, "live 7"},
		{"/new/7/?q=x", 200, "fresh 7 x"},
		{"/kept/8/", 200, "live 8"},
		{"/who/", 200, "about"},
		{"/gone/", 410, "about"},
	} {
		a := s.get(tt.path)
		got := a.header.Get("Location")
		if got == "" {
			got = a.body
		}
		if a.status != tt.status || got != tt.want {
			t.Errorf("%s: %d %q, want %d %q", tt.path, a.status, got, tt.status, tt.want)
		}
		if a.status < 300 && a.header.Get("X-Frame-Options") != "DENY" {
			t.Errorf("%s has no header of vercel.json: %v", tt.path, a.header)
		}
	}
	if a := s.get("/about/"); a.header.Get("X-Page") != "about" {
		t.Errorf("/about/ has not the header of its page: %v", a.header)
	}
}
