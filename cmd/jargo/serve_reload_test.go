package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// writeVersion writes a site whose pages of each kind say which version it is. A
// fresh one takes its time when it is asked to.
func writeVersion(t *testing.T, project, version string) {
	t.Helper()
	for name, text := range map[string]string{
		"go.mod":                "module example.com/site\n\ngo 1.22\n",
		"public/file.txt":       "VERSION",
		"pages/page.go":         "package pages\n\nfunc Render() string { return \"VERSION\" }\n",
		"pages/fresh/page.go":   "package fresh\n\nimport (\n\t\"net/http\"\n\t\"time\"\n)\n\nfunc Handler(w http.ResponseWriter, r *http.Request) {\n\tw.Write([]byte(\"VERSION\"))\n\tif r.URL.RawQuery != \"\" {\n\t\tw.(http.Flusher).Flush()\n\t\ttime.Sleep(time.Minute)\n\t}\n}\n",
		"pages/VERSION/page.go": "package version\n\nfunc Render() string { return \"VERSION\" }\n",
	} {
		file := filepath.Join(project, filepath.FromSlash(strings.ReplaceAll(name, "VERSION", version)))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "VERSION", version)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestServeGoesOver builds a site again while it is served and asked: no request
// fails, what comes of one page is of one version, and in the end it is the new
// one.
func TestServeGoesOver(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds a site twice")
	}
	project := t.TempDir()
	writeVersion(t, project, "old")
	s := startServe(t, project)
	if err := os.RemoveAll(filepath.Join(project, "pages", "old")); err != nil {
		t.Fatal(err)
	}
	writeVersion(t, project, "new")
	stop := make(chan bool)
	var visitors sync.WaitGroup
	for _, path := range []string{"/", "/fresh", "/file.txt"} {
		visitors.Go(func() {
			seen := "old"
			for {
				a := s.get(path)
				if a.status != 200 || a.body != "old" && a.body != "new" || a.body == "old" && seen == "new" {
					t.Errorf("%s: %d %q after %s", path, a.status, a.body, seen)
				}
				seen = a.body
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	build := exec.Command(os.Args[0], "build", project)
	build.Env = s.cmd.Env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	await(t, "the new output is served", func() bool { return s.get("/new").status == 200 })
	for path, want := range map[string]string{"/": "new", "/fresh": "new", "/file.txt": "new", "/new": "new"} {
		if a := s.get(path); a.status != 200 || a.body != want {
			t.Errorf("%s: %d %q, want %q", path, a.status, a.body, want)
		}
	}
	if a := s.get("/old"); a.status != 404 {
		t.Errorf("/old: %d", a.status)
	}
	close(stop)
	visitors.Wait()
	s.stop()
	entries, err := os.ReadDir(filepath.Join(project, ".vercel"))
	if err != nil || len(entries) != 1 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// TestSecondInterrupt interrupts a server that is at a request which takes a minute: the
// first time it waits for it, the second time it ends.
func TestSecondInterrupt(t *testing.T) {
	t.Parallel()
	for command, start := range map[string]func(*testing.T, string) *server{
		"serve": func(t *testing.T, project string) *server { return startServe(t, project) },
		"dev":   func(t *testing.T, project string) *server { return newDevAt(t, project, t.TempDir()).server },
	} {
		t.Run(command, func(t *testing.T) {
			t.Parallel()
			project := t.TempDir()
			writeVersion(t, project, "old")
			interruptTwice(t, start(t, project))
			left, err := filepath.Glob(filepath.Join(project, ".vercel", ".*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left are %v, %v", left, err)
			}
		})
	}
}

func interruptTwice(t *testing.T, s *server) {
	t.Helper()
	resp, err := http.Get(s.url + "/fresh?slow") // its first bytes are there
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	interrupt := func() {
		t.Helper()
		if err := s.cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
	}
	interrupt()
	await(t, "it accepts no more connections", func() bool {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	interrupt()
	select {
	case err := <-s.exited:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end") // it would, after half a minute
		s.cmd.Process.Kill()
		<-s.exited
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the answer is whole")
	}
}
