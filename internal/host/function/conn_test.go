package function

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// dialer counts the connections to a server.
func dialer(server *httptest.Server) (*conns, *atomic.Int64) {
	var n atomic.Int64
	return &conns{idleCount: &counter{limit: 100}, dial: func(ctx context.Context) (net.Conn, error) {
		n.Add(1)
		var d net.Dialer
		return d.DialContext(ctx, "tcp", server.Listener.Addr().String())
	}}, &n
}

func newServer(t *testing.T, handle http.HandlerFunc) *httptest.Server {
	server := httptest.NewServer(handle)
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, c *conns, method string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://function/path?q", body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.roundTrip(req, func(bool) {})
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp, string(text)
}

func TestConnsAreReused(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		io.WriteString(w, r.Method+" "+r.URL.RequestURI()+" "+string(body))
	})
	c, dials := dialer(server)
	for _, method := range []string{"GET", "HEAD", "POST", "GET"} {
		var body io.Reader
		want := method + " /path?q "
		if method == "POST" {
			body, want = strings.NewReader("hello"), want+"hello"
		}
		if method == "HEAD" {
			want = ""
		}
		if _, got := send(t, c, method, body); got != want {
			t.Errorf("%s: %q, want %q", method, got, want)
		}
	}
	if n := dials.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
	server.CloseClientConnections()
	send(t, c, "POST", strings.NewReader("x")) // is not sent on a connection that is gone
	server.CloseClientConnections()
	send(t, c, "GET", nil) // may be sent there, and again
	if n := dials.Load(); n != 3 {
		t.Errorf("%d connections, want 3", n)
	}
	c.close()
	if len(c.idle) != 0 {
		t.Error("connections are left")
	}
}

// rawServer calls handle for each connection, after the head of a request.
func rawServer(t *testing.T, handle func(net.Conn)) *conns {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				http.ReadRequest(bufio.NewReader(conn))
				handle(conn)
			}()
		}
	}()
	return &conns{idleCount: &counter{limit: 100}, dial: func(context.Context) (net.Conn, error) { return net.Dial("tcp", ln.Addr().String()) }}
}

func TestConnsUnreadRequest(t *testing.T) {
	c := rawServer(t, func(conn net.Conn) { io.WriteString(conn, "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n") })
	endless, stop := io.Pipe()
	defer stop.Close()
	go stop.Write([]byte("some"))
	resp, _ := send(t, c, "POST", endless)
	if resp.StatusCode != http.StatusRequestEntityTooLarge || len(c.idle) != 0 {
		t.Errorf("status %d, %d connections kept", resp.StatusCode, len(c.idle))
	}
}

func TestConnsUnreadResponse(t *testing.T) {
	release := make(chan bool)
	defer close(release)
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "half")
		w.(http.Flusher).Flush()
		<-release
	})
	c, _ := dialer(server)
	req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://function/", nil)
	resp, err := c.roundTrip(req, func(bool) {})
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if len(c.idle) != 0 {
		t.Error("a connection with a response still on it is kept")
	}
}

// informed is an Observer of informational responses.
type informed func(status int, header textproto.MIMEHeader) error

func (i informed) Informational(status int, h textproto.MIMEHeader) error { return i(status, h) }
func (i informed) Started(time.Duration)                                  {}

func TestConnsInformation(t *testing.T) {
	server := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Link", "</style.css>")
		w.WriteHeader(http.StatusEarlyHints)
		io.WriteString(w, "page")
	})
	c, _ := dialer(server)
	var hints []string
	ctx := Observe(t.Context(), informed(func(code int, h textproto.MIMEHeader) error {
		hints = append(hints, http.StatusText(code)+" "+h.Get("Link"))
		return nil
	}))
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://function/", nil)
	resp, err := c.roundTrip(req, func(bool) {})
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := strings.Join(hints, "; "); got != "Early Hints </style.css>" || resp.StatusCode != 200 {
		t.Errorf("hints %q, status %d", got, resp.StatusCode)
	}
}

func TestConnsBounds(t *testing.T) {
	c := rawServer(t, func(conn net.Conn) {
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for err == nil {
			_, err = io.WriteString(conn, "X-Filler: "+strings.Repeat("x", 1000)+"\r\n")
		}
	})
	req, _ := http.NewRequestWithContext(t.Context(), "POST", "http://function/", nil)
	if _, err := c.roundTrip(req, func(bool) {}); err == nil || !strings.Contains(err.Error(), "larger than 1 MB") {
		t.Errorf("error %v", err)
	}
}

func TestConnsCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	c, _ := dialer(server)
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://function/", nil)
	if resp, err := c.roundTrip(req, func(bool) {}); err == nil {
		t.Errorf("response %v", resp)
	}
}

// TestDialWaits connects to a process that has announced its port but does not listen
// yet.
func TestDialWaits(t *testing.T) {
	reserved, release, err := reservePort()
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	port, err := strconv.Atoi(reserved)
	if err != nil {
		t.Fatal(err)
	}
	in := &instance{process: &process{log: slog.New(slog.DiscardHandler), exited: make(chan struct{})}, port: port}
	dialed := make(chan error, 1)
	go func() {
		conn, err := in.dial(t.Context())
		if err == nil {
			conn.Close()
		}
		dialed <- err
	}()
	select {
	case err := <-dialed:
		t.Fatal("did not wait:", err)
	case <-time.After(2 * connectStep):
	}
	ln, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	if err := <-dialed; err != nil {
		t.Error(err)
	}
	ln.Close()
	if _, err := in.dial(t.Context()); err == nil {
		t.Error("a process that listened before is waited for")
	}
	in = &instance{process: in.process, port: port}
	close(in.exited)
	if _, err := in.dial(t.Context()); err == nil {
		t.Error("a process that has ended is waited for")
	}
}

// TestConnsFailedSend sends a request whose body is cut short, to a server that waits
// for the rest.
func TestConnsFailedSend(t *testing.T) {
	read := make(chan error, 1)
	server := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.ReadAll(r.Body)
		read <- err
	})
	c, _ := dialer(server)
	body, w := io.Pipe()
	go func() { w.Write([]byte("some")); w.CloseWithError(errors.New("cannot be read")) }()
	req, _ := http.NewRequestWithContext(t.Context(), "POST", "http://function/", body)
	req.ContentLength = 10
	if resp, err := c.roundTrip(req, func(bool) {}); err == nil {
		resp.Body.Close()
	}
	if err := <-read; err == nil {
		t.Error("the server takes the body for whole")
	}
}

// TestConnsRefuseResponses has responses that must not be passed on.
func TestConnsRefuseResponses(t *testing.T) {
	const head = " X\r\nContent-Length: 0\r\n\r\n"
	for name, text := range map[string]string{
		"status 099":       "HTTP/1.1 099" + head,
		"status 600":       "HTTP/1.1 600" + head,
		"more than 100":    strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 101) + "HTTP/1.1 200" + head,
		"not a response":   "nonsense\r\n\r\n",
		"negative status":  "HTTP/1.1 -20" + head,
		"a header without": "HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
	} {
		c := &conns{idleCount: &counter{limit: 100}, dial: func(context.Context) (net.Conn, error) {
			here, there := net.Pipe()
			go func() {
				http.ReadRequest(bufio.NewReader(there))
				io.WriteString(there, text)
			}()
			return here, nil
		}}
		req, _ := http.NewRequestWithContext(t.Context(), "GET", "http://function/", nil)
		if resp, err := c.roundTrip(req, func(bool) {}); err == nil {
			t.Errorf("%s: passed on as status %d", name, resp.StatusCode)
		}
	}
}

// TestConnsIdleIsBounded has more concurrent requests than may leave idle connections,
// to two processes together.
func TestConnsIdleIsBounded(t *testing.T) {
	var here sync.WaitGroup
	here.Add(6)
	server := newServer(t, func(http.ResponseWriter, *http.Request) { here.Done(); here.Wait() })
	one, _ := dialer(server)
	two, _ := dialer(server)
	one.idleCount.limit = 4
	two.idleCount = one.idleCount
	var all sync.WaitGroup
	for _, c := range []*conns{one, two} {
		for range 3 {
			all.Go(func() { send(t, c, "GET", nil) })
		}
	}
	all.Wait()
	if n, counted := len(one.idle)+len(two.idle), one.idleCount.n.Load(); n != 4 || counted != 4 {
		t.Errorf("%d idle connections, counted as %d", n, counted)
	}
	one.close()
	two.close()
	if counted := one.idleCount.n.Load(); counted != 0 {
		t.Errorf("%d are still counted", counted)
	}
}
