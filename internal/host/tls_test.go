package host

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// certificate is what a server proves with that it is 127.0.0.1, and who trusts it.
func certificate(t *testing.T) (server, client *tls.Config) {
	t.Helper()
	s := httptest.NewTLSServer(nil)
	defer s.Close()
	pool := x509.NewCertPool()
	pool.AddCert(s.Certificate())
	return &tls.Config{Certificates: s.TLS.Certificates}, &tls.Config{RootCAs: pool}
}

// secured is a Server that speaks TLS.
type secured struct {
	*Server
	addr   string
	client *tls.Config
	stop   func()
	served chan error
}

func serveSecured(t *testing.T, s *site) *secured {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config, client := certificate(t)
	server := NewServer(s.host)
	server.Secure(config)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	return &secured{server, ln.Addr().String(), client, stop, served}
}

// visitor is a client with one connection, of HTTP/2 or not.
func (s *secured) visitor(t *testing.T, http2 bool) *http.Client {
	transport := &http.Transport{TLSClientConfig: s.client.Clone(), Protocols: new(http.Protocols)}
	transport.Protocols.SetHTTP1(!http2)
	transport.Protocols.SetHTTP2(http2)
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func (s *secured) end(t *testing.T) {
	t.Helper()
	s.stop()
	if err := await(t, "the end of Serve", s.served); err != nil {
		t.Error(err)
	}
}

// TestSecure asks by both protocols: functions are told of https, and bodies of all kinds
// come whole.
func TestSecure(t *testing.T) {
	s := newSite(t, functionSite)
	large := strings.Repeat("large", 100_000)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		w.Header().Set("X-Seen", r.Header.Get("X-Forwarded-Proto")+" "+r.Header.Get("X-Forwarded-Port"))
		if len(body) > 0 {
			w.Write(body)
		} else {
			io.WriteString(w, large)
		}
	})
	server := serveSecured(t, s)
	_, port, _ := net.SplitHostPort(server.addr)
	for _, http2 := range []bool{false, true} {
		client := server.visitor(t, http2)
		for range 3 { // on one connection
			for _, path := range []string{"/fn", "/buffered"} {
				for _, body := range []string{"", "small", large} {
					resp, err := client.Post("https://"+server.addr+path, "text/plain", strings.NewReader(body))
					if err != nil {
						t.Fatal(err)
					}
					got, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					want := body
					if body == "" {
						want = large
					}
					if err != nil || string(got) != want || resp.Header.Get("X-Seen") != "https "+port || (resp.ProtoMajor == 2) != http2 {
						t.Errorf("%s: %d bytes of %d, %v by %s, %v", path, len(got), len(want), resp.Header, resp.Proto, err)
					}
				}
			}
		}
	}
	server.end(t)
}

// TestSecureStops ends a host while a request is under way on a connection of each kind,
// and another connection is idle.
func TestSecureStops(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newSite(t, functionSite)
		begun, release := make(chan bool), make(chan bool)
		s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery != "" {
				begun <- true
				<-release
			}
			io.WriteString(w, "whole")
		})
		server := serveSecured(t, s)
		idle, client := server.visitor(t, http2), server.visitor(t, http2)
		if body, err := fetch(idle, "https://"+server.addr+"/fn"); err != nil || body != "whole" {
			t.Fatal(body, err)
		}
		response := make(chan string, 1)
		go func() {
			body, err := fetch(client, "https://"+server.addr+"/fn?slow")
			response <- fmt.Sprint(body, " ", err)
		}()
		await(t, "the request", begun)
		server.stop()
		for server.limited.Load().remaining() > 1 {
			time.Sleep(time.Millisecond) // until the idle one is closed
		}
		release <- true
		if got := await(t, "the response", response); got != "whole <nil>" {
			t.Errorf("HTTP/2 %v: %s", http2, got)
		}
		server.end(t)
	}
}

// remaining is how many connections there are.
func (l *listener) remaining() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

// TestSecureStopsUnderLoad stops a host under load on connections that are kept: every
// request gets a response, or nobody is listening.
func TestSecureStopsUnderLoad(t *testing.T) {
	for _, http2 := range []bool{false, true} {
		s := newSite(t, functionSite)
		server := serveSecured(t, s)
		var answered atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			client := server.visitor(t, http2)
			for range 3 { // at once on one connection, by HTTP/2
				all.Go(func() {
					for {
						body, err := fetch(client, "https://"+server.addr+"/fn")
						if errors.Is(err, syscall.ECONNREFUSED) {
							return
						}
						if err != nil || body != "GET /fn" {
							t.Errorf("HTTP/2 %v: response %q, %v", http2, body, err)
							return
						}
						answered.Add(1)
					}
				})
			}
		}
		for answered.Load() < 200 && !t.Failed() {
			time.Sleep(time.Millisecond)
		}
		server.end(t)
		all.Wait()
	}
}

// TestIdleSecureConnectionsMakeRoom has more visitors than connections, who keep theirs.
func TestIdleSecureConnectionsMakeRoom(t *testing.T) {
	s := newSite(t, filesSite, func(o *Options) { o.descriptors = 32 })
	server := serveSecured(t, s)
	for _, http2 := range []bool{false, true} {
		for range server.limit + 4 {
			if body, err := fetch(server.visitor(t, http2), "https://"+server.addr+"/about"); err != nil || body != "about" {
				t.Fatal(body, err)
			}
		}
	}
	if n := server.limited.Load().remaining(); n > server.limit {
		t.Errorf("%d connections of %d", n, server.limit)
	}
	server.end(t)
}

// TestNewSecureConnectionsAreNotIdle has many more visitors at once than connections, each
// on a new one: all get a response, also those whose connection is there before their
// request.
func TestNewSecureConnectionsAreNotIdle(t *testing.T) {
	s := newSite(t, filesSite, func(o *Options) { o.descriptors = 32 })
	server := serveSecured(t, s)
	for _, http2 := range []bool{false, true} {
		var visitors sync.WaitGroup
		for range 24 {
			client := server.visitor(t, http2)
			visitors.Go(func() {
				if body, err := fetch(client, "https://"+server.addr+"/about"); err != nil || body != "about" {
					t.Errorf("HTTP/2 %v: %q, %v", http2, body, err)
				}
			})
		}
		visitors.Wait()
	}
	server.end(t)
}

// TestHTTP2HasGraceWhenIdle has another visitor wait for the only connection, which is of
// HTTP/2 and between two requests.
func TestHTTP2HasGraceWhenIdle(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := limitListener(ln, 1)
	l.grace = time.Hour
	config, client := certificate(t)
	server := &http.Server{
		Handler:   http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, r.RemoteAddr) }),
		TLSConfig: config, ConnState: l.note,
	}
	go server.ServeTLS(l, "", "")
	t.Cleanup(func() { server.Close() })
	visitor := (&secured{client: client}).visitor(t, true)
	first, err := fetch(visitor, "https://"+ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	dialTo(t, ln.Addr().String())
	for limit := time.Now().Add(20 * time.Second); !l.waiting.Load(); time.Sleep(time.Millisecond) {
		if time.Now().After(limit) {
			t.Fatal("nobody waits: the connection was closed")
		}
	}
	again := make(chan string, 1)
	go func() {
		body, err := fetch(visitor, "https://"+ln.Addr().String())
		again <- fmt.Sprint(body, err)
	}()
	if got := await(t, "the next response", again); got != first+"<nil>" {
		t.Errorf("%s, then %s", first, got)
	}
}

// TestTurns has more requests on one connection than there may be connections: so many
// are under way, as many wait, and others are refused.
func TestTurns(t *testing.T) {
	s := newSite(t, functionSite, func(o *Options) { o.descriptors = 32 })
	begun, release := make(chan bool), make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-release
	})
	server := serveSecured(t, s)
	client := server.visitor(t, true)
	statuses := make(chan int)
	ask := func() {
		resp, err := client.Get("https://" + server.addr + "/fn")
		if err != nil {
			t.Error(err)
			statuses <- 0
			return
		}
		defer resp.Body.Close()
		if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "" {
			t.Error("refused without a time to ask again")
		}
		statuses <- resp.StatusCode
	}
	for range server.limit {
		go ask()
		await(t, "a request", begun)
	}
	for range server.limit {
		go ask()
	}
	for server.turns.queued.Load() < int64(server.limit) {
		time.Sleep(time.Millisecond)
	}
	for range 3 {
		go ask()
		if got := await(t, "the refusal", statuses); got != http.StatusServiceUnavailable {
			t.Errorf("status %d of one too many", got)
		}
	}
	for range server.limit { // one that waits begins for each that ends
		release <- true
		if got := await(t, "a response", statuses); got != http.StatusOK {
			t.Errorf("status %d", got)
		}
		await(t, "a request that waited", begun)
	}
	for range server.limit {
		release <- true
		if got := await(t, "a response", statuses); got != http.StatusOK {
			t.Errorf("status %d", got)
		}
	}
	server.end(t)
}

// TestMaxStreams reads what a connection of HTTP/2 is told (RFC 9113, section 6.5).
func TestMaxStreams(t *testing.T) {
	server := serveSecured(t, newSite(t, filesSite))
	config := server.client.Clone()
	config.NextProtos = []string{"h2"}
	conn, err := tls.Dial("tcp", server.addr, config)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	var head [9]byte
	if _, err := io.ReadFull(conn, head[:]); err != nil || head[3] != 4 {
		t.Fatalf("%x %v", head, err)
	}
	settings := make([]byte, int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(conn, settings); err != nil {
		t.Fatal(err)
	}
	const maxConcurrentStreams = "\x00\x03"
	for ; len(settings) > 0; settings = settings[6:] {
		if string(settings[:2]) == maxConcurrentStreams {
			if settings[5] != maxStreams || settings[2]|settings[3]|settings[4] != 0 {
				t.Errorf("%x streams", settings[2:6])
			}
			server.end(t)
			return
		}
	}
	t.Error("no bound")
}
