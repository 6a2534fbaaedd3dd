package host

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// serveLimited serves a handler on at most limit connections.
func serveLimited(t *testing.T, limit int, grace time.Duration, handle http.HandlerFunc) (addr string, l *listener) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l = limitListener(ln, limit)
	l.grace = grace
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: handle}}
	server.Config.ConnState = l.note
	go server.Config.Serve(l)
	t.Cleanup(func() { server.Config.Close() })
	return ln.Addr().String(), l
}

func ask(t *testing.T, conn net.Conn, path string) string {
	t.Helper()
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func dialTo(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// TestIdleConnectionsMakeRoom floods a server with connections that send nothing.
func TestIdleConnectionsMakeRoom(t *testing.T) {
	addr, l := serveLimited(t, 4, time.Millisecond, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })
	var flood []net.Conn
	for range 20 {
		flood = append(flood, dialTo(t, addr))
	}
	if got := ask(t, dialTo(t, addr), "/visitor"); got != "/visitor" {
		t.Error(got)
	}
	for _, conn := range flood[:10] {
		if _, err := conn.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("an idle connection is still there: %v", err)
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count > 4 || l.idle.Len()+l.expected.Len()+l.begun.Len() > 4 {
		t.Errorf("%d connections, %d idle", l.count, l.idle.Len()+l.expected.Len()+l.begun.Len())
	}
}

// TestConnectionsWait has requests under way on all connections: the next one gets its
// response after another has ended.
func TestConnectionsWait(t *testing.T) {
	begun, release := make(chan bool), make(chan bool)
	addr, _ := serveLimited(t, 2, grace, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			begun <- true
			<-release
		}
		io.WriteString(w, r.URL.Path)
	})
	responses := make(chan string)
	for _, path := range []string{"/slow", "/slow"} {
		conn := dialTo(t, addr)
		go func() { responses <- ask(t, conn, path) }()
		await(t, "the request", begun)
	}
	conn := dialTo(t, addr)
	go func() { responses <- ask(t, conn, "/next") }()
	select {
	case got := <-responses:
		t.Errorf("%s is answered on one connection too many", got)
	default:
	}
	release <- true
	got := []string{await(t, "a response", responses), await(t, "the next response", responses)}
	if slices.Sort(got); !slices.Equal(got, []string{"/next", "/slow"}) {
		t.Errorf("%q are answered", got)
	}
	release <- true
	await(t, "the last response", responses)
}

// TestFileAfterAFailure serves a file that was missing for a while: the failure is not
// cached.
func TestFileAfterAFailure(t *testing.T) {
	s := newSite(t, filesSite)
	path := s.host.out.Dir + "/static/about.html"
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("/about"), 500, "*", "X-Vercel-Error: INTERNAL_STATIC_FILE_FAILED", "X-Content-Type-Options: nosniff")
	if err := os.Rename(path+".away", path); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("/about"), 200, "about\n")
}

// TestRequestsAreNoIdleConnections has far more concurrent visitors than connections,
// each on a new one: all get a response.
func TestRequestsAreNoIdleConnections(t *testing.T) {
	addr, l := serveLimited(t, 4, time.Hour, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) })
	var visitors sync.WaitGroup
	for i := range 200 {
		conn := dialTo(t, addr)
		visitors.Go(func() {
			path := fmt.Sprint("/", i)
			fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				return
			}
			if body, err := io.ReadAll(resp.Body); string(body) != path || err != nil {
				t.Errorf("%s: %q, %v", path, body, err)
			}
		})
	}
	visitors.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.count > 4 {
		t.Errorf("%d connections", l.count)
	}
}

// lastAccept is a listener that accepts a connection while it is being closed.
type lastAccept struct {
	net.Listener
	closed chan bool
	conn   net.Conn
}

func (l *lastAccept) Accept() (net.Conn, error) {
	<-l.closed
	if l.conn == nil {
		return nil, net.ErrClosed
	}
	conn := l.conn
	l.conn = nil
	return conn, nil
}

func (l *lastAccept) Close() error {
	close(l.closed)
	return nil
}

// TestAcceptWhileClosing closes a listener when the system has accepted one more: that
// visitor is served, with room for it or without.
func TestAcceptWhileClosing(t *testing.T) {
	for _, limit := range []int{1, 0} {
		near, far := net.Pipe()
		t.Cleanup(func() { far.Close() })
		l := limitListener(&lastAccept{closed: make(chan bool), conn: near}, limit)
		go l.Close()
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		conn.Close()
		if _, err := l.Accept(); err != net.ErrClosed {
			t.Errorf("accepted more: %v", err)
		}
	}
}
