package python

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestPaths reads the cases that the engine of Go pages is tested with, too.
func TestPaths(t *testing.T) {
	archive := ""
	for file, pattern := range map[string]string{
		"about": "/about", "one/new": "/one/new", "one/x_": "/one/{x}", "two/x_/y_": "/two/{x}/{y}", "rest/x__": "/rest/{x...}",
	} {
		archive += fmt.Sprintf(`
-- pages/%s.py --
def data(request): return "\t".join([%q] + [name + "=" + value for name, value in request.params.items()])
def render(text): return text
def config(): return {"fresh": {}}`, file, pattern)
	}
	r := startFunction(t, functionDir(t, archive), "")
	cases, err := os.ReadFile("../../engine/testdata/paths.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(cases), "\n") {
		path, want, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		resp, got := r.roundTrip("GET", path, nil)
		if resp.StatusCode == http.StatusNotFound {
			got = "none"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
	}
}

// TestContentType reads the cases that the engine of Go pages is tested with, too.
func TestContentType(t *testing.T) {
	cases, err := os.ReadFile("../../engine/testdata/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	archive, types := "", map[string]string{}
	for _, line := range strings.Split(string(cases), "\n") {
		columns := strings.Split(line, "\t")
		if line == "" || line[0] == '#' {
			continue
		}
		file := strings.NewReplacer("...}", "__", "{", "", "}", "_").Replace(columns[1])
		if file == "/" {
			file = "/index"
		}
		if strings.HasPrefix(file, "/.") {
			continue // no page: its name says so
		}
		archive += fmt.Sprintf("\n-- pages%s.py --\ndef render(): return ''\ndef config(): return {'fresh': {}}", file)
		types[columns[0]] = columns[2]
	}
	r := startFunction(t, functionDir(t, archive), "")
	for path, want := range types {
		resp, _ := r.roundTrip("GET", path, nil)
		if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != want {
			t.Errorf("%s: %d %q, want %q", path, resp.StatusCode, got, want)
		}
	}
}

// TestInternalHeaders checks that what is for the runtime does not reach a page,
// and that the end of each request is told.
func TestInternalHeaders(t *testing.T) {
	r := startFunction(t, functionDir(t, functionSite), "")
	resp, body := r.roundTrip("POST", "/echo?x=1&__jargo_path=y", strings.NewReader("hé"),
		"X-Vercel-Internal-Invocation-Id: abc", "X-Vercel-Internal-Request-Id: 7", "X-Vercel-Internal-Oidc-Token: token",
		"X-Vercel-Sc-Runtime-Cache: x", "X-Vercel-Sc-Host: x", "X-Vercel-Sc-No-Header-Leak: 1",
		"X-Twice: a", "X-Twice: b", "Cookie: a=1", "Cookie: b=2", "Accept: text/html")
	var got struct {
		Method, Path, Body, Accept string
		Headers                    map[string]string
	}
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	delete(got.Headers, "host")
	want := `map[accept:text/html accept-encoding:identity content-length:3 cookie:a=1; b=2 user-agent:test x-twice:a, b x-vercel-oidc-token:token]`
	if text := fmt.Sprint(got.Headers); text != want {
		t.Errorf("headers are\n%s\nwant\n%s", text, want)
	}
	if got.Method != "POST" || got.Path != "/echo?x=1" || got.Body != "hé" || got.Accept != "text/html" {
		t.Errorf("the request is %+v", got)
	}
	if resp.StatusCode != 201 || resp.Header.Get("Content-Type") != "application/json" || strings.Join(resp.Header["Set-Cookie"], "|") != "a=1|b=2" {
		t.Errorf("the response is %d %v", resp.StatusCode, resp.Header)
	}
	if m := <-r.messages; m.Type != "end" || m.Payload.Context.InvocationID != "abc" || m.Payload.Context.RequestID != 7 {
		t.Errorf("message %+v", m)
	}
	// A body without a length comes in chunks.
	if _, body := r.roundTrip("POST", "/echo", struct{ io.Reader }{strings.NewReader("\xff")}); !strings.Contains(body, `"bytes:ff"`) {
		t.Errorf("a body in chunks is %s", body)
	}
}

// TestConcurrent has two requests wait for each other.
func TestConcurrent(t *testing.T) {
	r := startFunction(t, functionDir(t, functionSite), "")
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			if got := r.do("GET", "/meet", ""); got != "200 met" {
				t.Error(got)
			}
		})
	}
	both.Wait()
}

// TestClassic answers the same requests by the classic contract.
func TestClassic(t *testing.T) {
	const program = `
import json, sys, jargo_handler
events = json.load(sys.stdin)
json.dump([jargo_handler.handler({"Action": "Invoke", "body": json.dumps(e)}, None) for e in events], sys.stdout)
`
	type event struct {
		Method   string         `json:"method"`
		Host     string         `json:"host"`
		Path     string         `json:"path"`
		Headers  map[string]any `json:"headers"`
		Encoding string         `json:"encoding,omitempty"`
		Body     string         `json:"body"`
	}
	var events []event
	for _, tt := range answers {
		events = append(events, event{Method: tt.method, Path: tt.path, Headers: map[string]any{"cookie": "visitor"}})
	}
	events = append(events,
		event{Method: "POST", Path: "/echo", Headers: map[string]any{"X-List": []string{"a", "b"}, "x-vercel-internal-request-id": "1"}, Encoding: "base64", Body: "aOk="},
		event{Method: "POST", Path: "/echo", Headers: map[string]any{}, Body: "hé"})
	input, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("python3", "-B", "-c", program)
	cmd.Dir = functionDir(t, functionSite)
	cmd.Stdin = bytes.NewReader(input)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, &stderr)
	}
	var results []struct {
		StatusCode     int
		Headers        map[string]any
		Encoding, Body string
	}
	if err := json.Unmarshal(out, &results); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	want := make([]string, len(answers))
	for i, tt := range answers {
		want[i] = tt.want
	}
	const echo = `201 {"method": "POST", "path": "/echo", "headers": %s, "body": %s, "accept": null}`
	want = append(want, fmt.Sprintf(echo, `{"x-list": "a, b"}`, `"bytes:68e9"`), fmt.Sprintf(echo, `{}`, `"h\u00e9"`))
	for i, r := range results {
		body, err := base64.StdEncoding.DecodeString(r.Body)
		if err != nil || r.Encoding != "base64" {
			t.Errorf("body %q: %v", r.Body, err)
		}
		if got := fmt.Sprint(r.StatusCode, " ", string(body)); got != want[i] {
			t.Errorf("%s %s: %q, want %q", events[i].Method, events[i].Path, got, want[i])
		}
	}
	if last := fmt.Sprint(results[len(results)-1].Headers); last != "map[content-type:application/json set-cookie:[a=1 b=2]]" {
		t.Errorf("headers %s", last)
	}
	if !strings.Contains(stderr.String(), "ValueError: secret") {
		t.Errorf("the log is %s", &stderr)
	}
}

// TestImportRace has requests load pages that import each other, at once.
func TestImportRace(t *testing.T) {
	r := startFunction(t, functionDir(t, `
-- pages/slow.py --
import time
time.sleep(0.5)
TEXT = "complete"
def render(): return TEXT
def config(): return {"fresh": {}}
-- pages/imports.py --
def render():
    from pages.slow import TEXT
    return TEXT
def config(): return {"fresh": {}}
-- pages/imports_first.py --
from pages.slow import TEXT
def render(): return TEXT
def config(): return {"fresh": {}}
`), "")
	var all sync.WaitGroup
	for _, path := range []string{"/slow", "/imports", "/imports_first", "/slow"} {
		all.Go(func() {
			if got := r.do("GET", path, ""); got != "200 complete" {
				t.Errorf("%s: %s", path, got)
			}
		})
	}
	all.Wait()
}

// TestOtherLetters sends letters that are not ASCII, as they are.
func TestOtherLetters(t *testing.T) {
	r := startFunction(t, functionDir(t, functionSite), "")
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	fmt.Fprintf(conn, "GET /echo?à=\u0160 HTTP/1.1\r\nHost: x\r\nX-Name: Šà\r\nX-Latin: \xe9!\r\nConnection: close\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct {
		Path    string
		Headers map[string]string
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(resp.Status, err)
	}
	if got.Path != "/echo?%C3%A0=%C5%A0" || got.Headers["x-name"] != "Šà" || got.Headers["x-latin"] != "\ufffd!" {
		t.Errorf("got %+q", got)
	}
}

// TestOwnNames has files of the project that are named like Python's own
// modules: pages import them, and the function does not.
func TestOwnNames(t *testing.T) {
	archive := `
-- pages/index.py --
import email
def render(): return email.TEXT
def config(): return {"fresh": {}}
-- pages/raises.py --
def render(): raise ValueError("secret")
def config(): return {"fresh": {}}
-- pages/built.py --
import email
from functools import partial
render = partial(lambda text: text, email.TEXT)
-- email.py --
TEXT = "my own"
-- http/__init__.py --
`
	names := "base64 bisect copy decimal calendar datetime errno fcntl html inspect ast dis json queue random select selectors" +
		" shutil signal socket socketserver string struct tempfile textwrap traceback urllib"
	for _, name := range strings.Fields(names) {
		archive += "-- " + name + ".py --\nraise ImportError('this is not for you')\n"
	}
	dir := functionDir(t, archive)
	r := startFunction(t, dir, "")
	if got := r.do("GET", "/", "", "Cookie: é"); got != "200 my own" {
		t.Error(got)
	}
	if got := r.do("GET", "/raises", ""); !strings.HasPrefix(got, "500 <!doctype") {
		t.Error(got)
	}
	r.stop()
	if m := <-r.messages; m.Type != "log" {
		t.Errorf("message %+v", m)
	}
}

// TestForks checks that a child which a page forks, and which comes back from
// the page, answers nobody.
func TestForks(t *testing.T) {
	r := startFunction(t, functionDir(t, `
-- pages/forks.py --
import os
def render():
    child = os.fork()
    if child == 0:
        return "the child"
    os.waitpid(child, 0)
    return "the parent"
def config(): return {"fresh": {}}
-- pages/raises.py --
import os
def render():
    if os.fork() == 0:
        raise ValueError("the child")
    os.wait()
    return "the parent"
def config(): return {"fresh": {}}
`), "")
	for _, path := range []string{"/forks", "/raises", "/forks"} {
		if got := r.do("GET", path, "", "X-Vercel-Internal-Invocation-Id: f"); got != "200 the parent" {
			t.Errorf("%s: %s", path, got)
		}
	}
	r.stop()
	var kinds []string
	for m := range r.messages {
		kinds = append(kinds, m.Type)
	}
	if got := strings.Join(kinds, " "); got != "end end end" {
		t.Errorf("the host was told %s", got)
	}
}

// TestDevPort checks that a function listens where it is told.
func TestDevPort(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(free.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	t.Setenv("VERCEL_DEV_PORT", port)
	r := startFunction(t, functionDir(t, functionSite), "")
	if got := r.do("GET", "/file", ""); r.url != "http://127.0.0.1:"+port || got != "200 words\nhelped" {
		t.Errorf("%s at %s, not at port %s", got, r.url, port)
	}
}
