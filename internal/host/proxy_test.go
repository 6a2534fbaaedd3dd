package host

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// proxySite serves routes to another server; UPSTREAM stands for its address.
func proxySite(t *testing.T, upstream http.HandlerFunc, routes string) (*site, string) {
	t.Helper()
	server := httptest.NewServer(upstream)
	t.Cleanup(server.Close)
	archive := "-- config.json --\n" + `{"version":3,"routes":[` + strings.ReplaceAll(routes, "UPSTREAM", server.URL) + "]}\n"
	return newSite(t, archive), server.URL
}

func TestExternalServer(t *testing.T) {
	s, address := proxySite(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Upstream", "yes")
		w.WriteHeader(202)
		fmt.Fprintf(w, "%s %s %s %s %s", r.Method, r.Host, r.URL.RequestURI(), r.Header.Get("X-Forwarded-Host"), body)
	}, `{"src":"^/api/(.*)$","dest":"UPSTREAM/v1/$1?key=1","headers":{"x-route":"r","x-upstream":"no"}}, {"src":"^/status$","dest":"UPSTREAM/","status":418}`)
	a := s.do("POST", "/api/a%20b?c=d", "hello", "Host: shop.example")
	s.want(a, 202, "POST "+strings.TrimPrefix(address, "http://")+" /v1/a%20b?key=1&c=d shop.example hello", "X-Upstream: yes", "X-Route: r")
	s.want(s.get("/status"), 418, "*")
}

// TestExternalServerGetsNoToken has another server below the site's own names.
func TestExternalServerGetsNoToken(t *testing.T) {
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%q %q", r.Header["X-Prerender-Revalidate"], r.Header["Cookie"])
	}))
	defer upstream.Close()
	s := newSite(t, strings.Replace(pagesSite, `"routes":[`, `"routes":[{"src":"^/api$","dest":"`+upstream.URL+`/"},`, 1))
	const cookie = "__prerender_bypass=" + token
	for _, tt := range []struct {
		headers []string
		want    string
	}{
		{[]string{"X-Prerender-Revalidate: " + token, "Cookie: " + cookie}, "[] []"},
		{[]string{"Cookie: a=b; " + cookie + "; c=d"}, `[] ["a=b; c=d"]`},
		{[]string{"Cookie: " + cookie + ";a=" + token}, `[] ["a=` + token + `"]`},
		{[]string{"Cookie: __prerender_bypass=\"" + token + "\""}, "[] []"},
		{[]string{"X-Prerender-Revalidate: its own", "Cookie: __prerender_bypass=its; a=b"}, `["its own"] ["__prerender_bypass=its; a=b"]`},
		{nil, "[] []"},
	} {
		s.want(s.get("/api", tt.headers...), 200, tt.want)
	}
}

func TestExternalServerIsDown(t *testing.T) {
	s, _ := proxySite(t, nil, `{"src":"^/api$","dest":"http://127.0.0.1:1/"}, {"src":"^/bad$","dest":"http:///x"}`)
	s.want(s.get("/api"), 502, "*", "X-Vercel-Error: ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR")
	s.want(s.get("/bad"), 502, "*", "X-Vercel-Error: ROUTER_EXTERNAL_TARGET_ERROR")
}

func TestExternalLoop(t *testing.T) {
	out := &output.Output{Entries: map[string]output.Entry{}}
	out.Config.Routes = []output.Route{{Src: "^/.*$", Dest: "placeholder"}}
	var h *Deployment
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	defer server.Close()
	out.Config.Routes[0].Dest = server.URL + "/"
	var err error
	if h, err = New(out, Options{}); err != nil {
		t.Fatal(err)
	}
	defer h.Close(t.Context())
	resp, err := http.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != 508 || resp.Header.Get("X-Vercel-Error") != "INFINITE_LOOP_DETECTED" {
		t.Errorf("status %d, code %s", resp.StatusCode, resp.Header.Get("X-Vercel-Error"))
	}
}

// TestExternalUpgrade upgrades through a route with a status, which must not replace
// the 101.
func TestExternalUpgrade(t *testing.T) {
	s, _ := proxySite(t, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: "+r.Header.Get("Upgrade")+"\r\n\r\nhello")
	}, `{"src":"^/api$","dest":"UPSTREAM/","status":200}`)
	conn := s.dial("GET /api HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != 101 || resp.Header.Get("Upgrade") != "echo" {
		t.Fatalf("%v, %v", resp, err)
	}
	if text, err := io.ReadAll(r); string(text) != "hello" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}
