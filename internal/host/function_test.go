package host

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/jargo-dev/jargo/internal/host/function"
)

const functionSite = `
-- config.json --
{"version":3,"routes":[{"src":"^/rewritten/(.*)$","dest":"/fn?id=$1","headers":{"x-route":"r","cache-control":"private"}}]}
-- functions/fn.func/.vc-config.json --
{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,"maxDuration":7,PUPPET}
-- functions/buffered.func/.vc-config.json --
{"runtime":"executable","handler":"puppet",PUPPET}
-- functions/alias.func --
-> fn.func
`

func TestFunction(t *testing.T) {
	s := newSite(t, functionSite)
	s.want(s.get("/fn?a=1"), 200, "GET /fn?a=1", "X-Vercel-Cache: MISS", "Cache-Control: public, max-age=0, must-revalidate")
	s.want(s.get("/alias"), 200, "GET /alias")
	s.want(s.get("/rewritten/5?b=%20"), 200, "GET /rewritten/5?id=5&b=%20", "X-Route: r", "Cache-Control: private")
	s.want(s.do("DELETE", "/fn", ""), 200, "DELETE /fn")
	if n := s.puppet.started(); n != 1 {
		t.Errorf("%d processes for two paths of one directory, want 1", n)
	}
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Cache-Control", "no-store")
		w.Header()["Set-Cookie"] = []string{"a=1", "b=2"}
		w.WriteHeader(201)
		w.Write(body)
	})
	a := s.do("POST", "/rewritten/1", "hello")
	s.want(a, 201, "hello", "Cache-Control: no-store", "Set-Cookie: a=1, b=2", "X-Route: r")
}

func TestFunctionRequestHeaders(t *testing.T) {
	s := newSite(t, functionSite)
	seen := make(chan http.Header, 1)
	host := make(chan string, 1)
	s.puppet.on(func(_ http.ResponseWriter, r *http.Request) { seen <- r.Header.Clone(); host <- r.Host })
	a := s.get("/fn", "Host: shop.example:8080", "X-Vercel-Ip-Country: XX", "X-Forwarded-For: 6.6.6.6", "X-Middleware-Next: 1",
		"X-Real-Ip: 6.6.6.6", "Forwarded: for=6.6.6.6", "X-Custom: yes", "Cookie: a=b", "X-Vercel-Internal-Invocation-Id: 6")
	h := await(t, "the request", seen)
	for name, want := range map[string]string{
		"X-Forwarded-Host": "shop.example:8080", "X-Forwarded-Proto": "http", "X-Forwarded-Port": "8080", "X-Forwarded-For": "127.0.0.1",
		"X-Real-Ip": "127.0.0.1", "X-Vercel-Id": a.Header.Get("X-Vercel-Id"), "X-Vercel-Ip-Country": "", "X-Middleware-Next": "",
		"Forwarded": "", "X-Custom": "yes", "Cookie": "a=b",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("function sees %s: %q, want %q", name, got, want)
		}
	}
	if got := await(t, "the request", host); got != "shop.example:8080" {
		t.Errorf("function sees host %q", got)
	}
	if id := h.Get("X-Vercel-Internal-Invocation-Id"); !strings.HasPrefix(id, a.Header.Get("X-Vercel-Id")+".") {
		t.Errorf("invocation id %q", id)
	}
}

func TestFunctionBehindAProxy(t *testing.T) {
	s := newSite(t, functionSite, func(o *Options) { o.TrustForwarded = true })
	seen := make(chan http.Header, 1)
	s.puppet.on(func(_ http.ResponseWriter, r *http.Request) {
		h := r.Header.Clone()
		h.Set("Host", r.Host)
		seen <- h
	})
	s.get("/fn", "X-Forwarded-For: 6.6.6.6, 203.0.113.7", "X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example")
	h := await(t, "the request", seen)
	for name, want := range map[string]string{
		"Host": "shop.example", "X-Forwarded-Host": "shop.example", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443",
		"X-Forwarded-For": "203.0.113.7", "X-Real-Ip": "203.0.113.7",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("function sees %s: %q, want %q", name, got, want)
		}
	}
	s.get("/fn", "X-Forwarded-For: nonsense", "X-Forwarded-Proto: gopher")
	h = await(t, "the request", seen)
	if h.Get("X-Forwarded-For") != "127.0.0.1" || h.Get("X-Forwarded-Proto") != "http" {
		t.Errorf("function sees %v", h)
	}
}

func TestFunctionStreams(t *testing.T) {
	s := newSite(t, functionSite)
	next := make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		for range next {
			io.WriteString(w, "tick\n")
			w.(http.Flusher).Flush()
		}
	})
	go func() { next <- true }()
	resp, err := s.Client().Do(s.request("GET", "/fn", ""))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	for range 3 {
		if line, err := lines.ReadString('\n'); line != "tick\n" {
			t.Fatalf("line %q, %v", line, err)
		}
		go func() { next <- true }()
	}
	lines.ReadString('\n')
	close(next)
	if rest, err := io.ReadAll(lines); len(rest) != 0 || err != nil {
		t.Errorf("rest %q, %v", rest, err)
	}
}

func TestFunctionUpgrade(t *testing.T) {
	s := newSite(t, functionSite)
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "GET /fn HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
	r := bufio.NewReader(conn)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatalf("%v, %v", resp, err)
	}
	for _, word := range []string{"one", "two"} {
		fmt.Fprintln(conn, word)
		if line, err := r.ReadString('\n'); line != "you said "+word+"\n" {
			t.Fatalf("line %q, %v", line, err)
		}
	}
}

func TestFunctionClientGoesAway(t *testing.T) {
	s := newSite(t, functionSite)
	started, gone := make(chan bool), make(chan bool)
	s.puppet.on(func(_ http.ResponseWriter, r *http.Request) {
		close(started)
		<-r.Context().Done()
		close(gone)
	})
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		<-started
		cancel()
	}()
	if _, err := s.Client().Do(s.request("GET", "/fn", "").WithContext(ctx)); err == nil {
		t.Error("the request succeeded")
	}
	await(t, "the end of the function's request", gone)
}

func TestFunctionConcurrency(t *testing.T) {
	s := newSite(t, functionSite)
	var all sync.WaitGroup
	all.Add(20)
	s.puppet.on(func(_ http.ResponseWriter, _ *http.Request) {
		all.Done()
		all.Wait() // all twenty are here at once
	})
	var clients sync.WaitGroup
	for range 20 {
		clients.Go(func() { s.want(s.get("/fn"), 200, "") })
	}
	clients.Wait()
	if n := s.puppet.started(); n != 1 {
		t.Errorf("%d processes, want 1", n)
	}
}

func TestFunctionRestarts(t *testing.T) {
	s := newSite(t, functionSite)
	s.want(s.get("/fn"), 200, "GET /fn")
	dead := false
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		if !dead {
			dead = true
			w.Header().Set("X-Puppet", "exit")
		}
		fmt.Fprint(w, "alive")
	})
	s.want(s.get("/fn"), 200, "alive")
	if n := s.puppet.started(); n != 2 {
		t.Errorf("%d processes, want 2", n)
	}
	dead = false
	s.want(s.do("POST", "/fn", "x"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	s.want(s.do("POST", "/fn", "x"), 200, "alive")
	s.log.await(t, `level=ERROR msg="function ended by itself" function=/fn`)
}

func TestFunctionBuffered(t *testing.T) {
	t.Parallel() // it waits
	s := newSite(t, functionSite)
	big := strings.Repeat("x", function.MaxBody+1)
	s.want(s.do("POST", "/buffered", big), 413, "*", "X-Vercel-Error: FUNCTION_PAYLOAD_TOO_LARGE")
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, big) })
	s.want(s.get("/buffered"), 500, "*", "X-Vercel-Error: FUNCTION_RESPONSE_PAYLOAD_TOO_LARGE")
	s.want(s.get("/fn"), 200, big)
}

func TestFunctionLog(t *testing.T) {
	s := newSite(t, functionSite)
	var id string
	for _, how := range []string{"print", "log"} {
		s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", how) })
		a := s.get("/fn")
		s.want(a, 200, "")
		id = a.Header.Get("X-Vercel-Id")
	}
	s.log.await(t, `level=INFO msg=printed function=/fn stream=stdout`)
	s.log.await(t, `level=ERROR msg="too late" function=/fn by=7`+"\n")
	s.log.await(t, `level=INFO msg=hello function=/fn stream=stdout id=`+id+"\n")
	s.log.await(t, `level=WARN msg=careful function=/fn`+"\n")
	s.log.await(t, `level=INFO msg=sold function=/fn items=3 id=`+id+"\n")
	s.log.await(t, `msg=request method=GET path=/fn status=200`)
}

func TestCloseKillsStubbornFunctions(t *testing.T) {
	s := newSite(t, functionSite)
	s.puppet.onStart(func() string { return "stubborn" })
	s.want(s.get("/fn"), 200, "GET /fn")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s.host.Close(ctx)
	s.log.await(t, "killing it")
	s.log.await(t, "signal: killed")
}

func TestServeFinishesRequests(t *testing.T) {
	s := newSite(t, functionSite)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- NewServer(s.host).Serve(ctx, ln) }()
	const clients = 8
	var here sync.WaitGroup
	here.Add(clients)
	release := make(chan bool)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		here.Done()
		<-release
		io.WriteString(w, "done")
	})
	results := make(chan string, clients)
	for range clients {
		go func() {
			resp, err := http.Get("http://" + ln.Addr().String() + "/fn")
			if err != nil {
				results <- err.Error()
				return
			}
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			results <- string(body)
		}()
	}
	here.Wait()
	stop()
	close(release)
	for range clients {
		if got := await(t, "a response", results); got != "done" {
			t.Errorf("a request under way got %q", got)
		}
	}
	if err := await(t, "the end of Serve", served); err != nil {
		t.Error(err)
	}
	s.log.await(t, "function ended")
}

// TestFunctionRefusesUpgrade asks for an upgrade and gets an ordinary response.
func TestFunctionRefusesUpgrade(t *testing.T) {
	s := newSite(t, strings.Replace(functionSite, `"routes":[`, `"routes":[
 {"src":"^/fn$","continue":true,"transforms":[{"type":"request.headers","op":"set","target":{"key":"x-internal-auth"},"args":"secret"}]},`, 1))
	long := strings.Repeat("text ", 1000)
	seen := make(chan http.Header, 1)
	s.puppet.on(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.Header.Clone()
		w.Header().Set("Content-Type", "text/plain")
		io.WriteString(w, long)
	})
	a := s.get("/fn", "Connection: Upgrade, X-Internal-Auth, X-Forwarded-Host", "Upgrade: websocket", "Accept-Encoding: gzip")
	h := <-seen
	if h.Get("X-Internal-Auth") != "secret" || h.Get("X-Forwarded-Host") == "" || h.Get("Upgrade") != "websocket" {
		t.Errorf("function sees %v", h)
	}
	s.want(a, 200, "*", "Content-Encoding: gzip", "X-Vercel-Id: "+a.Header.Get("X-Vercel-Id"))
	zr, err := gzip.NewReader(strings.NewReader(a.body))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(zr); string(text) != long || err != nil {
		t.Errorf("body of %d bytes, %v", len(text), err)
	}
}

// TestBrokenResponseIsNotWhole cuts a compressed response short: what arrives is not a
// complete body of that encoding.
func TestBrokenResponseIsNotWhole(t *testing.T) {
	s := newSite(t, functionSite)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, strings.Repeat("half ", 1000))
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	conn := s.dial("GET /fn HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := io.ReadAll(resp.Body)
	if resp.Header.Get("Content-Encoding") != "gzip" || len(raw) == 0 {
		t.Fatalf("%d bytes, %v", len(raw), resp.Header)
	}
	z, err := gzip.NewReader(bytes.NewReader(raw))
	if err == nil {
		_, err = io.ReadAll(z)
	}
	if err == nil {
		t.Error("a text that broke off ends as a whole one")
	}
}

// TestFunctionStatus does not pass on an invalid status.
func TestFunctionStatus(t *testing.T) {
	s := newSite(t, functionSite)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(999) })
	s.want(s.get("/fn"), 502, "*", "X-Vercel-Error: NO_RESPONSE_FROM_FUNCTION")
}
