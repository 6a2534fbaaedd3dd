package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// linkedSite is a site that is served in one process with its pages. It is built once: as a
// program, and so that jargo serve finds all compiled.
type linkedSite struct {
	once           sync.Once
	project, cache string
	binary, failed string
	serving        sync.Mutex // jargo serve builds, and the output is replaced then
}

var linked linkedSite

// build builds the site as a program.
func (l *linkedSite) build(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("long: it compiles hosts")
	}
	l.once.Do(func() {
		l.cache, l.project = filepath.Join(fixtures, "linked-cache"), filepath.Join(fixtures, "linked")
		// What an old go.mod asks the standard library for must not be the host's affair.
		site := testSite(t, "program.txtar")
		goMod, err := os.OpenFile(filepath.Join(site, "go.mod"), os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = goMod.WriteString("\ngodebug default=go1.21\n")
			err = errors.Join(err, goMod.Close(), os.Rename(site, l.project))
		}
		if err != nil {
			l.failed = err.Error()
			return
		}
		binary := filepath.Join(fixtures, "linked-binary")
		cmd := l.command(t, "build", "--binary", binary, l.project)
		if out, err := cmd.CombinedOutput(); err != nil {
			l.failed = fmt.Sprintf("%v\n%s", err, out)
			return
		}
		l.binary = binary
	})
	if l.binary == "" {
		t.Fatalf("the site is not built: %s", l.failed)
	}
}

// command is a command line of jargo with the cache that the site was built with.
func (l *linkedSite) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := jargoCommand(t, args...)
	cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+l.cache, "JARGO_BYPASS_TOKEN="+bypassToken)
	return cmd
}

// inOneProcess are the ways to serve the site in one process with its pages.
func inOneProcess(t *testing.T, test func(t *testing.T, start func(flags ...string) *exec.Cmd)) {
	t.Helper()
	linked.build(t)
	t.Run("binary", func(t *testing.T) {
		t.Parallel()
		test(t, func(flags ...string) *exec.Cmd {
			cmd := exec.Command(linked.binary, append([]string{"--addr", "127.0.0.1:0"}, flags...)...)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir(), "TMPDIR="+t.TempDir())
			return cmd
		})
	})
	t.Run("serve", func(t *testing.T) {
		linked.serving.Lock()
		defer linked.serving.Unlock()
		test(t, func(flags ...string) *exec.Cmd {
			cmd := linked.command(t, append([]string{"serve", "--addr", "127.0.0.1:0", linked.project}, flags...)...)
			cmd.Dir = t.TempDir()
			return cmd
		})
	})
}

// TestOneProcess asks for what pages find in a process that they share with the host.
func TestOneProcess(t *testing.T) {
	t.Parallel()
	inOneProcess(t, func(t *testing.T, start func(...string) *exec.Cmd) {
		opened := filepath.Join(t.TempDir(), "opened")
		cmd := start("--log", "json", "--admin", "unix:admin", "--cache", "pages")
		cmd.Env = append(cmd.Env, "JARGO_TEST_OPENED="+opened, "JARGO_TEST_SECRET=of the environment")
		s := startServer(t, cmd)

		about := strings.Split(strings.TrimSpace(s.get("/about").body), "\n")
		for i, line := range about {
			text, err := strconv.Unquote(line)
			if err != nil {
				t.Fatalf("%q: %v", about, err)
			}
			about[i] = text
		}
		const hello = "hello\n"
		if want := []string{about[0], about[1], about[1], hello, "<nil>", hello, "<nil>", "UTC", "1",
			"production", ":UTC", "of the environment", s.url, "false", about[14], "[/about /acts /blocks /count /exits /logs /panics /py /slow /version /writes]"}; strings.Join(about, "|") != strings.Join(want, "|") {
			t.Errorf("the page finds\n%q, want\n%q", about, want)
		}
		if a := s.get(about[14]); about[14] == "/style.css" || a.status != 200 || !strings.Contains(a.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %v", about[14], a.status, a.header)
		}
		if pid, err := strconv.Atoi(about[0]); err != nil || pid == cmd.Process.Pid != strings.HasSuffix(t.Name(), "/binary") {
			t.Errorf("the page is in process %s, the command is %d: %v", about[0], cmd.Process.Pid, err)
		}

		s.wantPage("/count", "PRERENDER", "built, draft false")
		act := s.get("/acts")
		cookie, _, _ := strings.Cut(act.header.Get("Set-Cookie"), ";")
		if act.body != "<nil>" {
			t.Errorf("jargo.Revalidate: %s", act.body)
		}
		s.wantPage("/count", "HIT", "served, draft false")
		s.wantPage("/count", "BYPASS", "served, draft true", "Cookie", cookie)
		if entries(t, filepath.Join(cmd.Dir, "pages")) == nil {
			t.Error("no page is kept in the working directory")
		}
		for request, want := range map[string]int{
			"GET /healthz": 200, "HEAD /healthz": 200, "GET /debug/pprof/": 200, "GET /debug/pprof/goroutine": 200, "GET /cache": 200,
			"GET /debug/pprof/none": 404, "GET /none": 404, "POST /cache": 405,
		} {
			if got := askAdmin(t, filepath.Join(cmd.Dir, "admin"), request); got != want {
				t.Errorf("%s: %d, want %d", request, got, want)
			}
		}
		if a := s.get("/py"); a.body != "1 :UTC - py.func" {
			t.Errorf("a page of Python: %d %q", a.status, a.body)
		}

		id := s.get("/logs").header.Get("X-Vercel-Id")
		slow := s.begin("/slow?" + filepath.Join(t.TempDir(), "end"))
		s.terminate()
		await(t, "it accepts no more connections", s.refuses)
		if text, err := os.ReadFile(opened); err != nil || string(text) != "open\n" {
			t.Errorf("while a request is under way: %q, %v", text, err)
		}
		slow.end()
		if err := <-s.exited; err != nil {
			t.Errorf("it ended with %v", err)
		}
		if text, err := os.ReadFile(opened); err != nil || string(text) != "open\nclose\n" {
			t.Errorf("Open and Close were called: %q, %v", text, err)
		}
		log := s.stderr.String()
		wants := []string{
			`"level":"INFO","msg":"opened"`, `"level":"INFO","msg":"logged"`, `"level":"WARN","msg":"warned","of":1,"id":"` + id + `"`,
			`"level":"INFO","msg":"closing"`, "\ncomplained\n",
		}
		if strings.HasSuffix(t.Name(), "/serve") { // what a program prints is its own affair
			wants = append(wants[:4], `"level":"INFO","msg":"printed","stream":"stdout"`, `"level":"INFO","msg":"complained","stream":"stderr"`)
		}
		for _, want := range wants {
			if n := strings.Count(log, want); n != 1 {
				t.Errorf("the log has %s %d times:\n%s", want, n, log)
			}
		}
		if left := filesIn(t, about[1]); left != nil {
			t.Errorf("the directory of the pages is still there, with %v", left)
		}
	})
}

// TestOneProcessWritten has a page write into the directory of its function: it stays.
func TestOneProcessWritten(t *testing.T) {
	t.Parallel()
	inOneProcess(t, func(t *testing.T, start func(...string) *exec.Cmd) {
		var dirs []string
		times := 2 // what is left of the first is there after the second
		if strings.HasSuffix(t.Name(), "/serve") {
			times = 1 // there is no build before that is moved away: TestServeWritten
		}
		for range times {
			s := startServer(t, start())
			if a := s.get("/writes?guestbook.db"); a.body != "<nil>" {
				t.Fatal(a.body)
			}
			dir, _ := strconv.Unquote(strings.Split(s.get("/about").body, "\n")[1])
			dirs = append(dirs, dir)
			if s.stop(); !strings.Contains(s.stderr.String(), "guestbook.db") {
				t.Errorf("nothing is said of it:\n%s", s.stderr)
			}
		}
		for _, dir := range dirs {
			if text, err := os.ReadFile(filepath.Join(dir, "guestbook.db")); err != nil || string(text) != "data" {
				t.Errorf("it has %q, %v", text, err)
			}
			if filepath.IsAbs(dir) {
				os.Remove(filepath.Join(dir, "guestbook.db"))
			}
		}
	})
}

// askAdmin returns the status of a method and a path on a socket.
func askAdmin(t *testing.T, socket, request string) int {
	t.Helper()
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socket)
	}}
	defer transport.CloseIdleConnections()
	method, path, _ := strings.Cut(request, " ")
	req, err := http.NewRequest(method, "http://localhost"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// filesIn lists a directory; nil if there is none.
func filesIn(t *testing.T, dir string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// TestOneProcessInterrupted tells a process to end twice, whose request does not, or whose
// Close does not: then it ends.
func TestOneProcessInterrupted(t *testing.T) {
	t.Parallel()
	inOneProcess(t, func(t *testing.T, start func(...string) *exec.Cmd) {
		s := startServer(t, start())
		slow := s.begin("/slow?" + filepath.Join(t.TempDir(), "end"))
		// A page that blocks holds up no other.
		blocked := make(chan answer)
		go func() { blocked <- s.get("/blocks") }()
		if a := s.get("/version"); a.body != "VERSION" {
			t.Errorf("meanwhile: %d %q", a.status, a.body)
		}
		if a := <-blocked; a.status != http.StatusGatewayTimeout {
			t.Errorf("a page that blocks: %d %q", a.status, a.body)
		}
		s.terminate()
		await(t, "it accepts no more connections", s.refuses)
		s.terminate()
		if err := <-s.exited; err != nil {
			t.Errorf("it ended with %v\n%s", err, s.stderr)
		}
		slow.wantCut()

		cmd := start()
		cmd.Env = append(cmd.Env, "JARGO_TEST_HANGS=1")
		s = startServer(t, cmd)
		s.terminate()
		await(t, "it accepts no more connections", s.refuses)
		s.terminate()
		if err := <-s.exited; err != nil {
			t.Errorf("with a Close that hangs it ended with %v\n%s", err, s.stderr)
		}
	})
}

// TestOneProcessNotOpened starts a site that cannot be opened: that is said, and it ends.
func TestOneProcessNotOpened(t *testing.T) {
	t.Parallel()
	inOneProcess(t, func(t *testing.T, start func(...string) *exec.Cmd) {
		cmd := start()
		cmd.Env = append(cmd.Env, "JARGO_TEST_FAILS=1")
		var stdout, stderr bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || stdout.Len() > 0 || !strings.Contains(stderr.String(), "Open: ") {
			t.Errorf("%v\n%s%s", err, &stdout, &stderr)
		}
	})
}
