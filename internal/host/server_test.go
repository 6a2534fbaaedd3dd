package host

import (
	"bufio"
	"context"
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

// TestServeStopsUnderLoad stops a host under load on keep-alive connections: every
// request gets a response, or nobody is listening.
func TestServeStopsUnderLoad(t *testing.T) {
	s := newSite(t, functionSite)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- NewServer(s.host).Serve(ctx, ln) }()
	const clients = 16
	var answered atomic.Int64
	enough := make(chan bool)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for {
				body, err := fetch(client, "http://"+ln.Addr().String()+"/fn")
				if errors.Is(err, syscall.ECONNREFUSED) {
					return
				}
				if err != nil || body != "GET /fn" {
					t.Errorf("response %q, %v", body, err)
					return
				}
				if answered.Add(1) == 20*clients {
					close(enough)
				}
			}
		})
	}
	await(t, "the load", enough)
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	all.Wait()
}

// TestServeTakesTurns has one host after another serve a socket that stays open, under load
// on connections that are new for each request: none fails.
func TestServeTakesTurns(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	var answered atomic.Int64
	ended := make(chan bool)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
			for {
				select {
				case <-ended:
					return
				default:
				}
				if body, err := fetch(client, "http://"+socket.Addr().String()+"/fn"); err != nil || body != "GET /fn" {
					t.Errorf("response %q, %v", body, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	serve := func() (stop func(), served chan error) {
		file, err := socket.(*net.TCPListener).File()
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		ln, err := net.FileListener(file)
		if err != nil {
			t.Fatal(err)
		}
		s := newSite(t, functionSite)
		ctx, stop := context.WithCancel(t.Context())
		served = make(chan error, 1)
		go func() { served <- NewServer(s.host).Serve(ctx, ln) }()
		return stop, served
	}
	for range 10 {
		before := answered.Load()
		stop, served := serve()
		for answered.Load() < before+50 && !t.Failed() {
			time.Sleep(time.Millisecond)
		}
		stop()
		if err := await(t, "the end of Serve", served); err != nil {
			t.Error(err)
		}
	}
	stop, served := serve() // for those who have asked
	close(ended)
	all.Wait()
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
}

func fetch(client *http.Client, url string) (string, error) {
	resp, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return strings.TrimSpace(string(body)), err
}

// TestServeLimits exceeds the limits of requests.
func TestServeLimits(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, filesSite)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- NewServer(s.host).Serve(ctx, ln) }()
	for _, tt := range []struct {
		name, request string
		status        int
	}{
		{"header", "GET / HTTP/1.1\r\nHost: x\r\nX-Large: " + strings.Repeat("x", 100_000) + "\r\n\r\n", 431},
		{"URL", "GET /" + strings.Repeat("x", 20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n", 414},
		{"no host", "GET / HTTP/1.1\r\n\r\n", 400},
		{"escape", "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n", 400},
		{"whole URL", "GET http://x/about HTTP/1.1\r\nHost: y\r\n\r\n", 200},
		{"backslash", "GET /\\..\\secret HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			go io.WriteString(conn, tt.request)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			if resp.StatusCode != tt.status {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.status)
			}
		})
	}
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	ln.Close()
	if err := NewServer(s.host).Serve(t.Context(), ln); err == nil {
		t.Error("a listener that is closed is served")
	}
}

// TestServeEndsEventStreams has a visitor listen to events when another output is
// deployed, and another one when the host stops: both streams end, as if the function
// had ended them, and nobody waits for them.
func TestServeEndsEventStreams(t *testing.T) {
	old, next := newSite(t, functionSite), newSite(t, functionSite)
	left := make(chan string, 2)
	for _, s := range []*site{old, next} {
		s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
			io.WriteString(w, "data: 1\n\n")
			w.(http.Flusher).Flush()
			<-r.Context().Done()
			left <- r.URL.Path
		})
	}
	server := NewServer(old.host)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	for _, end := range []func(){func() { server.Deploy(next.host) }, stop} {
		resp, err := http.Get("http://" + ln.Addr().String() + "/fn")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		first := make([]byte, len("data: 1\n\n"))
		if _, err := io.ReadFull(resp.Body, first); err != nil {
			t.Fatal(err)
		}
		end()
		rest := make(chan error, 1)
		go func() {
			data, err := io.ReadAll(resp.Body)
			if len(data) > 0 {
				err = fmt.Errorf("%q came", data)
			}
			rest <- err
		}()
		if err := await(t, "the end of the events", rest); err != nil {
			t.Error(err)
		}
		await(t, "the function to notice", left)
	}
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	for _, s := range []*site{old, next} {
		if log := s.log.String(); strings.Contains(log, "did not finish") || strings.Contains(log, "level=ERROR") {
			t.Errorf("logged %s", log)
		}
	}
}

// TestDeploy switches from one output to another under load, with a request under way:
// no request fails, that one finishes on the old output, and all later ones see the
// new one only.
func TestDeploy(t *testing.T) {
	old, next := newSite(t, versionSite("old")), newSite(t, versionSite("new"))
	server := NewServer(old.host)
	visitors := httptest.NewServer(server)
	defer visitors.Close()
	begun, release := make(chan bool), make(chan bool)
	respond := func(version string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "slow" {
				begun <- true
				<-release
			}
			io.WriteString(w, version)
		}
	}
	old.puppet.on(respond("old"))
	next.puppet.on(respond("new"))
	slow := make(chan string, 1)
	go func() {
		body, err := fetch(visitors.Client(), visitors.URL+"/fn?slow")
		slow <- fmt.Sprint(body, err)
	}()
	await(t, "the slow request", begun)

	var deployed atomic.Bool
	stop := make(chan bool)
	var asked sync.WaitGroup
	for _, path := range []string{"/fn", "/file", "/only-old", "/only-new"} {
		asked.Go(func() {
			for {
				after := deployed.Load()
				body, err := fetch(visitors.Client(), visitors.URL+path)
				switch {
				case err != nil:
					t.Errorf("%s: %v", path, err)
				case after && path == "/only-old", !after && path == "/only-new":
				case path == "/only-old" && !deployed.Load(), path == "/only-new":
					if body != strings.TrimPrefix(path, "/only-") {
						t.Errorf("%s: %q", path, body)
					}
				case after && body != "new":
					t.Errorf("%s: %q after the change", path, body)
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	server.Deploy(next.host)
	deployed.Store(true)
	for range 100 {
		if body, err := fetch(visitors.Client(), visitors.URL+"/fn"); body != "new" || err != nil {
			t.Errorf("%q, %v", body, err)
		}
	}
	close(stop)
	asked.Wait()
	if strings.Contains(old.log.String(), "function ended") {
		t.Error("the old function ended before its request")
	}
	close(release)
	if got := await(t, "the slow response", slow); got != "old<nil>" {
		t.Errorf("the request that had begun: %s", got)
	}
	old.log.await(t, "function ended")
	next.want(next.get("/only-old"), 404, "*")
}

// versionSite returns an output that serves its version.
func versionSite(version string) string {
	return strings.ReplaceAll(`
-- config.json --
{"version":3,"routes":[{"src":"^/only-VERSION$","dest":"/file"}]}
-- static/file --
VERSION
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,PUPPET}
`, "VERSION", version)
}

// TestServeSaysThatItIsFull uses all connections while one more visitor waits: responses
// then close their connection, to make room.
func TestServeSaysThatItIsFull(t *testing.T) {
	s := newSite(t, functionSite, func(o *Options) { o.descriptors = 32 })
	begun, release := make(chan bool), make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		begun <- true
		<-release
		io.WriteString(w, r.URL.Path)
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(s.host)
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- server.Serve(ctx, ln) }()
	closes := make(chan bool)
	visit := func() {
		conn := dialTo(t, ln.Addr().String())
		go func() {
			io.WriteString(conn, "GET /fn HTTP/1.1\r\nHost: x\r\n\r\n")
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil || resp.StatusCode != 200 {
				t.Error(resp, err)
				closes <- false
				return
			}
			closes <- resp.Close
		}()
	}
	for range server.limit {
		visit()
		await(t, "the request", begun)
	}
	visit()
	for !server.full() {
		time.Sleep(time.Millisecond)
	}
	release <- true
	if !await(t, "a response", closes) {
		t.Error("the connection goes on")
	}
	await(t, "the request of the one who waits", begun)
	for range server.limit {
		release <- true
		if await(t, "a response", closes) {
			t.Error("the connection ends, although there is room")
		}
	}
	stop()
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
}
