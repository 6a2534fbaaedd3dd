package engine_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

// functionPages are the pages of the test site that answer requests.
func functionPages() []engine.Page {
	handled := func(pattern string, h http.HandlerFunc) engine.Page {
		return engine.Page{Pattern: pattern, Name: name(pattern), Source: "pages" + pattern + "/page.go", Handler: handler(h)}
	}
	return []engine.Page{
		fresh("/error", func(*http.Request) (string, error) { return "", errors.New("the cause") }),
		handled("/echo/{slug...}", func(w http.ResponseWriter, r *http.Request) {
			var list []string
			for name, v := range r.Header {
				if strings.HasPrefix(name, "X-") {
					list = append(list, name+"="+strings.Join(v, ","))
				}
			}
			sort.Strings(list)
			fmt.Fprintln(w, strings.Join(list, " "))
		}),
		// It answers at once and ends when the request's body does.
		handled("/slow", func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).EnableFullDuplex()
			io.WriteString(w, "begun ")
			w.(http.Flusher).Flush()
			io.Copy(io.Discard, r.Body)
			io.WriteString(w, "done")
		}),
		handled("/log", logPage),
		page("/where", engine.Build, func(*http.Request) (string, error) { return os.Getwd() }),
		handled("/upgrade/{slug}", upgrade),
	}
}

// TestDevelopmentFunction: a function that is developed works where it is told to.
func TestDevelopmentFunction(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h := startFunction(t, os.Args[0], engine.Development+"="+dir).ready()
	h.do("GET", "/where").want(t, 200, dir)
	startFunction(t, os.Args[0]).ready().do("GET", "/where").want(t, 404, "not here")
	startFunction(t, os.Args[0], engine.Development+"="+filepath.Join(dir, "no")).process.wantExit(1)
}

// upgrade echoes, after a handshake written in one of the ways there are.
func upgrade(w http.ResponseWriter, r *http.Request) {
	const handshake = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n"
	way := r.PathValue("slug")
	if way == "header" {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "echo")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	switch way {
	case "conn":
		io.WriteString(conn, handshake)
	case "parts":
		for _, b := range []byte(handshake) {
			conn.Write([]byte{b})
		}
	case "buffer":
		rw.WriteString(handshake)
		rw.Flush()
	}
	line, _ := rw.ReadString('\n')
	io.Copy(conn, strings.NewReader("echo "+line))
}

// host is the platform's side of the function protocol.
type host struct {
	*site
	process  *process
	messages chan hostMessage
}

type hostMessage struct {
	Type    string `json:"type"`
	Payload struct {
		InitDuration *int `json:"initDuration"`
		HTTPPort     int  `json:"httpPort"`
		Context      struct {
			InvocationID string `json:"invocationId"`
			RequestID    uint64 `json:"requestId"`
		} `json:"context"`
		Message  string `json:"message"`
		Level    string `json:"level"`
		ExitCode int    `json:"exitCode"`
	} `json:"payload"`
}

// ended shows an end message.
func (m hostMessage) ended() string {
	return fmt.Sprintf("%s %s %d", m.Type, m.Payload.Context.InvocationID, m.Payload.Context.RequestID)
}

func startFunction(t *testing.T, program string, env ...string) *host {
	t.Helper()
	l, path := listenUnix(t, "s")
	h := &host{site: &site{t: t}, messages: make(chan hostMessage, 1000)}
	h.process = start(t, program, append(env, "VERCEL_IPC_PATH="+path)...)
	conn := accept(t, l)
	go func() {
		defer close(h.messages)
		in := bufio.NewReader(conn)
		for {
			b, err := in.ReadBytes(0)
			if err != nil {
				return
			}
			var m hostMessage
			if err := json.Unmarshal(bytes.TrimSuffix(b, []byte{0}), &m); err != nil {
				t.Errorf("message %q: %v", b, err)
			}
			h.messages <- m
		}
	}()
	return h
}

// ready waits until the function has started.
func (h *host) ready() *host {
	h.t.Helper()
	m := receive(h.t, "message", h.messages)
	if m.Type != "server-started" || m.Payload.InitDuration == nil || *m.Payload.InitDuration < 0 || m.Payload.HTTPPort == 0 {
		h.t.Fatalf("the first message is %+v, want server-started", m)
	}
	h.url = fmt.Sprintf("http://127.0.0.1:%d", m.Payload.HTTPPort)
	return h
}

func (h *host) wantEnd(id string, n uint64) {
	h.t.Helper()
	if got, want := receive(h.t, "message", h.messages).ended(), fmt.Sprintf("end %s %d", id, n); got != want {
		h.t.Errorf("message %q, want %q", got, want)
	}
}

func ids(id string, n string) []string {
	return []string{"X-Vercel-Internal-Invocation-Id", id, "X-Vercel-Internal-Request-Id", n}
}

func TestFunction(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	h.do("GET", "/live/[slug]?__jargo_path=/live/x", ids("inv1", "7")...).want(t, 200,
		`GET /live/x path=/live/x query= slug=x pattern=/live/{slug} host="" remote="" headers=0`)
	h.wantEnd("inv1", 7)
	h.do("GET", "/echo/x", ids("inv2", "18446744073709551615")...).want(t, 200, "\n")
	h.wantEnd("inv2", 18446744073709551615)
	h.do("GET", "/nowhere", ids("inv3", "no number")...).want(t, 404, "not here")
	h.wantEnd("inv3", 0)

	// Neither a ping nor a request without an invocation is one.
	ping := h.do("GET", "/_vercel/ping", ids("inv4", "4")...)
	ping.want(t, 200, "OK")
	h.do("GET", "/echo/x", "X-Vercel-Internal-Request-Id", "5").want(t, 200, "\n")
	h.do("GET", "/_vercel/ping/x", ids("inv6", "6")...).want(t, 404, "not here")
	h.wantEnd("inv6", 6)

	h.process.cmd.Process.Signal(syscall.SIGTERM)
	h.process.wantExit(0)
	for m := range h.messages {
		t.Errorf("message %+v", m)
	}
	if out, _ := io.ReadAll(h.process.stdout); len(out) > 0 {
		t.Errorf("standard output %q", out)
	}
}

func TestInternalHeaders(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	for _, tt := range []struct {
		header []string
		want   string
	}{
		{append(ids("a", "1"), "x-vercel-internal-span-id", "s", "X-Vercel-Internal-Anything", "x", "X-Mine", "1"), "X-Mine=1"},
		{[]string{"X-Vercel-Internal-Trace-Id", "no invocation"}, ""},
		{[]string{"X-Vercel-Internal-Oidc-Token", "t"}, "X-Vercel-Oidc-Token=t"},
		{[]string{"X-Vercel-Internal-Oidc-Token", "t", "X-Vercel-Oidc-Token", "own"}, "X-Vercel-Oidc-Token=own"},
		{[]string{"X-Vercel-Sc-Runtime-Cache", "c", "X-Vercel-Sc-Headers", "h", "X-Vercel-Sc-No-Header-Leak", ""},
			"X-Vercel-Sc-Headers=h X-Vercel-Sc-No-Header-Leak="},
		{[]string{"X-Vercel-Sc-Runtime-Cache", "c", "X-Vercel-Sc-Headers", "h", "X-Vercel-Sc-Host", "h", "X-Vercel-Sc-No-Header-Leak", "1"}, ""},
	} {
		h.do("GET", "/echo/x", tt.header...).want(t, 200, tt.want+"\n")
	}
}

func TestFunctionLog(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	if a := h.do("GET", "/error", ids("inv1", "7")...); a.StatusCode != 500 || strings.Contains(a.body, "cause") {
		t.Errorf("status %d, body %q", a.StatusCode, a.body)
	}
	m := receive(t, "message", h.messages)
	text, err := base64.StdEncoding.DecodeString(m.Payload.Message)
	if m.ended() != "log inv1 7" || m.Payload.Level != "error" || err != nil || string(text) != "GET /error (pages/error/page.go): the cause\n" {
		t.Errorf("message %+v, text %q, %v", m, text, err)
	}
	h.wantEnd("inv1", 7)
	h.get("/error")
	if m := receive(t, "message", h.messages); m.ended() != "log 0 0" {
		t.Errorf("message %+v", m)
	}
}

// begin sends a request to /slow, which ends when body is closed.
func (h *host) begin(id string) (body *io.PipeWriter, response *http.Response) {
	h.t.Helper()
	r, body := io.Pipe()
	request, err := http.NewRequest("POST", h.url+"/slow", r)
	if err != nil {
		h.t.Fatal(err)
	}
	request.Header.Set("X-Vercel-Internal-Invocation-Id", id)
	response, err = http.DefaultTransport.RoundTrip(request) // returns with the header
	if err != nil {
		h.t.Fatal(err)
	}
	h.t.Cleanup(func() { response.Body.Close() })
	return body, response
}

// stop sends a signal and returns when the function listens no more.
func (h *host) stop(sig os.Signal) {
	h.process.cmd.Process.Signal(sig)
	for {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
	}
}

// Requests run at the same time, and a stop lets them finish.
func TestDrain(t *testing.T) {
	for _, sig := range []os.Signal{syscall.SIGTERM, os.Interrupt} {
		h := startFunction(t, os.Args[0]).ready()
		const n = 3
		var bodies []*io.PipeWriter
		var responses []*http.Response
		for i := range n {
			body, response := h.begin(fmt.Sprint("inv", i))
			bodies, responses = append(bodies, body), append(responses, response)
		}
		h.stop(sig)
		for i := range n {
			bodies[i].Close()
			if body, err := io.ReadAll(responses[i].Body); err != nil || string(body) != "begun done" {
				t.Errorf("body %q, %v", body, err)
			}
			h.wantEnd(fmt.Sprint("inv", i), 0)
		}
		h.process.wantExit(0)
	}
}

// A second signal does not wait.
func TestSecondSignal(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	body, _ := h.begin("inv")
	defer body.Close()
	h.stop(syscall.SIGTERM)
	h.process.cmd.Process.Signal(syscall.SIGTERM)
	h.process.wantExit(-1)
}

// An upgraded connection is no running request, and outlives its end.
func TestUpgrade(t *testing.T) {
	h := startFunction(t, os.Args[0]).ready()
	for _, way := range []string{"header", "conn", "parts", "buffer"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(h.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(conn, "GET /upgrade/%s HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Vercel-Internal-Invocation-Id: %s\r\n\r\n", way, way)
		in := bufio.NewReader(conn)
		response, err := http.ReadResponse(in, nil)
		if err != nil || response.StatusCode != 101 || response.Header.Get("Upgrade") != "echo" {
			t.Fatalf("%s: %v, %v", way, response, err)
		}
		h.wantEnd(way, 0)
		io.WriteString(conn, "hello\n")
		if got, err := io.ReadAll(in); err != nil || string(got) != "echo hello\n" {
			t.Errorf("%s: read %q, %v", way, got, err)
		}
		conn.Close()
	}
	h.process.cmd.Process.Signal(syscall.SIGTERM)
	h.process.wantExit(0)
	for m := range h.messages {
		t.Errorf("message %+v", m)
	}
}
