package host

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/driver/redis"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/redistest"
)

// openShared opens the cache of a server, for one host.
func openShared(t *testing.T, server *redistest.Server) prerender.Shared {
	t.Helper()
	shared, err := redis.Open(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { shared.Close() })
	return shared
}

// soon asks for path until the response has the body.
func (s *site) soon(path, body string) reply {
	s.t.Helper()
	for {
		a := s.get(path)
		if a.body == body {
			return a
		}
		select {
		case <-s.t.Context().Done():
			s.t.Fatalf("%s is still %q", path, a.body)
		case <-time.After(time.Millisecond):
		}
	}
}

// TestHostsShareEntries has a host whose address is another's, and one that serves names.
func TestHostsShareEntries(t *testing.T) {
	server := redistest.Start(t)
	p := newPuppet(t)
	dir := writeSite(t, pagesSite, p)
	host := func(names ...string) *site {
		out, err := output.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		shared := openShared(t, server)
		return serveSite(t, out, p, func(o *Options) {
			o.Shared, o.Hosts, o.CacheDir, o.now = shared, names, t.TempDir(), time.Now
			o.Addr = filepath.Base(o.CacheDir) + ".example"
		})
	}
	counting(p)
	first, second, named := host(), host(), host("127.0.0.1")
	first.want(first.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: MISS")
	second.want(second.get("/clock"), 200, "1 GET /clock", "X-Vercel-Cache: HIT")
	named.want(named.get("/clock"), 200, "2 GET /clock", "X-Vercel-Cache: MISS")
	second.want(second.get("/clock", "X-Prerender-Revalidate: "+token), 200, "3 GET /clock", "X-Vercel-Cache: REVALIDATED")
	first.want(first.soon("/clock", "3 GET /clock"), 200, "*", "X-Vercel-Cache: HIT")
	pages, err := first.host.CachedPages(context.Background())
	if err != nil || len(pages) != 2 { // one of the host that serves names
		t.Errorf("listed are %v, %v", pages, err)
	}
}

// assetSite is a site with assets of a version.
func assetSite(version string) string {
	return strings.ReplaceAll(`
-- config.json --
{"version":3,"routes":[
 {"handle":"hit"},
 {"src":"^/(?:style\\.VERSION\\.css|large\\.VERSION\\.bin|caf(?:é|%C3%A9)\\.VERSION\\.txt)$","headers":{"Cache-Control":"public, max-age=31536000, immutable"},"continue":true},
 {"handle":"error"},{"status":404,"src":"^.*$","dest":"/404","headers":{"X-Error":"yes"}}],
 "overrides":{"404.html":{"path":"404"}}}
-- static/404.html --
not here
-- static/style.VERSION.css --
body { content: "VERSION" }
-- static/café.VERSION.txt --
VERSION
-- static/mutable.VERSION.css --
VERSION
`, "VERSION", version)
}

// TestAssetsOfOtherBuilds rolls out a build: the host of each has the assets of the other.
func TestAssetsOfOtherBuilds(t *testing.T) {
	const was, is = "0123456789ab", "abcdefabcdef"
	server := redistest.Start(t)
	host := func(version string) *site {
		shared := openShared(t, server)
		p := newPuppet(t)
		dir := writeSite(t, assetSite(version), p)
		if err := os.WriteFile(filepath.Join(dir, "static", "large."+version+".bin"), make([]byte, maxAsset+1), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := output.Read(dir)
		if err != nil {
			t.Fatal(err)
		}
		return serveSite(t, out, p, func(o *Options) { o.Shared = shared })
	}
	before := host(was)
	before.want(before.get("/style."+is+".css"), 404, "not here\n")
	after := host(is)
	for s, version := range map[*site]string{before: is, after: was} {
		s.want(s.soon("/style."+version+".css", `body { content: "`+version+"\" }\n"), 200, "*",
			"Content-Type: text/css; charset=utf-8", "Cache-Control: public, max-age=31536000, immutable", "X-Error:")
		s.want(s.do("HEAD", "/caf%C3%A9."+version+".txt", ""), 200, "", "Content-Length: 13")
		s.want(s.get("/style."+version+".css", "Range: bytes=0-3"), 206, "body")
		for _, path := range []string{"/mutable." + version + ".css", "/large." + version + ".bin", "/style.000000000000.css"} {
			s.want(s.get(path), 404, "not here\n")
		}
		s.want(s.do("POST", "/style."+version+".css", ""), 404, "*")
		s.log.await(t, "some assets are too large")
	}
	server.Kill()
	after.want(after.get("/style."+was+".css"), 200, "*") // from memory
	after.want(after.get("/style.111111111111.css"), 404, "not here\n")
	server.Restart() // empty
	third := host("ba9876543210")
	third.want(third.soon("/style."+was+".css", `body { content: "`+was+"\" }\n"), 200, "*")
}

func TestIsHashed(t *testing.T) {
	for path, want := range map[string]bool{
		"/style.3f2a90c1d4e5.css": true, "/style.abcdefabcdef.css": true, "/assets/index-BdK3x9Qa.js": true,
		"/_next/static/chunks/main-4f2a90c1d4e5aa.js": true, "/_next/static/aB3dE5fG7hI9/_buildManifest.js": true,
		"/style.css": false, "/style.3f2a90c1d4e5": true, "/3f2a90c1d4e5": false, "/blog/hello-2026": false, "/.3f2a90c1d4e5": false,
		"/some-long-name.css": false, "/publications.css": false, "": false, "/": false,
	} {
		if got := isHashed(path); got != want {
			t.Errorf("%s: %v, want %v", path, got, want)
		}
	}
}
