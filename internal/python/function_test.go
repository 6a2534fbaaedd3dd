package python

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// functionSite has a page of each kind that a function answers for.
const functionSite = `
-- pages/index.py --
def render(): return "home"
def config(): return {"regenerate": {"every": 5}}
-- pages/echo.py --
import json
def data(request):
    body = request.body if isinstance(request.body, str) else "bytes:" + request.body.hex()
    return json.dumps({"method": request.method, "path": request.path, "headers": request.headers, "body": body, "accept": request.headers.get("ACCEPT")})
def render(data): return data, {"status_code": 201, "headers": {"Content-Type": "application/json", "Set-Cookie": ["a=1", "b=2"]}}
def config(): return {"fresh": {}}
-- pages/built.py --
def render(): return "built"
-- pages/any_.py --
def data(request): return request.params["any"]
def render(any): return any
def config(): return {"fresh": {}}
-- pages/once.py --
print("loaded once")
COUNT = 0
def render():
    global COUNT
    COUNT += 1
    return str(COUNT)
def config(): return {"fresh": {}}
-- pages/live/slug_.py --
import json
def data(request): return json.dumps([request.method, request.path, dict(request.headers), request.body, request.params])
def render(data): return data
def config(): return {"regenerate": {"every": 5, "query": ["q"]}}
-- pages/meet.py --
import threading
BARRIER = threading.Barrier(2)
def render():
    BARRIER.wait()
    return "met"
def config(): return {"fresh": {}}
-- pages/slow.py --
import os
def render():
    print("slow has begun", flush=True)
    open("gate").read()
    return "slow"
def config(): return {"fresh": {}}
-- pages/raises.py --
def render(): raise ValueError("secret")
def config(): return {"fresh": {}}
-- pages/exits.py --
def render(): raise SystemExit(3)
def config(): return {"fresh": {}}
-- pages/empty.py --
def render(): return "", {"status_code": 204}
def config(): return {"fresh": {}}
-- pages/500.py --
def render(): return "sorry"
-- data/words.txt --
words
-- pages/file.py --
import helper
def render(): return open("data/words.txt").read() + helper.X
def config(): return {"fresh": {}}
-- helper.py --
X = "helped"
`

// functionDir builds the function of the site as internal/build does.
func functionDir(t *testing.T, archive string) string {
	t.Helper()
	p, diags := loadProject(t, project(t, archive), t.Output())
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	f, err := p.Function(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	if f.Handler != "jargo_handler.handler" || !f.Streaming {
		t.Errorf("the function is %+v", f)
	}
	dir := t.TempDir()
	maps.Copy(f.Files, p.Files())
	for name, file := range f.Files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, filepath.FromSlash(name)), data)
	}
	writeFile(t, filepath.Join(dir, "404.http"), []byte("HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\nContent-Type: text/html; charset=utf-8\r\nX-Own: yes\r\n\r\nnowhere"))
	return dir
}

// running is a function that serves.
type running struct {
	t        *testing.T
	dir      string
	url      string
	cmd      *exec.Cmd
	output   *waiter
	messages chan message
}

// message is one of the platform's protocol.
type message struct {
	Type    string
	Payload struct {
		InitDuration *int
		HTTPPort     int
		Context      struct {
			InvocationID string
			RequestID    int
		}
		Message, Stream, Level string
	}
}

// startFunction runs the function as the platform does.
func startFunction(t *testing.T, dir, awaited string) *running {
	t.Helper()
	// The path of a socket may have about 100 bytes.
	short, err := os.MkdirTemp("", "jargo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	socket, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	r := &running{t: t, dir: dir, messages: make(chan message, 1000), output: &waiter{text: awaited, seen: make(chan struct{})}}
	r.cmd = exec.Command("python3", "-c", "import jargo_handler")
	r.cmd.Dir = dir
	r.cmd.Env = append(os.Environ(), "VERCEL_IPC_PATH="+socket.Addr().String())
	r.cmd.Stdout, r.cmd.Stderr = r.output, r.output
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			r.cmd.Process.Kill()
			r.cmd.Wait()
		}
	})
	conn, err := socket.Accept()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.messages)
		for in := bufio.NewReader(conn); ; {
			data, err := in.ReadBytes(0)
			if err != nil {
				return
			}
			var m message
			if err := json.Unmarshal(bytes.TrimSuffix(data, []byte{0}), &m); err != nil {
				t.Error(err)
			}
			if m.Payload.Stream != "" {
				text, err := base64.StdEncoding.DecodeString(m.Payload.Message)
				if err != nil {
					t.Error(err)
				}
				fmt.Fprintf(r.output, "%s of %s: %s", m.Payload.Stream, m.Payload.Context.InvocationID, text)
				continue
			}
			r.messages <- m
		}
	}()
	m := <-r.messages
	if m.Type != "server-started" || m.Payload.InitDuration == nil {
		t.Fatalf("the first message is %+v", m)
	}
	r.url = fmt.Sprintf("http://127.0.0.1:%d", m.Payload.HTTPPort)
	return r
}

// do sends a request and returns what came back, "200 body".
func (r *running) do(method, path, body string, header ...string) string {
	r.t.Helper()
	resp, text := r.roundTrip(method, path, strings.NewReader(body), header...)
	return fmt.Sprint(resp.StatusCode, " ", text)
}

func (r *running) roundTrip(method, path string, body io.Reader, header ...string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, body)
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("User-Agent", "test")
	req.Header.Set("Accept-Encoding", "identity")
	for _, h := range header {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Add(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(data)
}

const badEscape = "/%zz"

// answers are what the site answers, by whatever contract.
var answers = []struct{ method, path, want string }{
	{"GET", "/", "200 home"},
	{"GET", "/index", "200 home"},
	{"GET", "/file", "200 words\nhelped"},
	{"GET", "/something", "200 something"},
	{"GET", "/a%2Fb", "404 nowhere"},
	{"GET", "/a%252Fb", "200 a%2Fb"},
	{"GET", "/%2e%2e", "404 nowhere"},
	{"GET", badEscape, "404 nowhere"},
	{"GET", "/built", "404 nowhere"},
	{"GET", "/no/such", "404 nowhere"},
	{"GET", "/raises", "500 sorry"},
	{"GET", "/exits", "500 sorry"},
	{"GET", "/empty", "204 "},
	{"HEAD", "/file", "200 "},
	{"POST", "/", "405 Method Not Allowed\n"},
	{"GET", "/live/x?q=1&r=2", `200 ["GET", "/live/x?q=1", {}, "", {"slug": "x"}]`},
	{"GET", "/live/x/", `200 ["GET", "/live/x", {}, "", {"slug": "x"}]`},
	{"GET", "/l%69ve/%78", `200 ["GET", "/live/x", {}, "", {"slug": "x"}]`},
	{"HEAD", "/live/x", "200 "},
	// A regenerated page's path comes by the query, and only for its own route.
	{"GET", "/live/[slug]?__jargo_path=/live/a%26b&q=2", `200 ["GET", "/live/a&b?q=2", {}, "", {"slug": "a&b"}]`},
	{"GET", "/live/%5Bslug%5D?__jargo_path=/live/%C3%A9", `200 ["GET", "/live/%C3%A9", {}, "", {"slug": "\u00e9"}]`},
	{"GET", "/live/[slug]?__jargo_path=/echo", "404 nowhere"},
	{"GET", "/live/[slug]?__jargo_path=/live/a&__jargo_path=/live/b", "404 nowhere"},
	{"GET", "/live/x?__jargo_path=/live/y", `200 ["GET", "/live/x", {}, "", {"slug": "x"}]`},
}

func TestIPC(t *testing.T) {
	r := startFunction(t, functionDir(t, functionSite), "loaded once")
	for _, tt := range answers {
		if tt.path == badEscape {
			continue // net/http does not send it
		}
		if got := r.do(tt.method, tt.path, "", "Cookie: visitor"); got != tt.want {
			t.Errorf("%s %s: %q, want %q", tt.method, tt.path, got, tt.want)
		}
	}
	for i := range 3 {
		if got, want := r.do("GET", "/once", ""), fmt.Sprintf("200 %d", i+1); got != want {
			t.Errorf("/once: %s, want %s", got, want)
		}
	}
	if got := r.do("GET", "/_vercel/ping", "", "X-Vercel-Internal-Invocation-Id: p"); got != "200 OK" {
		t.Errorf("ping: %s", got)
	}
	if resp, _ := r.roundTrip("GET", "/no/such", nil); resp.Header.Get("X-Own") != "yes" {
		t.Errorf("the stored 404 page lost its headers: %v", resp.Header)
	}
	r.stop()
	// Without an invocation there is no end; the failures are logged.
	var logged []string
	for m := range r.messages {
		if m.Type != "log" || m.Payload.Level != "error" || m.Payload.Context.InvocationID != "0" {
			t.Errorf("message %+v", m)
			continue
		}
		text, err := base64.StdEncoding.DecodeString(m.Payload.Message)
		if err != nil {
			t.Error(err)
		}
		logged = append(logged, string(text))
	}
	if len(logged) != 2 || !strings.HasPrefix(logged[0], "GET /raises (pages/raises.py): ValueError: secret\nTraceback") || !strings.HasSuffix(logged[0], "ValueError: secret\n") {
		t.Errorf("logged %q", logged)
	}
	if n := strings.Count(string(r.output.all), "loaded once"); n != 1 {
		t.Errorf("a page was loaded %d times", n)
	}
	if _, err := os.Stat(filepath.Join(r.dir, "pages", "__pycache__")); err == nil {
		t.Error("running the function changed its directory")
	}
}

// stop ends the function as the platform does, and checks that it ends well.
func (r *running) stop() {
	r.t.Helper()
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		r.t.Error(err)
	}
	if err := r.cmd.Wait(); err != nil {
		r.t.Errorf("the function ended with %v: %s", err, r.output.all)
	}
}

// TestLog: what a page prints and logs in its own thread is of its request.
func TestLog(t *testing.T) {
	r := startFunction(t, functionDir(t, `
-- pages/index.py --
import logging, os, sys, threading
def config(): return {"fresh": {}}
def render():
    print("printed", "twice", sep="\n")
    print("no end", end="")
    sys.stderr.writelines(["wrote\n", "these\n"])
    logging.info("below WARNING")
    logging.getLogger("page").warning("careful with %s", "eggs")
    try:
        raise ValueError("out of order")
    except ValueError:
        logging.exception("it broke")
    thread = threading.Thread(target=lambda: (print("by a thread"), logging.error("by a thread")))
    thread.start()
    thread.join()
    os.write(1, b"raw\n")
    return "", {}
-- pages/configured.py --
import logging, sys
logger = logging.getLogger("own")
logger.setLevel(logging.INFO)
logger.propagate = False
logger.addHandler(logging.StreamHandler(sys.stdout))
logger.handlers[0].setFormatter(logging.Formatter('{"levelname": "%(levelname)s", "message": "%(message)s"}'))
def config(): return {"fresh": {}}
def render():
    logger.info("its own form")
    return ""
`), "")
	if got := r.do("GET", "/", "", "X-Vercel-Internal-Invocation-Id: one"); got != "200 " {
		t.Error(got)
	}
	if got := r.do("GET", "/configured", "", "X-Vercel-Internal-Invocation-Id: two"); got != "200 " {
		t.Error(got)
	}
	r.stop()
	var logged []string
	for m := range r.messages {
		if m.Type == "log" {
			text, err := base64.StdEncoding.DecodeString(m.Payload.Message)
			if err != nil {
				t.Error(err)
			}
			first, _, _ := strings.Cut(string(text), "\nTraceback (most")
			logged = append(logged, m.Payload.Level+" of "+m.Payload.Context.InvocationID+": "+first)
		}
	}
	if want := []string{
		"warn of one: WARNING:page:careful with eggs", "error of one: ERROR:root:it broke", "error of 0: ERROR:root:by a thread",
		`info of two: {"levelname": "INFO", "message": "its own form"}`,
	}; !slices.Equal(logged, want) {
		t.Errorf("logged %q, want %q", logged, want)
	}
	for _, want := range []string{
		"stdout of one: printed\n", "stdout of one: twice\n", "stdout of one: no end\n", "stderr of one: wrote\n", "stderr of one: these\n",
	} {
		if !strings.Contains(string(r.output.all), want) {
			t.Errorf("the output lacks %q:\n%s", want, r.output.all)
		}
	}
	for _, want := range []string{"by a thread\n", "raw\n"} {
		if !strings.Contains(string(r.output.all), want) || strings.Contains(string(r.output.all), ": "+want) {
			t.Errorf("the output lacks %q of no request:\n%s", want, r.output.all)
		}
	}
}

// TestDrain stops a function with a request under way, which is answered.
func TestDrain(t *testing.T) {
	dir := functionDir(t, functionSite)
	gate := filepath.Join(dir, "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	r := startFunction(t, dir, "slow has begun")
	answer := make(chan string)
	go func() { answer <- r.do("GET", "/slow", "", "X-Vercel-Internal-Invocation-Id: s") }()
	<-r.output.seen
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(gate, []byte("go"), 0o600); err != nil { // opens when the page does
		t.Fatal(err)
	}
	if got := <-answer; got != "200 slow" {
		t.Error(got)
	}
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("the function ended with %v: %s", err, r.output.all)
	}
	if m := <-r.messages; m.Type != "end" {
		t.Errorf("message %+v", m)
	}
}
