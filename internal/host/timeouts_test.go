package host

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// short shortens the host's timeouts.
func short(o *Options) { o.readTimeout, o.writeTimeout = 50*time.Millisecond, 200*time.Millisecond }

// dial opens a connection and sends the beginning of a request.
func (s *site) dial(request string) net.Conn {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// TestBodyNeverComes sends requests with incomplete bodies, to outputs that need them
// and outputs that do not.
func TestBodyNeverComes(t *testing.T) {
	s := newSite(t, functionSite, short)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, r.Body) })
	for path, status := range map[string]int{"/fn": 408, "/buffered": 408, "/nothing": 404, "//fn": 408} {
		conn := s.dial("POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nsome")
		r := bufio.NewReader(conn)
		resp, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		io.Copy(io.Discard, resp.Body)
		if resp.StatusCode != status {
			t.Errorf("%s: status %d, want %d", path, resp.StatusCode, status)
		}
		if status == 408 && !resp.Close {
			t.Errorf("%s: the server waits for the rest of the body again", path)
		}
		if state := resp.Header.Get("X-Vercel-Cache"); state != "" {
			t.Errorf("%s: the host's own page is a %s of the cache", path, state)
		}
		if _, err := r.ReadByte(); err != io.EOF {
			t.Errorf("%s: the connection is kept: %v", path, err)
		}
	}
}

// TestReaderStops requests an endless response and does not read it.
func TestReaderStops(t *testing.T) {
	s := newSite(t, functionSite, short)
	ended := make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		defer close(ended)
		text := []byte(strings.Repeat("x", 64<<10))
		for {
			if _, err := w.Write(text); err != nil {
				return
			}
		}
	})
	s.dial("GET /fn HTTP/1.1\r\nHost: x\r\n\r\n")
	await(t, "the end of the response", ended)
}

// TestSlowResponse takes longer overall than any single step may.
func TestSlowResponse(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, functionSite, short)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		for range 3 {
			time.Sleep(300 * time.Millisecond)
			fmt.Fprintf(w, "%s %v\n", body, err)
			w.(http.Flusher).Flush()
		}
		time.Sleep(300 * time.Millisecond)
	})
	for range 2 { // on one connection
		s.want(s.do("POST", "/fn", "hello"), 200, strings.Repeat("hello <nil>\n", 3))
	}
}
