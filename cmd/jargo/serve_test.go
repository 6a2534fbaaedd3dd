package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// TestServeKitchenSink asks for every page of the kitchen sink, served in each way.
func TestServeKitchenSink(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(project, os.DirFS(filepath.Join(root, "examples", "kitchensink"))); err != nil {
		t.Fatal(err)
	}
	if err := writeGoMod(project, root); err != nil {
		t.Fatal(err)
	}
	t.Run("in one process", func(t *testing.T) { startEditors(t, serveCommand(t, project)).tryKitchenSink() })
	t.Run("prebuilt", func(t *testing.T) { startEditors(t, serveCommand(t, project, "--prebuilt")).tryKitchenSink() })
	t.Run("program", func(t *testing.T) { startEditors(t, programCommand(t, project)).tryKitchenSink() })
}

// programCommand makes a project one program, and returns the command line of that.
func programCommand(t *testing.T, project string) *exec.Cmd {
	t.Helper()
	program := filepath.Join(t.TempDir(), "site")
	if out, err := jargoCommand(t, "build", "--binary", program, project).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	cmd := exec.Command(program, "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
	return cmd
}

func (s *server) tryKitchenSink() {
	t := s.t
	const html, text = "text/html; charset=utf-8", "text/plain; charset=utf-8"
	for _, tt := range []struct {
		path        string
		status      int
		contentType string
		cache       string
		want        string // in the body, or the Location of a redirect
	}{
		{"/", 200, html, "HIT", "The kitchen sink"},
		{"/build", 200, html, "HIT", "computed once: 42"},
		{"/json", 200, "application/json", "HIT", `{"framework":"jargo"`},
		{"/nested/path", 200, html, "HIT", "A nested page"},
		{"/fresh?name=Ada", 200, html, "MISS", "GET /fresh, name=Ada"},
		{"/fresh_without_data", 200, html, "MISS", "Fresh, without data"},
		{"/regenerate", 200, html, "PRERENDER", "Rendering 1"},
		{"/regenerate_without_data", 200, html, "PRERENDER", "Regenerated, without data"},
		{"/search?q=jar", 200, html, "MISS", "<h1>q=jar<"},
		{"/search?q=jar&utm=1", 200, html, "HIT", "<h1>q=jar<"},
		{"/search?q=jam", 200, html, "MISS", "<h1>q=jam<"},
		{"/posts/hello", 200, html, "HIT", "Hello, and welcome"},
		{"/posts/cr%C3%A8me-br%C3%BBl%C3%A9e", 200, html, "HIT", "percent-encoded"},
		{"/posts/none", 404, html, "HIT", "There is no such page"},
		{"/live/go", 200, html, "PRERENDER", "<h1>go<"},
		{"/templates", 200, html, "HIT", "<h1>HTML alone<"},
		{"/templates/people/ada", 200, html, "HIT", "<td>Notes &lt;G&gt;<td>1843"},
		{"/templates/tree", 200, html, "HIT", "<ul><li>What is 1 &lt; 2?<ul><li>true"},
		{"/templates/live", 200, html, "PRERENDER", "<h1>Rendered every 5 seconds<"},
		{"/templates/fresh?name=%3CAda%3E", 200, html, "MISS", "<h1>Hello, &lt;Ada&gt;<"},
		{"/templates/form", 200, html, "MISS", "<label>Name <input name=\"name\" value=\"\">"},
		{"/templates/form?send=1", 422, html, "MISS", "<p role=\"alert\">A name is needed.</p>"},
		{"/templates/form?send=1&name=Ada", 303, text, "MISS", "Redirecting"},
		{"/templates/feed", 200, "application/xml", "HIT", "<id>/templates</id>"},
		{"/live/c%2B%2B", 200, html, "MISS", "<h1>c++<"},
		{"/live/c%2B%2B", 200, html, "HIT", "<h1>c++<"},
		{"/live/c+%2B", 308, text, "", "/live/c%2B%2B"},
		{"/live/a&b", 308, text, "", "/live/a%26b"},
		{"/live/golang", 308, text, "MISS", "/live/go"},
		{"/live/cobol", 404, html, "MISS", "There is no such page"},
		{"/docs/guide/start", 200, html, "MISS", "<h1>guide/start<"},
		{"/docs", 404, html, "HIT", "There is no such page"},
		{"/api/echo?x=1", 200, "application/json", "MISS", `"query":"x=1"`},
		{"/api/theme?name=plaid", 404, html, "MISS", "There is no such page"},
		{"/files/notes.txt", 200, text, "MISS", "part of the program"},
		{"/files/none.txt", 404, text, "MISS", "404 page not found"},
		{"/members", 403, text, "MISS", "for members"},
		{"/members/public", 200, html, "HIT", "Ask for the password"},
		{"/body/string", 200, html, "HIT", "<h1>string<"},
		{"/body/bytes", 200, html, "HIT", "<h1>[]byte<"},
		{"/body/html", 200, html, "HIT", "<h1>template.HTML<"},
		{"/body/writer", 200, html, "HIT", "<h1>io.Writer<"},
		{"/body/writerto", 200, html, "HIT", "<h1>io.WriterTo<"},
		{"/body/reader", 200, html, "MISS", "<h1>io.Reader<"},
		{"/body/component", 200, html, "HIT", "<h1>component<"},
		{"/body/node", 200, html, "HIT", "<h1>node<"},
		{"/broken", 500, html, "MISS", "Something went wrong"},
		{"/nowhere", 404, html, "HIT", "There is no such page"},
		{"/404", 404, html, "HIT", "There is no such page"},
		{"/build/", 308, text, "", "/build"},
		{"/build.html", 308, text, "", "/build"},
		{"/index.html?a=b", 308, text, "", "/?a=b"},
		{"/a_public_file.txt", 200, text, "HIT", "a public file"},
		{"/nested/a_public_file.txt", 200, text, "HIT", "in another directory"},
		{"/LICENSE", 200, "application/octet-stream", "HIT", "without an extension"},
		{"/.well-known/security.txt", 200, text, "HIT", "Contact"},
		{"/legal/imprint", 200, html, "HIT", "Imprint"},
	} {
		a := s.get(tt.path)
		if tt.status == http.StatusPermanentRedirect {
			a.body = a.header.Get("Location")
		}
		if a.status != tt.status || a.header.Get("Content-Type") != tt.contentType || a.cache() != tt.cache || !strings.Contains(a.body, tt.want) {
			t.Errorf("%s: %d %q %q %q, want %d %q %q %q", tt.path, a.status, a.header.Get("Content-Type"), a.cache(), a.body,
				tt.status, tt.contentType, tt.cache, tt.want)
		}
	}
	if a := s.get("/json"); a.header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("the extra header of a build page is not there: %v", a.header)
	}
	if a := s.do(http.MethodPost, "/api/echo", "hi"); !strings.Contains(a.body, `"body":"hi"`) {
		t.Errorf("POST to a handler: %q", a.body)
	}
	if a := s.get("/api/theme?name=dark"); a.status != http.StatusSeeOther || a.header.Get("Location") != "/" ||
		!strings.HasPrefix(a.header.Get("Set-Cookie"), "theme=dark;") {
		t.Errorf("a redirect with a cookie: %d %v", a.status, a.header)
	}
	if a := s.do(http.MethodPost, "/build", ""); a.status != http.StatusMethodNotAllowed {
		t.Errorf("POST to a build page: %d", a.status)
	}
	sent := s.get("/templates/form?send=1&name=Ada")
	if h := sent.header; h.Get("Location") != "/templates" || h.Get("Set-Cookie") != "sent=1; Path=/" {
		t.Errorf("a form that was sent: %v", h)
	}
	s.tryEditing()
	note, _, _ := strings.Cut(strings.TrimPrefix(s.get("/temporary").body, "<p>Written: "), "<")
	if _, err := os.Stat(note); err != nil || !strings.HasPrefix(filepath.Base(filepath.Dir(note)), "kitchensink-") {
		t.Errorf("what Open makes ready is not used: %v", err)
	}
	s.stop()
	if _, err := os.Stat(filepath.Dir(note)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is not closed: %v", err)
	}
	if log := s.stderr.String(); !strings.Contains(log, "the database is on fire") {
		t.Errorf("the log does not say why /broken failed:\n%s", log)
	}
}

// TestServeOneRegeneration sends ten clients to an expired page while its
// rendering is held up at a gate: all get the old page at once, and it is
// rendered once.
func TestServeOneRegeneration(t *testing.T) {
	t.Parallel()
	s := startGate(t)
	openGate := func() { s.do(http.MethodPost, "/gate", "") } // returns when a rendering has passed
	counted := func(name string) string { return s.get("/stats?of=" + name).body }

	if a := s.get("/counted"); a.cache() != "PRERENDER" || a.body != "at build time" {
		t.Fatalf("first request: %s %q", a.cache(), a.body)
	}
	openGate()
	await(t, "the page expires", func() bool { return s.get("/counted").cache() == "STALE" })
	var clients sync.WaitGroup
	for range 10 {
		clients.Go(func() {
			if a := s.get("/counted"); a.cache() != "STALE" || a.body != "rendering 1" {
				t.Errorf("a client got %s %q", a.cache(), a.body)
			}
		})
	}
	clients.Wait()
	openGate()
	await(t, "the rendering ends", func() bool { return counted("ended") == "2" })
	if n := counted("begun"); n != "2" {
		t.Errorf("%s renderings have begun, want 2: one after the fallback and one for all clients", n)
	}
	if a := s.get("/counted"); a.body != "rendering 2" {
		t.Errorf("after the rendering: %q", a.body)
	}
}

// await repeats a request until what it waits for is there.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // leaves the processor to what is waited for
	}
}

// TestServeKilledFunction kills a function, which answers the next request.
func TestServeKilledFunction(t *testing.T) {
	t.Parallel()
	s := startGate(t)
	first := s.get("/pid").body
	pid, err := strconv.Atoi(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if a := s.get("/pid"); a.status != http.StatusOK || a.body == first {
		t.Errorf("after the kill: %d %q", a.status, a.body)
	}
}

// TestServeKilled kills the host, whose functions end soon after it.
func TestServeKilled(t *testing.T) {
	t.Parallel()
	s := startGate(t)
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

// running reports whether there is a process that has not ended. One that has
// may stay as a zombie where nobody asks for its status.
func running(pid int) bool {
	if runtime.GOOS != "linux" {
		return syscall.Kill(pid, 0) == nil
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

// TestServeStops ends the host with a signal while a request is under way: the
// request finishes, and the functions end with the host.
func TestServeStops(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		t.Run(signal.String(), func(t *testing.T) {
			t.Parallel()
			s := startGate(t)
			pid, err := strconv.Atoi(s.get("/pid").body)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := http.Get(s.url + "/slow") // has sent its header, holds its body back
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if err := s.cmd.Process.Signal(signal); err != nil {
				t.Fatal(err)
			}
			await(t, "the host takes no more", func() bool {
				_, err := http.Get(s.url + "/pid")
				return err != nil
			})
			if err := os.WriteFile(resp.Header.Get("X-Until"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(resp.Body)
			if err != nil || string(body) != "begin end" {
				t.Errorf("the request under way: %q, %v", body, err)
			}
			if err := <-s.exited; err != nil {
				t.Errorf("jargo serve ended with %v", err)
			}
			if running(pid) {
				t.Errorf("the function is still there")
			}
		})
	}
}

// TestServePathParameter sends the internal parameter of a regenerated page: it
// changes nothing.
func TestServePathParameter(t *testing.T) {
	t.Parallel()
	s := startGate(t)
	for _, path := range []string{
		"/live/one",
		"/live/one?__jargo_path=/live/two",
		"/live/one?__jargo_path=/counted",
		"/live/one?__jargo_path",
		"/live/one?__jargo%5Fpath=/live/two",
		"/live/one?a=b&__jargo_path=/live/two&__jargo_path=/live/three",
	} {
		if a := s.get(path); a.status != http.StatusOK || a.body != "one" {
			t.Errorf("%s: %d %q", path, a.status, a.body)
		}
	}
	if a := s.get("/live/[slug]?__jargo_path=/live/two"); a.body != "[slug]" {
		t.Errorf("the page's own output path: %q", a.body)
	}
}

// TestServeAddressInUse says so before it builds.
func TestServeAddressInUse(t *testing.T) {
	t.Parallel()
	s := startGate(t)
	out, err := jargoCommand(t, "serve", "--addr", strings.TrimPrefix(s.url, "http://"), t.TempDir()).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "address already in use") || !strings.Contains(string(out), "--addr localhost:0") {
		t.Errorf("%v: %s", err, out)
	}
}

// TestServeEnvironment checks that functions have what .env says, built or not.
func TestServeEnvironment(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/site\n\ngo 1.21\n")
	write(t, filepath.Join(dir, ".env"), "JARGO_TEST_SECRET=one\n")
	write(t, filepath.Join(dir, "pages/page.go"), `package pages

import (
	"io"
	"net/http"
	"os"
)

func Handler(w http.ResponseWriter, r *http.Request) { io.WriteString(w, os.Getenv("JARGO_TEST_SECRET")) }
`)
	if got := startServe(t, dir).get("/").body; got != "one" {
		t.Errorf("the function sees %q", got)
	}
	write(t, filepath.Join(dir, ".env.local"), "JARGO_TEST_SECRET=two\n")
	if got := startServe(t, dir, "--prebuilt").get("/").body; got != "two" {
		t.Errorf("the function of an output that was there sees %q", got)
	}
}
