package host

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

const token = "0123456789abcdef0123456789abcdef"

const pagesSite = `
-- config.json --
{"version":3,"routes":[
 {"src":"^/blog/(?<slug>[^/]+)$","dest":"/blog/[slug]?slug=$slug"},
 {"src":"^/plain/(?<slug>[^/]+)$","dest":"/plain?slug=$slug"},
 {"handle":"hit"},{"src":"^/clock$","headers":{"x-hit":"yes"},"continue":true}]}
-- functions/clock.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,PUPPET}
-- functions/clock.prerender-config.json --
{"expiration":5,"staleExpiration":60,"allowQuery":[],"bypassToken":"` + token + `",
 "experimentalBypassFor":[{"type":"header","key":"next-action"}]}
-- functions/index.func --
-> clock.func
-- functions/index.prerender-config.json --
{"expiration":false,"fallback":"index.prerender-fallback.html","initialStatus":203,"initialHeaders":{"x-initial":"yes","cache-control":"s-maxage=9"}}
-- functions/index.prerender-fallback.html --
built
-- functions/blog/[slug].func --
-> ../clock.func
-- functions/blog/[slug].prerender-config.json --
{"expiration":5,"allowQuery":["slug","page"],"passQuery":true,"group":1,"exposeErrBody":true}
-- functions/data.func --
-> clock.func
-- functions/data.prerender-config.json --
{"expiration":false,"allowQuery":["slug","page"],"passQuery":true,"group":1}
-- functions/plain.func --
-> clock.func
-- functions/plain.prerender-config.json --
{"expiration":5,"allowQuery":["slug"],"allowHeader":["Accept-Language"]}
-- functions/any.func --
-> clock.func
-- functions/any.prerender-config.json --
{"expiration":5,"passQuery":true}
`

// counting makes the function respond with a count and the URL.
func counting(p *puppet) (ran chan string) {
	var n atomic.Int64
	ran = make(chan string, 100)
	p.on(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.Header().Set("Set-Cookie", "secret=1")
		w.Header().Set("Cache-Control", "s-maxage=1")
		fmt.Fprintf(w, "%d %s %s", n.Add(1), r.Method, r.URL.RequestURI())
		ran <- r.URL.RequestURI()
	})
	return ran
}

// eventually requests a page after the renderings under way have been stored.
func (s *site) eventually(path, body string, headers ...string) reply {
	s.t.Helper()
	s.host.pages.Wait()
	a := s.get(path, headers...)
	s.want(a, a.StatusCode, body)
	return a
}

func TestPageStates(t *testing.T) {
	s := newSite(t, pagesSite)
	ran := counting(s.puppet)
	first := s.get("/clock?x=1")
	s.want(first, 200, "1 GET /clock", "X-Vercel-Cache: MISS", "Cache-Control: public, max-age=0, must-revalidate", "Set-Cookie:", "X-Hit: yes", "Age:")
	await(t, "rendering", ran)
	s.clock.advance(4 * time.Second)
	s.want(s.get("/clock?x=2"), 200, "1 GET /clock", "X-Vercel-Cache: HIT", "Age: 4", "Content-Type: text/plain; charset=utf-8")
	s.want(s.do("HEAD", "/clock", ""), 200, "", "X-Vercel-Cache: HIT", "Content-Length: 12")
	s.want(s.get("/clock", "If-None-Match: "+first.Header.Get("Etag")), 304, "")
	s.clock.advance(time.Second)
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: STALE", "Age: 5")
	await(t, "rendering", ran)
	s.want(s.eventually("/clock", "2 GET /clock"), 200, "*", "X-Vercel-Cache: HIT", "Age: 0")
	s.clock.advance(time.Minute)
	s.want(s.get("/clock"), 200, "3 GET /clock", "X-Vercel-Cache: MISS")
}

func TestPageFallback(t *testing.T) {
	s := newSite(t, pagesSite)
	ran := counting(s.puppet)
	s.want(s.get("/"), 203, "built\n", "X-Vercel-Cache: PRERENDER", "X-Initial: yes", "Content-Type: text/html; charset=utf-8",
		"Cache-Control: public, max-age=0, must-revalidate")
	if uri := await(t, "rendering", ran); uri != "/" {
		t.Errorf("the index page is rendered as %q", uri)
	}
	s.want(s.eventually("/", "1 GET /"), 200, "*", "X-Vercel-Cache: HIT", "X-Initial:")
	s.clock.advance(1000 * time.Hour)
	s.want(s.get("/"), 200, "1 GET /", "X-Vercel-Cache: HIT")
}

func TestPageKeys(t *testing.T) {
	s := newSite(t, pagesSite)
	counting(s.puppet)
	for _, tt := range []struct{ path, body, state string }{
		{"/blog/a", "1 GET /blog/[slug]?slug=a", "MISS"},
		{"/blog/a?other=1", "1 GET /blog/[slug]?slug=a", "HIT"},
		{"/blog/b", "2 GET /blog/[slug]?slug=b", "MISS"},
		{"/blog/a?page=2", "3 GET /blog/[slug]?slug=a&page=2", "MISS"},
		{"/blog/a", "1 GET /blog/[slug]?slug=a", "HIT"},
		{"/plain/a", "4 GET /plain", "MISS"},
		{"/plain/b", "5 GET /plain", "MISS"},
		{"/any?x=1", "6 GET /any?x=1", "MISS"},
		{"/any?x=2", "7 GET /any?x=2", "MISS"},
		{"/any?x=1", "6 GET /any?x=1", "HIT"},
	} {
		s.want(s.get(tt.path), 200, tt.body, "X-Vercel-Cache: "+tt.state)
	}
	s.want(s.get("/plain/a", "Accept-Language: nl"), 200, "8 GET /plain", "X-Vercel-Cache: MISS")
	s.want(s.get("/plain/a", "Accept-Language: nl"), 200, "8 GET /plain", "X-Vercel-Cache: HIT")
	s.want(s.get("/plain/a", "Host: other.example"), 200, "4 GET /plain", "X-Vercel-Cache: HIT")
}

func TestPageRequest(t *testing.T) {
	s := newSite(t, pagesSite)
	seen := make(chan http.Header, 1)
	s.puppet.on(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Clone() })
	s.do("HEAD", "/plain/hi", "", "Cookie: a=b", "Authorization: secret", "Range: bytes=0-1", "If-None-Match: x", "Accept-Encoding: br")
	h := await(t, "rendering", seen)
	for _, name := range []string{"Cookie", "Authorization", "Range", "If-None-Match"} {
		if h.Get(name) != "" {
			t.Errorf("the function sees %s: %q", name, h.Get(name))
		}
	}
	if got := h.Get("X-Now-Route-Matches"); got != "1=hi&slug=hi" {
		t.Errorf("x-now-route-matches: %q", got)
	}
	s.get("/blog/hi")
	if got := await(t, "rendering", seen).Get("X-Now-Route-Matches"); got != "" {
		t.Errorf("x-now-route-matches with passQuery: %q", got)
	}
}

// TestPageAllowedHeaders renders a page with allowHeader.
func TestPageAllowedHeaders(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3,"routes":[{"handle":"hit"},{"src":"^/(.*)$","headers":{"x-matched-path":"/$1"},"important":true,"continue":true}]}
-- functions/page.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
-- functions/page.prerender-config.json --
{"expiration":5,"allowQuery":[],"allowHeader":["Accept-Language","x-prerender-revalidate"],"bypassToken":"`+token+`"}
`)
	seen := make(chan http.Header, 1)
	s.puppet.on(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Clone() })
	wants := func(a reply, state string, headers ...string) {
		t.Helper()
		s.want(a, 200, "", "X-Vercel-Cache: "+state, "X-Matched-Path: /page")
		h := await(t, "rendering", seen)
		for _, want := range append(headers, "X-Matched-Path: /page", "X-Forwarded-Proto: http", "X-Visitor: ") {
			name, value, _ := strings.Cut(want, ": ")
			if got := h.Get(name); got != value {
				t.Errorf("the function sees %s: %q, want %q", name, got, value)
			}
		}
	}
	wants(s.get("/page", "Accept-Language: nl", "X-Visitor: me", "X-Prerender-Revalidate: wrong"), "MISS", "Accept-Language: nl", "X-Prerender-Revalidate: ")
	wants(s.get("/page", "Accept-Language: fr"), "MISS", "Accept-Language: fr")
	wants(s.get("/page", "Accept-Language: nl", "X-Prerender-Revalidate: "+token), "REVALIDATED", "X-Prerender-Revalidate: "+token)
	s.want(s.get("/page", "Accept-Language: nl"), 200, "", "X-Vercel-Cache: HIT")
}

func TestPageOneRendering(t *testing.T) {
	const visitors = 200
	s := newSite(t, pagesSite)
	begun, release := make(chan bool, visitors), make(chan bool)
	var runs atomic.Int64
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		runs.Add(1)
		begun <- true
		<-release
		io.WriteString(w, "page")
	})
	// The page is ready only when all have asked for it.
	var asked sync.WaitGroup
	asked.Add(visitors)
	count := atomic.Int64{}
	old := s.Server
	t.Cleanup(old.Close)
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if count.Add(1) <= visitors {
			asked.Done()
		}
		s.host.ServeHTTP(w, r)
	}))
	var all sync.WaitGroup
	for range visitors {
		all.Go(func() { s.want(s.get("/clock"), 200, "page") })
	}
	await(t, "rendering", begun)
	asked.Wait()
	close(release)
	all.Wait()
	if n := runs.Load(); n != 1 {
		t.Errorf("%d visitors of a new page cause %d renderings, want 1", visitors, n)
	}
	s.clock.advance(5 * time.Second)
	release = make(chan bool)
	for range 10 {
		all.Go(func() { s.want(s.get("/clock"), 200, "page") })
	}
	all.Wait()
	close(release)
	await(t, "rendering", begun)
	if n := runs.Load(); n != 2 {
		t.Errorf("10 visitors of an old page cause %d renderings, want 1", n-1)
	}
}

func TestPageVisitorLeaves(t *testing.T) {
	s := newSite(t, pagesSite)
	begun, release := make(chan bool, 1), make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		begun <- true
		<-release
		io.WriteString(w, "page")
	})
	gone := make(chan error)
	conn := s.request("GET", "/clock", "")
	go func() {
		client := &http.Client{Timeout: time.Hour}
		ctx := conn.Context()
		_, err := client.Do(conn.WithContext(ctx))
		gone <- err
	}()
	await(t, "rendering", begun)
	s.CloseClientConnections()
	await(t, "the visitor's leaving", gone)
	close(release)
	s.want(s.get("/clock"), 200, "page")
}

func TestPageFailures(t *testing.T) {
	s := newSite(t, pagesSite)
	ran := counting(s.puppet)
	s.get("/clock")
	await(t, "rendering", ran)
	fail := func(status int) {
		s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, "oops")
			ran <- ""
		})
	}
	fail(500)
	s.clock.advance(5 * time.Second)
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: STALE")
	await(t, "the failing rendering", ran)
	s.log.await(t, "status=500")
	s.host.pages.Wait()
	s.clock.advance(29 * time.Second)
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: STALE")
	if len(ran) != 0 {
		t.Error("rendered again before 30 s are over")
	}
	ran2 := counting(s.puppet)
	s.clock.advance(time.Second)
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: STALE")
	await(t, "another attempt", ran2)
	s.eventually("/clock", "1 GET /clock")

	fail(503)
	s.want(s.get("/plain/x"), 503, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.want(s.get("/blog/x"), 503, "oops", "X-Vercel-Error:")
	fail(404)
	s.want(s.get("/plain/x"), 404, "oops", "X-Vercel-Cache: MISS")
	s.want(s.get("/plain/x"), 404, "oops", "X-Vercel-Cache: HIT")
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "exit") })
	s.want(s.get("/plain/y"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
}

func TestPageBypass(t *testing.T) {
	s := newSite(t, pagesSite)
	counting(s.puppet)
	s.get("/clock")
	s.want(s.do("POST", "/clock", "x"), 200, "2 POST /clock", "X-Vercel-Cache: BYPASS", "Set-Cookie: secret=1")
	s.want(s.get("/clock", "Cookie: __prerender_bypass="+token), 200, "3 GET /clock", "X-Vercel-Cache: BYPASS")
	for _, wrong := range []string{"", "wrong", token[1:], token + "0", token + token, strings.ToUpper(token), "%30" + token[1:]} {
		s.want(s.get("/clock", "Cookie: __prerender_bypass="+wrong), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
		s.want(s.get("/clock", "X-Prerender-Bypass: "+token), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
	}
	s.want(s.get("/clock", "Next-Action: x"), 200, "4 GET /clock", "X-Vercel-Cache: BYPASS")
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
}

func TestPageOnDemand(t *testing.T) {
	s := newSite(t, pagesSite)
	counting(s.puppet)
	s.get("/clock")
	for _, wrong := range []string{"", "wrong", token[1:], token + "0", token + token, strings.ToUpper(token)} {
		s.want(s.get("/clock", "X-Prerender-Revalidate: "+wrong), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
	}
	s.want(s.get("/clock", "X-Prerender-Revalidate: "+token), 200, "2 GET /clock", "X-Vercel-Cache: REVALIDATED")
	s.want(s.do("HEAD", "/clock", "", "X-Prerender-Revalidate: "+token), 200, "", "X-Vercel-Cache: REVALIDATED")
	s.want(s.get("/clock"), 200, "3 GET /clock", "X-Vercel-Cache: HIT")
	// A page without a token has none that fits.
	s.get("/any")
	s.want(s.get("/any", "X-Prerender-Revalidate: "), 200, "*", "X-Vercel-Cache: HIT")
}

// TestPageOnDemandOfAnErrorPage has a page that is no error page asked for, and is
// not there: the error page is not what is to be rendered again.
func TestPageOnDemandOfAnErrorPage(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3,"routes":[{"handle":"error"},{"src":"^/.*$","status":404,"dest":"/404"}]}
-- functions/404.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,PUPPET}
-- functions/404.prerender-config.json --
{"expiration":5,"allowQuery":[],"bypassToken":"`+token+`"}
`)
	counting(s.puppet)
	s.want(s.get("/nowhere"), 404, "1 GET /404", "X-Vercel-Cache: MISS")
	s.want(s.get("/nowhere", "X-Prerender-Revalidate: "+token), 404, "1 GET /404", "X-Vercel-Cache: HIT")
}

func TestPageGroup(t *testing.T) {
	s := newSite(t, pagesSite)
	counting(s.puppet)
	s.want(s.get("/data?slug=a"), 200, "1 GET /data?slug=a", "X-Vercel-Cache: MISS")
	s.want(s.get("/blog/a"), 200, "2 GET /blog/[slug]?slug=a", "X-Vercel-Cache: MISS")
	s.want(s.get("/data?slug=a"), 200, "*", "X-Vercel-Cache: HIT")
	s.clock.advance(5 * time.Second)
	s.want(s.get("/blog/a"), 200, "*", "X-Vercel-Cache: STALE")
	s.eventually("/blog/a", "3 GET /blog/[slug]?slug=a")
	s.want(s.get("/data?slug=a"), 200, "*", "X-Vercel-Cache: STALE")
	s.clock.advance(time.Second)
	s.eventually("/data?slug=a", "4 GET /data?slug=a")
	s.host.pages.Wait()
	s.want(s.get("/data?slug=a"), 200, "*", "X-Vercel-Cache: HIT")
	s.want(s.get("/blog/a"), 200, "3 GET /blog/[slug]?slug=a", "X-Vercel-Cache: HIT")
}

func TestPageEncodings(t *testing.T) {
	s := newSite(t, pagesSite)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, strings.Repeat("page ", 1000))
	})
	s.want(s.get("/clock", "Accept-Encoding: gzip"), 200, "*", "Content-Encoding: gzip", "Vary: Accept-Encoding")
	s.want(s.get("/clock"), 200, strings.Repeat("page ", 1000), "Content-Encoding:")
}

func TestPagesSurviveARestart(t *testing.T) {
	cache := t.TempDir()
	withCache := func(o *Options) { o.CacheDir = cache }
	p := newPuppet(t)
	counting(p)
	dir := writeSite(t, pagesSite, p)
	read := func() *output.Output {
		out, err := output.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	s := serveSite(t, read(), p, withCache)
	s.want(s.get("/clock", "Host: shop.example"), 200, "1 GET /clock", "X-Vercel-Cache: MISS")
	s = serveSite(t, read(), p, withCache)
	s.want(s.get("/clock", "Host: shop.example"), 200, "1 GET /clock", "X-Vercel-Cache: HIT", "Content-Type: text/plain; charset=utf-8")
	if err := os.WriteFile(filepath.Join(dir, "functions", "clock.func", "data.txt"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	s = serveSite(t, read(), p, withCache)
	s.want(s.get("/clock", "Host: shop.example"), 200, "2 GET /clock", "X-Vercel-Cache: MISS")
}

func TestPagesWithoutCacheDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s := newSite(t, pagesSite, func(o *Options) { o.CacheDir = filepath.Join(file, "cache") })
	counting(s.puppet)
	s.log.await(t, "pages are not cached on disk")
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: MISS")
	s.want(s.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
}

// TestPageHost shares one rendering between all hosts, unless they are configured:
// a page may have its host in its links.
func TestPageHost(t *testing.T) {
	for _, tt := range []struct {
		hosts    []string
		host     string
		sees     string // "" is not served
		rendered bool
	}{
		{nil, "shop.example", "10.0.0.1:8080", true},
		{nil, "evil.example:666", "10.0.0.1:8080", false},
		{[]string{"Shop.Example", "shop.example:8443"}, "SHOP.example", "shop.example", true},
		{[]string{"Shop.Example", "shop.example:8443"}, "shop.example:8443", "shop.example", false},
		{[]string{"shop.example:8443", "Shop.Example"}, "shop.example:8443", "shop.example:8443", true},
		{[]string{"shop.example"}, "shop.example:666", "shop.example", true},
		{[]string{"shop.example"}, "evil.example", "", false},
		{[]string{"shop.example:8443"}, "shop.example", "", false},
		{[]string{"shop.example", "*"}, "any.example:1", "any.example:1", true},
		{[]string{"shop.example", "*"}, "shop.example:1", "shop.example", true},
	} {
		s := newSite(t, pagesSite, func(o *Options) { o.Hosts, o.Addr = tt.hosts, "10.0.0.1:8080" })
		s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprint(w, r.Host, " ", r.Header.Get("X-Forwarded-Host"), " ", r.Header.Get("X-Vercel-Deployment-Url"))
		})
		a := s.get("/clock", "Host: "+tt.host)
		if tt.sees == "" {
			s.want(a, 404, "*", "X-Vercel-Error: DEPLOYMENT_NOT_FOUND")
			continue
		}
		s.want(a, 200, strings.Join([]string{tt.sees, tt.sees, tt.sees}, " "))
	}
	s := newSite(t, pagesSite, func(o *Options) { o.Hosts = []string{"a.example", "b.example"} })
	counting(s.puppet)
	s.want(s.get("/clock", "Host: a.example:1"), 200, "1 GET /clock", "X-Vercel-Cache: MISS")
	s.want(s.get("/clock", "Host: a.example:2"), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
	s.want(s.get("/clock", "Host: b.example"), 200, "2 GET /clock", "X-Vercel-Cache: MISS")
}

// TestPageSeesNoVisitor renders pages for a visitor with many headers: none of them
// reaches the rendering.
func TestPageSeesNoVisitor(t *testing.T) {
	s := newSite(t, pagesSite)
	seen := make(chan http.Header, 1)
	s.puppet.on(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Clone() })
	for _, path := range []string{"/clock", "/plain/a"} { // without allowHeader, and with
		s.get(path, "User-Agent: me", "Accept-Language: nl", "X-Api-Key: secret", "X-Real-Ip: 6.6.6.6", "X-Forwarded-For: 6.6.6.6",
			"Cookie: a=b", "Authorization: secret", "Accept: text/me", "Referer: http://me.example", "X-Anything: me", "Dnt: 1")
		h := await(t, "rendering", seen)
		for name, values := range h {
			switch {
			case name == "User-Agent" && values[0] == "Go-http-client/1.1", name == "Accept-Encoding": // the puppet's own
			case name == "Accept-Language" && path == "/plain/a" && values[0] == "nl": // which makes an entry
			case slices.Contains([]string{"X-Vercel-Id", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Vercel-Deployment-Url",
				"X-Now-Route-Matches", "X-Vercel-Internal-Invocation-Id", "X-Vercel-Internal-Request-Id"}, name):
			default:
				t.Errorf("%s: the function sees %s: %q", path, name, values)
			}
		}
	}
}

// TestPageUnseenHeader lists a header that no rendering sees: it is not part of the
// cache key.
func TestPageUnseenHeader(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3}
-- functions/page.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
-- functions/page.prerender-config.json --
{"expiration":5,"allowHeader":["cookie","accept-language"]}
`)
	s.log.await(t, "allowHeader names")
	counting(s.puppet)
	s.want(s.get("/page", "Cookie: a=1"), 200, "1 GET /page", "X-Vercel-Cache: MISS")
	s.want(s.get("/page", "Cookie: a=2"), 200, "1 GET /page", "X-Vercel-Cache: HIT")
	s.want(s.get("/page", "Accept-Language: nl"), 200, "2 GET /page", "X-Vercel-Cache: MISS")
}

// TestPageLargeFallback rejects a fallback that is larger than a rendering may be.
func TestPageLargeFallback(t *testing.T) {
	p := newPuppet(t)
	dir := writeSite(t, pagesSite, p)
	path := filepath.Join(dir, "functions", "index.prerender-fallback.html")
	if err := os.Truncate(path, maxPage+1); err != nil {
		t.Fatal(err)
	}
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := serveSite(t, out, p)
	s.want(s.get("/"), 500, "*", "X-Vercel-Error: INTERNAL_FALLBACK_FAILED")
}

// TestPagesAreBusy requests more new pages than may be rendered at once.
func TestPagesAreBusy(t *testing.T) {
	s := newSite(t, pagesSite, func(o *Options) {
		o.renderings = prerender.Options{Renderings: 1, PerFunction: 1, MaxWait: time.Millisecond}
	})
	begun, release := make(chan bool), make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/clock" {
			begun <- true
			<-release
		}
		io.WriteString(w, "page")
	})
	first := make(chan reply, 1)
	go func() { first <- s.get("/clock") }()
	await(t, "rendering", begun)
	s.want(s.get("/plain/a"), 503, "*", "X-Vercel-Error: FUNCTION_THROTTLED", "Retry-After: 10")
	s.want(s.get("/"), 203, "built\n", "X-Vercel-Cache: PRERENDER")
	close(release)
	s.want(await(t, "the page", first), 200, "page", "X-Vercel-Cache: MISS")
	s.want(s.get("/plain/a"), 200, "page", "X-Vercel-Cache: MISS")
}

// TestPageFailuresAreLoggedOnce fails many renderings: the log has one line per page
// and interval.
func TestPageFailuresAreLoggedOnce(t *testing.T) {
	s := newSite(t, pagesSite)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	for i := range 50 {
		s.get(fmt.Sprintf("/data?slug=%d", i))
	}
	if n := strings.Count(s.log.String(), "page was not rendered"); n != 1 {
		t.Errorf("%d lines, want 1", n)
	}
	s.clock.advance(logInterval)
	s.get("/data?slug=x")
	s.log.await(t, "repeated=49")
}
