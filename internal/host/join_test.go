package host

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// sink is a connection that takes what is written to it.
type sink struct {
	net.Conn
	bytes.Buffer
}

func (s *sink) Write(p []byte) (int, error) { return s.Buffer.Write(p) }
func (s *sink) Read(p []byte) (int, error)  { return 0, io.EOF }

// TestJoin writes to a connection what net/http does: the first write waits for the second,
// and nothing waits for what does not come.
func TestJoin(t *testing.T) {
	s := new(sink)
	c := &conn{Conn: s, from: limitListener(nil, 1)}
	write := func(size int, want string) {
		t.Helper()
		if n, err := c.Write([]byte(strings.Repeat("x", size))); n != size || err != nil {
			t.Fatal(n, err)
		}
		if got := fmt.Sprint(s.Len()); got != want {
			t.Errorf("after %d bytes more %s are written, want %s", size, got, want)
		}
	}
	write(10, "10")
	c.Join()
	write(maxJoined, "10") // waits
	c.Part()
	write(6000, "10106")
	write(1, "10107")
	c.Join()
	write(maxJoined+1, "14204") // too large to wait
	c.Part()
	c.Join()
	c.Part()
	write(1, "14205")
	c.Join()
	write(1, "14205")
	c.from.note(c, http.StateIdle) // the response has ended
	if s.Len() != 14206 {
		t.Errorf("%d bytes are written when the response has ended", s.Len())
	}
	write(1, "14207")
}

// TestJoinedResponses asks for files of sizes around those of the buffers, several times on
// one connection.
func TestJoinedResponses(t *testing.T) {
	files := map[string]string{"config.json": `{"version":3}`}
	var sizes []int
	for _, size := range []int{0, 1, 1000, 3500, 4000, 4096, 4200, 7900, 8192, 10_000, 64 << 10, 64<<10 + 1, 200_000} {
		for _, more := range []int{0, 37, 150, 300} { // the head is some 300 bytes
			sizes = append(sizes, size+more)
			files[fmt.Sprintf("static/%d.bin", size+more)] = strings.Repeat("0123456789", (size+more)/10+1)[:size+more]
		}
	}
	dir := t.TempDir()
	writeFiles(t, dir, files)
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- NewServer(d).Serve(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	url := "http://" + listener.Addr().String()
	for _, method := range []string{"GET", "HEAD", "GET"} {
		for _, size := range sizes {
			request, err := http.NewRequestWithContext(t.Context(), method, fmt.Sprintf("%s/%d.bin", url, size), nil)
			if err != nil {
				t.Fatal(err)
			}
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(response.Body)
			response.Body.Close()
			want := files[fmt.Sprintf("static/%d.bin", size)]
			if method == "HEAD" {
				want = ""
			}
			if err != nil || string(body) != want || response.ContentLength != int64(size) {
				t.Errorf("%s of %d bytes: %d of %d, %v", method, size, len(body), response.ContentLength, err)
			}
		}
	}
}

// TestHeads asks for responses of all kinds on one connection, and for each on one of a
// server where package net/http writes the whole head: the headers are the same.
func TestHeads(t *testing.T) {
	odd := `{"X-Lines":"a\r\nX-Not: b","X-Space":" c ","X-Empty":"","X Bad":"d","X:Colon":"e","X-Byte":"\u00e9\tg","Set-Cookie":"f=1","Date":"never","Content-Type":"text/odd","X-Long":"` + strings.Repeat("long ", 1000) + `."}`
	dir := t.TempDir()
	writeFiles(t, dir, map[string]string{
		"config.json":         `{"version":3,"routes":[{"src":"/odd.*","headers":` + odd + `,"continue":true},{"src":"/gone","status":410},{"src":"/to","status":308,"headers":{"Location":"/there"}}]}`,
		"static/small.txt":    "small",
		"static/large.html":   strings.Repeat("<p>large</p>", 1000),
		"static/odd.bin":      strings.Repeat("odd", 5000),
		"static/odd-text.txt": "odd",
		"static/empty.txt":    "",
	})
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain := httptest.NewServer(d)
	defer plain.Close()
	fast := &http.Server{Handler: d, ConnContext: joinWrites}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := limitListener(listener, 10)
	fast.ConnState = limited.note
	go fast.Serve(limited)
	defer fast.Close()
	one, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer one.Close()
	oneReader := bufio.NewReader(one)
	ask := func(w io.Writer, r *bufio.Reader, text string) *http.Response {
		t.Helper()
		io.WriteString(w, text)
		response, err := http.ReadResponse(r, &http.Request{Method: text[:strings.IndexByte(text, ' ')]})
		if err != nil {
			t.Fatal(text, err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(text, err)
		}
		response.Header.Set("Body", string(body))
		if response.Header.Get("Date") != "never" {
			response.Header.Del("Date")
		}
		return response
	}
	for _, more := range []string{"", "Accept-Encoding: gzip\r\n", "Range: bytes=1-2\r\n", "Range: bytes=9999999-\r\n", "If-None-Match: *\r\n"} {
		for _, line := range []string{"GET /small.txt", "GET /odd.bin", "GET /large.html", "HEAD /large.html", "GET /odd-text.txt", "GET /empty.txt", "GET /gone", "GET /to", "GET /nothing", "POST /small.txt", "OPTIONS /odd.bin"} {
			text := line + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n"
			got := ask(one, oneReader, text)
			other, err := net.Dial("tcp", plain.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			want := ask(other, bufio.NewReader(other), text)
			other.Close()
			for _, r := range []*http.Response{got, want} {
				if r.Header.Get("X-Vercel-Id") == "" || r.StatusCode < 300 && r.Header.Get("X-Vercel-Cache") == "" {
					t.Errorf("%q: %v", text, r.Header)
				}
				r.Header.Set("Body", strings.ReplaceAll(r.Header.Get("Body"), r.Header.Get("X-Vercel-Id"), "ID"))
				r.Header.Del("X-Vercel-Id")
			}
			if got.Status != want.Status || got.ContentLength != want.ContentLength || !reflect.DeepEqual(got.Header, want.Header) {
				t.Errorf("%q: %s\n%v, want %s\n%v", text, got.Status, got.Header, want.Status, want.Header)
			}
		}
	}
}

// fileConn notes what the system is to send from files.
type fileConn struct {
	net.Conn
	files *int64 // bytes
}

func (c fileConn) ReadFrom(from io.Reader) (int64, error) {
	if part, ok := from.(*io.LimitedReader); ok {
		if _, ok := part.R.(*os.File); ok {
			*c.files += part.N
		}
	}
	return io.Copy(struct{ io.Writer }{c.Conn}, from)
}

// TestSystemSendsFiles asks for a large file and for a part of it.
func TestSystemSendsFiles(t *testing.T) {
	dir := t.TempDir()
	large := strings.Repeat("0123456789abcdef", wire.MaxCachedFile/16+1)
	writeFiles(t, dir, map[string]string{"config.json": `{"version":3}`, "static/large.bin": large})
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	d, err := New(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ part, want string }{{"", large}, {"bytes=1000000-2000000", large[1_000_000:2_000_001]}} {
		visitor, near := net.Pipe()
		var sent int64
		c := &conn{Conn: fileConn{near, &sent}, from: limitListener(nil, 1)}
		server := &http.Server{Handler: d, ConnContext: joinWrites}
		served := make(chan struct{})
		server.ConnState = func(_ net.Conn, s http.ConnState) {
			if s == http.StateClosed {
				close(served)
			}
		}
		go server.Serve(&oneListener{c: c})
		request, _ := http.NewRequestWithContext(t.Context(), "GET", "http://x/large.bin", nil)
		request.Close = true
		if tt.part != "" {
			request.Header.Set("Range", tt.part)
		}
		go request.Write(visitor)
		response, err := http.ReadResponse(bufio.NewReader(visitor), request)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil || string(body) != tt.want || response.Header.Get("Etag") == "" {
			t.Errorf("%s: %s, %d bytes, %v", tt.part, response.Status, len(body), err)
		}
		<-served
		if rest := int64(len(tt.want)) - sent; rest < 0 || rest > 4096 { // net/http looks at the first
			t.Errorf("%s: of %d bytes the system sends %d", tt.part, len(tt.want), sent)
		}
	}
}

// oneListener accepts one connection.
type oneListener struct {
	net.Listener
	c net.Conn
}

func (l *oneListener) Close() error { return nil }

func (l *oneListener) Accept() (net.Conn, error) {
	c := l.c
	if l.c = nil; c == nil {
		return nil, net.ErrClosed
	}
	return c, nil
}
