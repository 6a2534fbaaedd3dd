package host

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// heldConn holds on to the first that it has read, as a busy machine may: the system has
// no more of it, and the server not yet.
type heldConn struct {
	net.Conn
	once    sync.Once
	read    chan<- bool
	release <-chan bool
}

func (c *heldConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.once.Do(func() {
		if n > 0 {
			c.read <- true
			<-c.release
		}
	})
	return n, err
}

// heldListener accepts one connection that is held, and then others.
type heldListener struct {
	net.Listener
	once          sync.Once
	read, release chan bool
}

func (l *heldListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.once.Do(func() { c = &heldConn{Conn: c, read: l.read, release: l.release} })
	}
	return c, err
}

// TestRequestIsReadWhileRoomIsMade sends a request that the system has handed over when its
// connection is to make room for another: it is served, and then the other.
func TestRequestIsReadWhileRoomIsMade(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	held := &heldListener{Listener: ln, read: make(chan bool), release: make(chan bool)}
	l := limitListener(held, 1)
	l.grace = time.Nanosecond
	server := &httptest.Server{Listener: l, Config: &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.URL.Path) }),
		ConnState: l.note,
	}}
	go server.Config.Serve(l)
	defer server.Config.Close()
	first, second := dialTo(t, ln.Addr().String()), make(chan string)
	served := make(chan string)
	go func() { served <- ask(t, first, "/first") }()
	<-held.read
	go func() { second <- ask(t, dialTo(t, ln.Addr().String()), "/second") }()
	for !l.making() {
		time.Sleep(time.Millisecond) // there is no event: nobody is told
	}
	close(held.release)
	if got := await(t, "the first response", served); got != "/first" {
		t.Errorf("first: %q", got)
	}
	if got := await(t, "the second response", second); got != "/second" {
		t.Errorf("second: %q", got)
	}
}

// TestRequestIsKeptThatTLSHasRead has a connection make room whose next request is in the
// memory of crypto/tls: the system has nothing of it any more, and nothing is read. It stays
// when the server says that there is one.
func TestRequestIsKeptThatTLSHasRead(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limitListener(ln, 1)
	defer l.Close()
	client := dialTo(t, ln.Addr().String())
	first, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l.note(first, http.StateActive)
	l.note(first, http.StateIdle)
	second := make(chan error, 1)
	go func() {
		dialTo(t, ln.Addr().String())
		c, err := l.Accept()
		if err == nil {
			err = c.Close()
		}
		second <- err
	}()
	for !l.making() {
		time.Sleep(time.Millisecond) // there is no event: nobody is told
	}
	l.note(first, http.StateActive)
	if l.making() {
		t.Error("the connection is still to make room")
	}
	read := make(chan string, 1)
	go func() {
		more := make([]byte, 4)
		n, err := io.ReadFull(first, more)
		read <- fmt.Sprint(string(more[:n]), " ", err)
	}()
	if _, err := client.Write([]byte("more")); err != nil {
		t.Fatal(err)
	}
	if got := await(t, "what is sent then", read); got != "more <nil>" {
		t.Error(got)
	}
	first.Close()
	if err := await(t, "the second connection", second); err != nil {
		t.Error(err)
	}
}

// making reports whether a connection is to make room, which has not ended.
func (l *listener) making() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ending > 0
}
