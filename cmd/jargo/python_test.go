package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"
)

// example copies an example to a new directory. One with Go pages gets a go.mod
// that uses the checkout.
func example(t *testing.T, name string) string {
	t.Helper()
	project := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(project, os.DirFS(filepath.Join(root, "examples", name))); err != nil {
		t.Fatal(err)
	}
	if name == "mixed" {
		if err := writeGoMod(project, root); err != nil {
			t.Fatal(err)
		}
	}
	return project
}

// asked is a request and what must come back.
type asked struct {
	path        string
	status      int
	contentType string
	cache       string
	want        string // in the body, or the Location of a redirect
}

func (s *server) ask(requests []asked) {
	s.t.Helper()
	for _, tt := range requests {
		a := s.get(tt.path)
		if tt.status == http.StatusPermanentRedirect {
			a.body = a.header.Get("Location")
		}
		contentType, _, _ := strings.Cut(a.header.Get("Content-Type"), ";")
		if a.status != tt.status || contentType != tt.contentType || a.cache() != tt.cache || !strings.Contains(a.body, tt.want) {
			s.t.Errorf("%s: %d %q %q %q, want %d %q %q %q", tt.path, a.status, contentType, a.cache(), a.body,
				tt.status, tt.contentType, tt.cache, tt.want)
		}
	}
}

// pythonRequests ask for every page and file of the Python example.
var pythonRequests = []asked{
	{"/", 200, "text/html", "HIT", "A Python site"},
	{"/build", 200, "text/html", "HIT", "<h1>Hello, World!</h1>"},
	{"/fresh?x=1", 200, "text/html", "MISS", `"path": "/fresh?x=1"`},
	{"/fresh_without_data", 202, "text/html", "MISS", "nothing to say"},
	{"/json", 200, "application/json", "HIT", `{"foo": "bar"}`},
	{"/nested/path", 200, "text/html", "HIT", "I'm a nested path"},
	{"/regenerate", 200, "text/html", "PRERENDER", "when the site was built"},
	{"/regenerate_without_data", 200, "text/html", "MISS", "not rendered ahead"},
	{"/lambda", 200, "text/html", "HIT", "Hi"},
	{"/feed.xml", 200, "application/xml", "HIT", "<feed/>"},
	{"/posts/hello", 200, "text/html", "HIT", "A post in <em>Markdown</em>"},
	{"/posts/cr%C3%A8me-br%C3%BBl%C3%A9e", 200, "text/html", "HIT", "Sugar &amp; fire"},
	{"/posts/none", 404, "text/html", "HIT", "There is no such page"},
	{"/live/now", 200, "text/html", "PRERENDER", "live: now"},
	{"/live/c%2B%2B", 200, "text/html", "MISS", "live: c++"},
	{"/live/c%2B%2B", 200, "text/html", "HIT", "live: c++"},
	{"/live/other?__jargo_path=/live/stolen", 200, "text/html", "MISS", "live: other"},
	{"/docs/a/b%20c", 200, "text/html", "MISS", "a › b c"},
	{"/docs", 404, "text/html", "HIT", "There is no such page"},
	{"/broken", 500, "text/html", "MISS", "Our fault"},
	{"/_notes", 404, "text/html", "HIT", "There is no such page"},
	{"/build.html", 308, "text/plain", "", "/build"},
	{"/a_public_file.txt", 200, "text/plain", "HIT", ":)"},
	{"/other/a_public_file.txt", 200, "text/plain", "HIT", ":))"},
	{"/style/site.css", 200, "text/css", "HIT", "teal"},
	{"/AUTHORS", 200, "application/octet-stream", "HIT", "Nobody"},
}

// TestServePython asks for every page of the Python example, in both ways that a
// function can be run, and of the program that it is with its host.
func TestServePython(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds and serves Python pages")
	}
	project := example(t, "python")
	s := startEditors(t, serveCommand(t, project))
	s.ask(pythonRequests)
	s.tryEditing()
	if a := s.get("/feed.xml"); a.header.Get("X-Feed") != "small" {
		t.Errorf("the header of a build page is not there: %v", a.header)
	}
	if a := s.get("/fresh_without_data"); a.header.Get("X-Fresh") != "yes" {
		t.Errorf("the header of a fresh page is not there: %v", a.header)
	}
	if a := s.do(http.MethodPost, "/fresh", "hé"); !strings.Contains(a.body, `"method": "POST"`) || !strings.Contains(a.body, `"body": "h\u00e9"`) {
		t.Errorf("POST to a fresh page: %q", a.body)
	}
	if a := s.get("/fresh"); strings.Contains(strings.ToLower(a.body), "x-vercel-internal") {
		t.Errorf("a page sees what is for the runtime: %s", a.body)
	}
	s.stop()
	if log := s.stderr.String(); !strings.Contains(log, "GET /broken (pages/broken.py)") || !strings.Contains(log, "ValueError: out of order") {
		t.Errorf("the log does not say why /broken failed:\n%s", log)
	}
	s = startEditors(t, programCommand(t, project))
	s.ask(pythonRequests)
	s.tryEditing()
	s.stop()
	makeClassic(t, project)
	s = startEditors(t, serveCommand(t, project, "--prebuilt"))
	s.ask(pythonRequests)
	s.tryEditing()
}

// makeClassic makes an output one of the classic contract: its function does not
// find the platform's socket and leaves the serving to the host.
func makeClassic(t *testing.T, project string) {
	t.Helper()
	functions := filepath.Join(project, ".vercel", "output", "functions")
	config := filepath.Join(functions, "broken.func", ".vc-config.json")
	data, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, strings.Replace(string(data), "jargo_handler.handler", "classic.handler", 1))
	write(t, filepath.Join(functions, "broken.func", "classic.py"), `
import os
path = os.environ.pop("VERCEL_IPC_PATH")
from jargo_handler import handler
os.environ["VERCEL_IPC_PATH"] = path
`)
}

// TestServeMixed has pages of two languages in one site: one table of routes,
// one cache, and each other's error pages.
func TestServeMixed(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds and serves Python pages")
	}
	s := startServe(t, example(t, "mixed"))
	s.ask([]asked{
		{"/", 200, "text/html", "HIT", "Go and Python"},
		{"/about", 200, "text/html", "HIT", "About, in Go"},
		{"/about/team", 200, "text/html", "HIT", "The team, in Python"},
		{"/clock", 200, "text/html", "PRERENDER", "build time"},
		{"/hello/ada", 200, "text/html", "MISS", "Hello, ada"},
		{"/hello/python", 200, "text/html", "MISS", "says Python"},
		{"/hello/nobody", 500, "text/html", "MISS", "Our fault"},
		{"/notes/one", 200, "text/html", "PRERENDER", "Note one"},
		{"/notes/two", 200, "text/html", "MISS", "Note two"},
		{"/notes/two", 200, "text/html", "HIT", "Note two"},
		{"/notes/none", 500, "text/html", "MISS", "Our fault"},
		{"/nowhere", 404, "text/html", "HIT", "There is no such page"},
	})
}

// unrulyArchive has pages that do what a page must not.
const unrulyArchive = `
-- pages/prints.py --
import os, sys
def render():
    print("printed by a page", flush=True)
    os.write(1, b"\x00raw")
    return "printed"
def config(): return {"fresh": {}}
-- pages/exits.py --
import sys
def render(): sys.exit(3)
def config(): return {"fresh": {}}
-- pages/threads.py --
import threading
def render():
    threading.Thread(target=threading.Event().wait).start()
    return "left a thread"
def config(): return {"fresh": {}}
-- pages/reads.py --
import sys
def render(): return "read" + sys.stdin.read()
def config(): return {"fresh": {}}
-- pages/dies.py --
import os
def render(): os._exit(7)
def config(): return {"fresh": {}}
-- pages/pid.py --
import os, threading
BARRIER = threading.Barrier(2)
def render():
    BARRIER.wait()
    return str(os.getpid())
def config(): return {"fresh": {}}
`

// TestServeUnruly serves pages that print, exit, leave threads, read and die.
func TestServeUnruly(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds and serves Python pages")
	}
	project := t.TempDir()
	files, err := txtar.FS(txtar.Parse([]byte(unrulyArchive)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(project, files); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, project)
	for range 2 {
		s.ask([]asked{
			{"/prints", 200, "text/html", "MISS", "printed"},
			{"/exits", 500, "text/html", "MISS", "Something went wrong"},
			{"/threads", 200, "text/html", "MISS", "left a thread"},
			{"/reads", 200, "text/html", "MISS", "read"},
		})
		if a := s.get("/dies"); a.status < 500 {
			t.Errorf("a page that ends its process: %d", a.status)
		}
		// Two requests wait for each other: they are in one process, at once.
		var pids [2]string
		var both sync.WaitGroup
		for i := range pids {
			both.Go(func() { pids[i] = s.get("/pid").body })
		}
		both.Wait()
		if pids[0] != pids[1] || pids[0] == "" {
			t.Errorf("the function's processes are %v", pids)
		}
	}
	s.stop()
	if !strings.Contains(s.stderr.String(), "printed by a page") {
		t.Errorf("what a page prints is not in the log:\n%s", s.stderr)
	}
}

// TestServePythonStops ends the host while a request is in a Python page: the
// request finishes.
func TestServePythonStops(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds and serves Python pages")
	}
	// The pipes are outside the project: they are no files of the function.
	project, outside := t.TempDir(), t.TempDir()
	begun, gate := filepath.Join(outside, "begun"), filepath.Join(outside, "gate")
	for _, name := range []string{begun, gate} {
		if err := syscall.Mkfifo(name, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(project, "pages", "slow.py"), fmt.Sprintf(`
def render():
    open(%q, "w").close()
    return open(%q).read()
def config(): return {"fresh": {}}
`, begun, gate))
	s := startServe(t, project)
	got := make(chan answer)
	go func() { got <- s.get("/slow") }()
	if _, err := os.ReadFile(begun); err != nil { // returns when the page has begun
		t.Fatal(err)
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	write(t, gate, "finished")
	if a := <-got; a.status != 200 || a.body != "finished" {
		t.Errorf("the request under way got %d %q", a.status, a.body)
	}
	if err := <-s.exited; err != nil {
		t.Errorf("jargo serve ended with %v:\n%s", err, s.stderr)
	}
}

// TestServePythonKilled kills the host, whose Python function ends soon after it.
func TestServePythonKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds and serves Python pages")
	}
	project := t.TempDir()
	write(t, filepath.Join(project, "pages", "pid.py"), `
import os
def render(): return str(os.getpid())
def config(): return {"fresh": {}}
`)
	s := startServe(t, project)
	pid, err := strconv.Atoi(s.get("/pid").body)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.exited
	await(t, "the function ends", func() bool { return !running(pid) })
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
