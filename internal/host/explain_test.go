package host

import (
	"strings"
	"testing"
)

func TestExplain(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3,"routes":[
 {"src":"^/(.*)/$","status":308,"headers":{"Location":"/$1"}},
 {"src":"^/.*$","headers":{"x-all":"yes"},"continue":true},
 {"handle":"filesystem"},
 {"src":"^/blog/([^/]+)$","dest":"/blog/[slug]?slug=$1","check":true},
 {"src":"^/api/(.*)$","dest":"https://api.example/$1?k=v"},
 {"handle":"hit"},
 {"src":"^/about$","headers":{"x-hit":"yes"},"continue":true},
 {"handle":"error"},
 {"src":"^/.*$","status":404,"dest":"/404.html"}]}
-- static/about --
-- static/404.html --
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
-- functions/blog/[slug].func --
-> ../fn.func
-- functions/blog/[slug].prerender-config.json --
{"expiration":60,"allowQuery":["slug"],"passQuery":true}
`)
	for _, tt := range []struct{ method, target, want string }{
		{"GET", "/about", `
GET /about
  (first)  routes[1] ^/.*$     goes on        /about
  (first)                      found "about"  /about
  hit      routes[6] ^/about$  adds headers   /about

is answered by the file static/about, application/octet-stream
  x-all: yes
  x-hit: yes
`},
		{"GET", "https://example.com/blog/hi?x=1", `
GET /blog/hi?x=1
  (first)     routes[1] ^/.*$            goes on              /blog/hi?x=1
  (first)                                nothing there        /blog/hi?x=1
  filesystem  routes[3] ^/blog/([^/]+)$  rewrites             /blog/[slug]?slug=hi&x=1
  filesystem                             found "blog/[slug]"  /blog/[slug]?slug=hi&x=1

is answered by the regenerated page "/blog/[slug]" of functions/fn.func (executable), which sees /blog/[slug]?slug=hi; it expires after 60 s
  x-all: yes
`},
		{"GET", "/a/", `
GET /a/
  (first)  routes[0] ^/(.*)/$  redirects to /a  /a/

redirects to /a, 308
`},
		{"POST", "/fn?a=1", `
POST /fn?a=1
  (first)  routes[1] ^/.*$  goes on     /fn?a=1
  (first)                   found "fn"  /fn?a=1

is answered by functions/fn.func (executable), which sees /fn?a=1
  x-all: yes
`},
		{"GET", "/api/x", `
GET /api/x
  (first)     routes[1] ^/.*$        goes on                            /api/x
  (first)                            nothing there                      /api/x
  filesystem  routes[4] ^/api/(.*)$  goes to https://api.example/x?k=v  /api/x?k=v

is answered by https://api.example/x?k=v
  x-all: yes
`},
		{"GET", "/nothing", `
GET /nothing
  (first)  routes[1] ^/.*$  goes on           /nothing
  (first)                   nothing there     /nothing
  error    routes[8] ^/.*$  rewrites          /404.html
  error                     found "404.html"  /404.html

is answered by the file static/404.html, text/html; charset=utf-8; status 404
  x-all: yes
`},
		{"GET", "/a//b", `
GET /a//b

redirects to /a/b, 301: the path has empty segments
`},
	} {
		var b strings.Builder
		if err := s.host.Explain(&b, tt.method, tt.target, nil); err != nil {
			t.Fatal(err)
		}
		if got, want := b.String(), strings.TrimPrefix(tt.want, "\n"); got != want {
			t.Errorf("%s %s:\n%s\nwant:\n%s", tt.method, tt.target, got, want)
		}
	}
	if n := s.puppet.started(); n != 0 {
		t.Error("explaining runs a function")
	}
	if err := s.host.Explain(&strings.Builder{}, "GET", "about", nil); err == nil {
		t.Error("a path without a slash is explained")
	}
}
