package browser

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// accept is what browsers send for a page.
const accept = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"

// serve serves a handler in a Browser until the end of the test.
func serve(t *testing.T, next http.HandlerFunc) (*Browser, string) {
	t.Helper()
	dir := t.TempDir()
	b := New(next, Options{Dir: dir})
	server := httptest.NewServer(b)
	t.Cleanup(server.Close)
	t.Cleanup(b.Close) // before the server, which waits for its connections
	return b, server.URL
}

// write writes a file of the project.
func write(t *testing.T, b *Browser, name, text string) {
	t.Helper()
	file := filepath.Join(b.opts.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// client follows no redirect and unpacks nothing.
var client = http.Client{
	Transport:     &http.Transport{DisableCompression: true},
	CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
}

// send sends a request with headers given as name, value, name, value.
func send(t *testing.T, method, url, body string, headers ...string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	return response
}

func read(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

// get is what a browser gets for a page.
func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	response := send(t, "GET", url, "", "Accept", accept)
	return response, read(t, response)
}

// TestScript: which responses have the script, and that all others are as they were.
func TestScript(t *testing.T) {
	const page = "<!doctype html><title>A page</title><script>const end = '</body></html>'</script></body></html>\n"
	large := strings.Repeat("0123456789abcdef", 1<<17)
	_, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, kind := page, "text/html; charset=utf-8"
		switch r.URL.Path {
		case "/fragment":
			text = "<p>no end"
		case "/large":
			text = large
		case "/file":
			kind = "text/css"
		case "/utf16":
			kind = "text/html; charset=UTF-16LE"
		case "/packed":
			w.Header().Set("Content-Encoding", "gzip")
		case "/missing":
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(http.StatusNotFound)
		case "/empty":
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.Header().Set("ETag", `"of the file"`)
		w.Header().Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		w.Header().Set("Cache-Control", "max-age=0, must-revalidate")
		io.WriteString(w, text)
	})
	for _, tt := range []struct {
		path, want string
		script     bool
		headers    []string
	}{
		{"/", page, true, []string{"Accept", accept}},
		{"/", page, true, []string{"Accept", accept, "Sec-Fetch-Dest", "document"}},
		{"/", page, true, []string{"Accept", accept, "Sec-Fetch-Dest", "iframe"}},
		{"/fragment", "<p>no end", true, []string{"Accept", accept}},
		{"/large", large, true, []string{"Accept", accept}},
		{"/missing", page, true, []string{"Accept", accept}},
		{"/", page, false, []string{"Accept", accept, "Sec-Fetch-Dest", "empty"}}, // fetched by a script
		{"/", page, false, []string{"Accept", "*/*"}},
		{"/", page, false, nil},
		{"/file", page, false, []string{"Accept", accept}},
		{"/utf16", page, false, []string{"Accept", accept}},
		{"/packed", page, false, []string{"Accept", accept}},
		{"/empty", "", false, []string{"Accept", accept}},
	} {
		response := send(t, "GET", url+tt.path, "", tt.headers...)
		body, script, found := strings.Cut(read(t, response), "<script data-at=")
		if found != tt.script || body != tt.want || found && !strings.HasSuffix(script, "</script>\n") {
			t.Errorf("%s %q: %d bytes of %d, and the script %v", tt.path, tt.headers, len(body), len(tt.want), found)
		}
		h := response.Header
		if same := h.Get("ETag") != ""; tt.path != "/empty" && (same == tt.script || (h.Get("Cache-Control") == "no-store") != tt.script) {
			t.Errorf("%s %q: the header is %v", tt.path, tt.headers, h)
		}
		if !tt.script && response.ContentLength != int64(len(tt.want)) {
			t.Errorf("%s %q: the length is %d", tt.path, tt.headers, response.ContentLength)
		}
	}
	response := send(t, "HEAD", url, "", "Accept", accept)
	if body := read(t, response); body != "" || response.ContentLength != -1 || response.Header.Get("ETag") != "" {
		t.Errorf("HEAD: %q, %d, %v", body, response.ContentLength, response.Header)
	}
}

// TestConditions: of a page with the script there is never a part, and none that is
// said to be unchanged; files have both.
func TestConditions(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"page.html", "style.css"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("0123456789"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	files := http.FileServer(http.Dir(dir))
	_, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"1"`)
		if r.Header.Get("Accept-Encoding") != "" {
			w.Header().Set("Content-Encoding", "gzip")
			packed := gzip.NewWriter(w)
			io.WriteString(packed, "0123456789")
			packed.Close()
			return
		}
		files.ServeHTTP(w, r)
	})
	for _, tt := range []struct {
		path, accept, name, value string
		status                    int
	}{
		{"/page.html", accept, "If-None-Match", `"1"`, 200},
		{"/page.html", accept, "If-Modified-Since", "Fri, 01 Jan 2100 00:00:00 GMT", 200},
		{"/page.html", accept, "Range", "bytes=0-3", 200},
		{"/page.html", accept, "Accept-Encoding", "gzip, br", 200},
		{"/style.css", "text/css,*/*;q=0.1", "If-None-Match", `"1"`, 304},
		{"/style.css", "text/css,*/*;q=0.1", "Range", "bytes=0-3", 206},
	} {
		response := send(t, "GET", url+tt.path, "", "Accept", tt.accept, tt.name, tt.value)
		body := read(t, response)
		if isPage := tt.accept == accept; response.StatusCode != tt.status || isPage != strings.HasPrefix(body, "0123456789<script ") {
			t.Errorf("%s with %s: %s, %q", tt.path, tt.name, response.Status, body)
		}
	}
	response := send(t, "GET", url+"/style.css", "", "Accept", "text/css,*/*;q=0.1", "Accept-Encoding", "gzip")
	if read(t, response); response.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("a compressed file: %v", response.Header)
	}
}

// TestPolicy: what a header says is changed in the response alone.
func TestPolicy(t *testing.T) {
	shared := []string{"script-src 'self'", "connect-src 'none'"}
	_, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Security-Policy"] = shared
		page(w, r)
	})
	want := []string{"script-src 'self' " + scriptHash, "connect-src 'self'"}
	for range 2 {
		if response, _ := get(t, url); !slices.Equal(response.Header["Content-Security-Policy"], want) {
			t.Errorf("the policies are %q, want %q", response.Header["Content-Security-Policy"], want)
		}
	}
	response := send(t, "GET", url, "")
	if got := response.Header["Content-Security-Policy"]; !slices.Equal(got, []string{"script-src 'self'", "connect-src 'none'"}) {
		t.Errorf("without the script, the policies are %q", got)
	}
}

// TestStream: a page arrives as it is written, and one that is cut short does not look
// whole.
func TestStream(t *testing.T) {
	more := make(chan bool)
	_, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, "<p>first")
		if err := http.NewResponseController(w).Flush(); err != nil {
			t.Error(err)
		}
		if !<-more {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, "<p>second")
	})
	for _, whole := range []bool{true, false} {
		response := send(t, "GET", url, "", "Accept", accept)
		first := make([]byte, len("<p>first"))
		if _, err := io.ReadFull(response.Body, first); err != nil {
			t.Fatal(err)
		}
		more <- whole
		rest, err := io.ReadAll(response.Body)
		if whole && (err != nil || !strings.HasPrefix(string(rest), "<p>second<script ")) {
			t.Errorf("the rest is %q, %v", rest, err)
		}
		if !whole && (err == nil || len(rest) > 0) {
			t.Errorf("of a page that is cut short the rest is %q, %v", rest, err)
		}
	}
}

// TestUpgrade: a connection that is taken over is the site's.
func TestUpgrade(t *testing.T) {
	b, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		conn, buffered, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		io.WriteString(buffered, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
		buffered.Flush()
		io.Copy(conn, buffered)
	})
	b.Failed(nil, errors.New("a build that failed")) // what is open goes on, too
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	from := bufio.NewReader(conn)
	response, err := http.ReadResponse(from, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("%v, %v", response, err)
	}
	io.WriteString(conn, "hello\n")
	if line, err := from.ReadString('\n'); line != "hello\n" {
		t.Errorf("the echo is %q, %v", line, err)
	}
}
