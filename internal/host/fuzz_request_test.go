package host

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// FuzzRequest sends anything to a real listener and checks the responses against
// net/http's own parsing of it: each is complete and belongs to one of the requests,
// none follows a request with ambiguous framing, and no reserved header gets out.
func FuzzRequest(f *testing.F) {
	const secret = "this is not to be sent"
	dir := f.TempDir()
	writeFiles(f, dir, map[string]string{
		"config.json":                      `{"version":3,"routes":[{"src":"^/r/(.*)$","dest":"/$1","headers":{"x-r":"$1"}},{"src":"^/l/(.*)$","status":307,"headers":{"Location":"/$1"}}]}`,
		"secret.txt":                       secret,
		"static/a.txt":                     strings.Repeat("a", 600),
		"static/dir/index.html":            "dir",
		"functions/x.func/.vc-config.json": `{"runtime":"none","handler":"` + secret + `"}`,
	})
	out, err := output.Read(dir)
	if err != nil {
		f.Fatal(err)
	}
	d, err := New(out, Options{})
	if err != nil {
		f.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		f.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error)
	go func() { served <- NewServer(d).Serve(ctx, ln) }()
	f.Cleanup(func() { stop(); <-served })
	const host = " HTTP/1.1\r\nHost: x\r\n"
	for _, seed := range []string{
		"GET /a.txt" + host + "\r\n",
		"GET /a.txt" + host + "\r\nGET /dir/" + host + "Accept: text/html\r\n\r\n",
		"POST /x" + host + "Content-Length: 5\r\n\r\nhello" + "GET /nothing" + host + "Connection: close\r\n\r\n",
		"POST /x" + host + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\nGET /a.txt" + host + "\r\n",
		"POST /x" + host + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /a.txt" + host + "\r\n",
		"GET /a.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET /a.txt" + host + "\r\n",
		"GET http://y/r/a.txt" + host + "\r\n", "HEAD /l//evil.example" + host + "Range: bytes=0-1\r\n\r\n", "TRACE /" + host + "\r\n", "CONNECT y:443" + host + "\r\n",
		"GET /a.txt" + host + "Accept-Encoding: br;q=0.5, gzip\r\nIf-None-Match: *\r\nX-Forwarded-For: 1\r\n\r\n",
		"POST /x" + host + "Expect: 100-continue\r\nContent-Length: 1\r\n\r\nx", "GET /%2e%2e/secret.txt" + host + "Upgrade: x\r\nConnection: upgrade\r\n\r\n",
		"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "GET /\\..\\secret.txt" + host + " folded\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\nHost: x\n\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 16<<10 {
			t.Skip()
		}
		text := exchangeRaw(t, ln.Addr().String(), data)
		if bytes.Contains(text, []byte(secret)) {
			t.Error("what is not to be sent is")
		}
		methods := requestsIn(data)
		r := bufio.NewReader(bytes.NewReader(text))
		for i := 0; ; i++ {
			if _, err := r.Peek(1); err == io.EOF {
				return
			}
			var req *http.Request
			if i < len(methods) {
				req = &http.Request{Method: methods[i]}
			}
			resp, err := http.ReadResponse(r, req)
			if err == nil && resp.StatusCode == http.StatusContinue {
				i--
				continue
			}
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
			}
			if err != nil {
				t.Fatalf("response %d: %v: %q", i, err, text)
			}
			if resp.Close && req != nil && req.Method == http.MethodHead {
				return // the server does not know the method of what it cannot read
			}
			if i > len(methods) || i == len(methods) && resp.StatusCode < 400 {
				t.Errorf("response %d, %d, to %d requests", i, resp.StatusCode, len(methods))
			}
			if to := resp.Header.Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
				t.Errorf("redirect to another host: %q", to)
			}
		}
	})
}

// exchangeRaw sends data on a new connection and returns everything that comes back.
func exchangeRaw(t *testing.T, addr string, data []byte) []byte {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	tcp := conn.(*net.TCPConn)
	tcp.SetLinger(0) // thousands of these would use up the ports
	tcp.SetDeadline(time.Now().Add(10 * time.Second))
	go func() {
		conn.Write(data)
		tcp.CloseWrite()
	}()
	text, err := io.ReadAll(conn)
	if nerr, ok := err.(net.Error); ok && nerr.Timeout() {
		t.Fatalf("it does not come to an end: %q", text)
	}
	return text // the server may hang up before it has read everything
}

// requestsIn returns the methods of the requests that net/http finds in data, up to one
// after which there must be no response.
func requestsIn(data []byte) (methods []string) {
	r := bufio.NewReader(bytes.NewReader(data))
	for {
		if len(methods) > 0 && methods[len(methods)-1] == http.MethodPost {
			// The server overlooks a few line ends behind one, for old clients.
			next, _ := r.Peek(4)
			r.Discard(len(next) - len(bytes.TrimLeft(next, "\r\n")))
		}
		req, err := http.ReadRequest(r)
		if err != nil {
			return methods
		}
		methods = append(methods, req.Method)
		if _, err := io.Copy(io.Discard, req.Body); err != nil || req.Close || ambiguous(req) {
			return methods
		}
	}
}
