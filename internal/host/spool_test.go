package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/host/function"
)

// TestBodiesAreReadAhead sends bodies of all kinds of sizes and framing: the function is
// invoked once the body is complete, and gets all of it.
func TestBodiesAreReadAhead(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	s := newSite(t, functionSite)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		fmt.Fprint(w, n, err)
	})
	for _, path := range []string{"/fn", "/buffered"} {
		for _, size := range []int{0, 1, maxInMemory, maxInMemory + 1, function.MaxBody, function.MaxBody + 1} {
			for _, chunked := range []bool{false, true} {
				req := s.request("POST", path, strings.Repeat("x", size))
				if chunked {
					req.ContentLength = -1
					if size == 0 {
						continue // that is none
					}
				}
				resp, err := s.Client().Do(req)
				if err != nil {
					t.Fatalf("%s, %d bytes: %v", path, size, err)
				}
				body, _ := io.ReadAll(resp.Body)
				resp.Body.Close()
				want, status := fmt.Sprint(size, nil), 200
				if size > function.MaxBody {
					want, status = string(body), 413
					if code := resp.Header.Get("X-Vercel-Error"); code != "FUNCTION_PAYLOAD_TOO_LARGE" {
						t.Errorf("%s, %d bytes: %s", path, size, code)
					}
				}
				if resp.StatusCode != status || string(body) != want {
					t.Errorf("%s, %d bytes: %d %q, want %d %q", path, size, resp.StatusCode, body, status, want)
				}
			}
		}
	}
	if files, err := filepath.Glob(filepath.Join(os.TempDir(), "jargo-body-*")); err != nil || len(files) != 0 {
		t.Errorf("files are left: %v, %v", files, err)
	}
	if n := len(s.host.spool.slots); n != 0 {
		t.Errorf("%d slots are taken", n)
	}
}

// TestBodyThatNeverComesTakesNoFunction sends half a body: no process is started for
// it.
func TestBodyThatNeverComesTakesNoFunction(t *testing.T) {
	s := newSite(t, functionSite, short)
	conn := s.dial("POST /fn HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("x", 50_000))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 408 {
		t.Fatal(resp, err)
	}
	if n := s.puppet.started(); n != 0 {
		t.Errorf("%d processes", n)
	}
}

// TestSpoolsAreBounded has one large body more than there are slots for files.
func TestSpoolsAreBounded(t *testing.T) {
	s := newSpool(1)
	first, err := s.receive(t.Context(), strings.NewReader(strings.Repeat("x", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.receive(t.Context(), strings.NewReader("short")); err != nil {
		t.Error("a short body takes a file: ", err)
	}
	gone := errors.New("gone")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(gone)
	if _, err := s.receive(ctx, strings.NewReader(strings.Repeat("x", 100_000))); err != gone {
		t.Errorf("error %v, want that the visitor has gone", err)
	}
	first.Close()
	second, err := s.receive(t.Context(), strings.NewReader(strings.Repeat("x", 100_000)))
	if err != nil {
		t.Fatal(err)
	}
	second.Close()
	broken := errors.New("broken")
	if _, err := s.receive(t.Context(), io.MultiReader(strings.NewReader(strings.Repeat("x", 100_000)), errReader{broken})); err != broken {
		t.Errorf("error %v", err)
	}
	if len(s.slots) != 0 {
		t.Error("a slot is still taken")
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// TestAmbiguousRequests sends a second request after one with ambiguous framing, and
// after others.
func TestAmbiguousRequests(t *testing.T) {
	s := newSite(t, functionSite)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q", r.Method, r.URL, body)
	})
	const second = "GET /fn?second HTTP/1.1\r\nHost: x\r\n\r\n"
	for _, tt := range []struct {
		name, request string
		responses     int
	}{
		{"no body", "GET /fn HTTP/1.1\r\nHost: x\r\n\r\n", 3},
		{"a length", "POST /fn HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", 3},
		{"chunks", "POST /fn HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 1},
		{"both", "POST /fn HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 1},
		{"both, to a file", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 1},
		{"HTTP/1.0", "GET /fn HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1},
		{"HTTP/1.0, chunks", "POST /fn HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n", 1},
		{"HTTP/1.0, not found", "GET /none HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 1},
		{"two lengths", "POST /fn HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nhi", 1},
		{"unknown coding", "POST /fn HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 1},
	} {
		conn := s.dial(tt.request + second + "GET /fn HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		text, err := io.ReadAll(conn)
		if n := strings.Count(string(text), "HTTP/1."); n != tt.responses || err != nil {
			t.Errorf("%s: %d responses, want %d; %v: %q", tt.name, n, tt.responses, err, text)
		}
	}
}

// TestMethodsThatAreRefused tries them on all kinds of outputs.
func TestMethodsThatAreRefused(t *testing.T) {
	s := newSite(t, functionSite+pagesSite[strings.Index(pagesSite, "-- functions/clock.func"):]+"-- static/file.txt --\nx\n")
	for _, request := range []string{"TRACE /fn", "TRACE /file.txt", "TRACE /clock", "TRACE /nothing", "CONNECT example.com:443", "CONNECT /fn"} {
		conn := s.dial(request + " HTTP/1.1\r\nHost: x\r\nCookie: secret\r\n\r\n")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(request, err)
		}
		if resp.StatusCode != 405 || resp.Header.Get("Allow") != methods {
			t.Errorf("%s: %d %v", request, resp.StatusCode, resp.Header)
		}
	}
	if n := s.puppet.started(); n != 0 {
		t.Errorf("%d processes", n)
	}
}
