package host

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/jargo-dev/jargo/internal/output"

	"github.com/jargo-dev/jargo/internal/host/wire"
)

var longText = strings.Repeat("all work and no play makes jack a dull boy\n", 100)

var filesSite = `
-- config.json --
{"version":3,"overrides":{
 "about.html":{"path":"about"},
 "data":{"contentType":"application/vnd.api+json"},
 "gone.txt":{"path":"gone.txt"}}}
-- static/index.html --
home
-- static/about.html --
about
-- static/docs/index.html --
docs
-- static/plain/index --
plain index
-- static/data --
{}
-- static/noext --
?
-- static/.well-known/x.txt --
well known
-- static/sp ace.css --
a{}
-- static/long.txt --
` + longText + `
-- static/gone.txt --
gone
-- static/linked.txt --
-> ../elsewhere.txt
-- elsewhere.txt --
elsewhere
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
-- functions/fn.func/secret.txt --
secret
`

func TestFiles(t *testing.T) {
	s := newSite(t, filesSite)
	tests := []struct {
		path        string
		status      int
		body        string
		contentType string
	}{
		{"/", 200, "home\n", "text/html; charset=utf-8"},
		{"/index.html", 200, "home\n", "text/html; charset=utf-8"},
		{"/about", 200, "about\n", "text/html; charset=utf-8"},
		{"/about/", 200, "about\n", "text/html; charset=utf-8"},
		{"/about.html", 404, "*", "text/plain; charset=utf-8"},
		{"/docs", 200, "docs\n", "text/html; charset=utf-8"},
		{"/docs/", 200, "docs\n", "text/html; charset=utf-8"},
		{"/plain", 200, "plain index\n", "application/octet-stream"},
		{"/data", 200, "{}\n", "application/vnd.api+json"},
		{"/noext", 200, "?\n", "application/octet-stream"},
		{"/.well-known/x.txt", 200, "well known\n", "text/plain; charset=utf-8"},
		{"/sp%20ace.css", 200, "a{}\n", "text/css; charset=utf-8"},
		{"/gone.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/linked.txt", 200, "elsewhere\n", "text/plain; charset=utf-8"},
		{"/elsewhere.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/../elsewhere.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/%2e%2e/elsewhere.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/..%2felsewhere.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/docs/..%5c..%5celsewhere.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/functions/fn.func/secret.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/fn.func/secret.txt", 404, "*", "text/plain; charset=utf-8"},
		{"/config.json", 404, "*", "text/plain; charset=utf-8"},
		{"/index.html%00", 404, "*", "text/plain; charset=utf-8"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			s.t = t
			s.want(s.get(tt.path), tt.status, tt.body, "Content-Type: "+tt.contentType, "Cache-Control: public, max-age=0, must-revalidate")
		})
	}
}

func TestFileConditions(t *testing.T) {
	s := newSite(t, filesSite)
	first := s.get("/long.txt")
	etag := first.Header.Get("Etag")
	if !strings.HasPrefix(etag, `"`) {
		t.Fatalf("etag %q is not strong", etag)
	}
	s.want(first, 200, longText+"\n", "X-Vercel-Cache: HIT", "Accept-Ranges: bytes", "Vary: Accept-Encoding")
	s.want(s.get("/long.txt", "If-None-Match: "+etag), 304, "", "Etag: "+etag, "Content-Type:")
	s.want(s.get("/long.txt", `If-None-Match: "x", W/`+etag), 304, "")
	s.want(s.get("/long.txt", "If-None-Match: *"), 304, "")
	s.want(s.get("/long.txt", `If-None-Match: "x"`), 200, "*")
	s.want(s.get("/long.txt", "Range: bytes=4-7"), 206, "work", "Content-Range: bytes 4-7/4301", "Content-Length: 4")
	s.want(s.get("/long.txt", "Range: bytes=-4"), 206, "oy\n\n")
	s.want(s.get("/long.txt", "Range: bytes=9999-"), 416, "*")
	s.want(s.get("/long.txt", "Range: bytes=4-7", `If-Range: "x"`), 200, "*")
	s.want(s.get("/long.txt", "Range: bytes=4-7", "Accept-Encoding: gzip"), 206, "work", "Content-Encoding:")
	s.want(s.do("HEAD", "/long.txt", ""), 200, "", "Content-Length: 4301")
	s.want(s.do("POST", "/long.txt", "x"), 405, "*", "Allow: GET, HEAD", "X-Vercel-Error: INVALID_REQUEST_METHOD")
}

var decoders = map[string]func(io.Reader) (io.Reader, error){
	"br":   func(r io.Reader) (io.Reader, error) { return brotli.NewReader(r), nil },
	"gzip": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	"zstd": func(r io.Reader) (io.Reader, error) { return zstd.NewReader(r) },
	"":     func(r io.Reader) (io.Reader, error) { return r, nil },
}

func TestFileEncodings(t *testing.T) {
	s := newSite(t, filesSite)
	for accept, want := range map[string]string{
		"gzip, deflate, br, zstd":   "br",
		"gzip":                      "gzip",
		"zstd;q=0.9, gzip;q=0.5":    "zstd",
		"br;q=0, gzip;q=0.1":        "gzip",
		"identity":                  "",
		"*":                         "br",
		"br;q=0, *;q=0.5, gzip;q=1": "gzip",
		"deflate":                   "",
	} {
		a := s.get("/long.txt", "Accept-Encoding: "+accept)
		s.want(a, 200, "*", "Content-Encoding: "+want)
		r, err := decoders[want](strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); err != nil || string(data) != longText+"\n" {
			t.Errorf("%q: %d bytes, %v", accept, len(data), err)
		}
		if etag := a.Header.Get("Etag"); want != "" && !strings.HasPrefix(etag, "W/") {
			t.Errorf("%q: etag %s of compressed bytes is strong", accept, etag)
		} else {
			s.want(s.get("/long.txt", "Accept-Encoding: "+accept, "If-None-Match: "+etag), 304, "")
		}
	}
	s.want(s.get("/data", "Accept-Encoding: br"), 200, "{}\n", "Content-Encoding:", "Vary:")
}

func TestErrorBodies(t *testing.T) {
	s := newSite(t, filesSite)
	a := s.get("/nothing", "Accept: text/html,*/*")
	s.want(a, 404, "*", "Content-Type: text/html; charset=utf-8", "X-Vercel-Error: NOT_FOUND")
	if !strings.Contains(a.body, "The page could not be found.") || !strings.Contains(a.body, a.Header.Get("X-Vercel-Id")) {
		t.Errorf("page %q", a.body)
	}
	s.want(s.get("/nothing", "Accept: application/json"), 404, `{"error":{"code":404,"message":"The page could not be found."}}`+"\n")
	s.want(s.do("HEAD", "/nothing", ""), 404, "")
	s.want(s.get("/"+strings.Repeat("x", 15000)), 414, "*", "X-Vercel-Error: URL_TOO_LONG")
}

func TestErrorPhase(t *testing.T) {
	s := newSite(t, `
-- config.json --
{"version":3,"routes":[
 {"src":"^/gone$","status":410},
 {"src":"^/old/(.*)/$","status":308,"headers":{"Location":"/$1?x=1#top"}},
 {"handle":"hit"},
 {"src":"^/404$","headers":{"x-hit":"404"},"continue":true},
 {"handle":"error"},
 {"src":"^/.*$","status":404,"dest":"/404"},
 {"src":"^/.*$","status":500,"dest":"/500"},
 {"src":"^/.*$","status":410,"dest":"/nowhere"}],
 "overrides":{"404.html":{"path":"404"},"500.html":{"path":"500"}}}
-- static/404.html --
not here
-- static/500.html --
our fault
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
`)
	s.want(s.get("/nothing"), 404, "not here\n", "x-hit: 404", "Content-Type: text/html; charset=utf-8")
	s.want(s.get("/gone"), 410, "*", "X-Vercel-Error: 410")
	s.want(s.do("POST", "/nothing", ""), 404, "not here\n")
	s.want(s.get("/nothing", "Range: bytes=0-1"), 404, "not here\n")
	s.want(s.get("/old/a/?x=9&y=2"), 308, "Redirecting...\n", "Location: /a?x=1&y=2#top")
	s.want(s.get("/old/a/", "Accept: application/json"), 308, `{"redirect":"/a?x=1#top","status":"308"}`)
	s.want(s.get(`/old/\evil.example/`), 308, "*", "Location: /%5Cevil.example?x=1#top")
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "exit") })
	s.want(s.get("/fn"), 500, "our fault\n", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500); w.Write([]byte("its own")) })
	s.want(s.get("/fn"), 500, "its own", "X-Vercel-Error:")
}

func TestLargeFile(t *testing.T) {
	p := newPuppet(t)
	dir := writeSite(t, "-- config.json --\n{\"version\":3,\"routes\":[{\"src\":\"/gone\",\"dest\":\"/large.bin\",\"status\":410}]}\n", p)
	path := filepath.Join(dir, "static", "large.bin")
	if err := os.Mkdir(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, bytes.Repeat([]byte("0123456789abcdef"), wire.MaxCachedFile/16+1), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := serveSite(t, out, p)
	a := s.get("/large.bin")
	if a.StatusCode != 200 || len(a.body) != wire.MaxCachedFile+16 {
		t.Errorf("status %d, %d bytes", a.StatusCode, len(a.body))
	}
	etag := a.Header.Get("Etag")
	s.want(s.get("/large.bin", "Range: bytes=8388608-", "If-Range: "+etag), 206, "0123456789abcdef")
	s.want(s.get("/large.bin", "If-None-Match: "+etag), 304, "")
	s.want(s.do("HEAD", "/large.bin", ""), 200, "", "Content-Length: 8388624")
	if a := s.get("/gone"); a.StatusCode != 410 || len(a.body) != wire.MaxCachedFile+16 {
		t.Errorf("status %d, %d bytes", a.StatusCode, len(a.body))
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("/large.bin"), 500, "*", "X-Vercel-Error: INTERNAL_STATIC_FILE_FAILED", "Etag:", "Content-Type: text/plain; charset=utf-8")
}

func TestFunctionEncodings(t *testing.T) {
	s := newSite(t, functionSite)
	respond := func(header http.Header, parts ...string) {
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range header {
				w.Header()[name] = values
			}
			for _, part := range parts {
				io.WriteString(w, part)
				w.(http.Flusher).Flush()
			}
		})
	}
	html := http.Header{"Content-Type": {"text/html"}, "Etag": {`"1"`}}
	respond(html, longText, longText)
	for _, accept := range []string{"br", "zstd", "gzip"} {
		a := s.get("/fn", "Accept-Encoding: "+accept)
		s.want(a, 200, "*", "Content-Encoding: "+accept, "Vary: Accept-Encoding", `Etag: W/"1"`)
		r, err := decoders[accept](strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); err != nil || string(data) != longText+longText {
			t.Errorf("%s: %d bytes, %v", accept, len(data), err)
		}
	}
	s.want(s.get("/fn"), 200, longText+longText, "Content-Encoding:", "Vary: Accept-Encoding", `Etag: "1"`)
	s.want(s.do("HEAD", "/fn", "", "Accept-Encoding: br"), 200, "", "Content-Encoding: br")
	for _, header := range []http.Header{
		{"Content-Type": {"image/png"}}, {"Content-Type": {"text/html"}, "Content-Encoding": {"own"}},
		{"Content-Type": {"text/event-stream"}}, {"Content-Type": {"text/html"}, "Cache-Control": {"no-transform"}},
		{"Content-Type": {"text/html"}, "Content-Length": {"4300"}, "Cache-Control": {"private, no-transform"}},
	} {
		respond(header, longText)
		s.want(s.get("/fn", "Accept-Encoding: br"), 200, longText, "Content-Encoding: "+header.Get("Content-Encoding"))
	}
	respond(http.Header{"Content-Type": {"text/html"}, "Content-Length": {"5"}}, "short")
	s.want(s.get("/fn", "Accept-Encoding: br"), 200, "short", "Content-Encoding:")
}

// TestFunctionEncodingStreams reads each part of a compressed response before the
// next is sent.
func TestFunctionEncodingStreams(t *testing.T) {
	s := newSite(t, functionSite)
	next := make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		for {
			select {
			case <-next:
			case <-s.puppet.done:
				return
			}
			io.WriteString(w, "a part\n")
			w.(http.Flusher).Flush()
		}
	})
	go func() { next <- true }()
	resp, err := s.Client().Do(s.request("GET", "/fn", "", "Accept-Encoding: gzip"))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	r, err := gzip.NewReader(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		part := make([]byte, len("a part\n"))
		if _, err := io.ReadFull(r, part); err != nil || string(part) != "a part\n" {
			t.Fatalf("part %q, %v", part, err)
		}
		if i < 2 {
			next <- true
		}
	}
}
