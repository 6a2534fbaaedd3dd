package main

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// startSupervised serves the site of one program by jargo serve, which nobody else does
// meanwhile.
func startSupervised(t *testing.T, flags ...string) *server {
	t.Helper()
	linked.build(t)
	linked.serving.Lock()
	t.Cleanup(linked.serving.Unlock)
	return startServer(t, linked.command(t, append([]string{"serve", "--addr", "127.0.0.1:0", linked.project}, flags...)...))
}

// program is the process that has host and pages.
func (s *server) program() int {
	s.t.Helper()
	line, _, _ := strings.Cut(s.get("/about").body, "\n")
	text, err := strconv.Unquote(line)
	pid, err2 := strconv.Atoi(text)
	if err != nil || err2 != nil {
		s.t.Fatalf("%q: %v, %v", line, err, err2)
	}
	return pid
}

// asNew asks for a path on a new connection, without trying again.
func (s *server) asNew(path string) (*http.Response, error) {
	transport := &http.Transport{DisableKeepAlives: true}
	defer transport.CloseIdleConnections()
	req, err := http.NewRequest(http.MethodPost, s.url+path, nil)
	if err != nil {
		return nil, err
	}
	return transport.RoundTrip(req)
}

// TestSupervisedEnds has pages end the program: it is started again, and visitors who come
// meanwhile wait.
func TestSupervisedEnds(t *testing.T) {
	t.Parallel()
	s := startSupervised(t)
	for _, path := range []string{"/exits", "/panics"} {
		before := s.program()
		if resp, err := s.asNew(path); err == nil {
			resp.Body.Close()
			t.Errorf("%s: %s", path, resp.Status)
		}
		var visitors sync.WaitGroup
		for range 20 {
			visitors.Go(func() {
				resp, err := s.asNew("/version")
				if err != nil {
					t.Errorf("after %s: %v", path, err)
					return
				}
				resp.Body.Close()
				if resp.StatusCode != 200 {
					t.Errorf("after %s: %s", path, resp.Status)
				}
			})
		}
		visitors.Wait()
		if after := s.program(); after == before || running(before) {
			t.Errorf("after %s the process %d is %d", path, before, after)
		}
	}
	s.stop()
	for _, want := range []string{`the site ended by itself and is started again`, `state="exit status 3"`, `panic: in the background`, "pages/panics/page.go:6"} {
		if !strings.Contains(s.stderr.String(), want) {
			t.Errorf("the log lacks %s:\n%s", want, s.stderr)
		}
	}
}

// TestSupervisedKilled kills jargo serve: the program ends with it, and what it has left
// goes when the site is served again.
func TestSupervisedKilled(t *testing.T) {
	t.Parallel()
	s := startSupervised(t)
	pid, served := s.program(), scratchDirs(t)
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.exited
	await(t, "the program ends", func() bool { return !running(pid) })
	s = startServer(t, linked.command(t, "serve", "--addr", "127.0.0.1:0", linked.project))
	if again := scratchDirs(t); len(again) != len(served) {
		t.Errorf("there are %v, and were %v", again, served)
	}
	s.stop()
	if left := scratchDirs(t); len(left) != 0 {
		t.Errorf("left are %v", left)
	}
}

// scratchDirs lists the directories that are there while the site is served.
func scratchDirs(t *testing.T) (dirs []string) {
	t.Helper()
	for _, parent := range []string{filepath.Join(linked.project, ".vercel"), filepath.Join(linked.cache, "jargo", "serve")} {
		list, err := filepath.Glob(filepath.Join(parent, ".jargo-*"))
		if err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, list...)
	}
	return dirs
}

// TestSupervisedGoesOver builds another version while the site is served. Its functions have
// processes, also when the program is started again, which is the old one.
func TestSupervisedGoesOver(t *testing.T) {
	t.Parallel()
	s := startSupervised(t)
	program := s.program()
	reload := func() {
		t.Helper()
		if out, err := linked.command(t, "build", linked.project).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	// The same output once more changes nothing.
	old := scratchDirs(t)
	reload()
	await(t, "the output is opened again", func() bool {
		now := scratchDirs(t)
		return len(now) == len(old) && !slices.Equal(now, old)
	})
	if now := s.program(); now != program {
		t.Errorf("pages were in process %d and are in %d", program, now)
	}

	files := []string{"pages/version/page.go", "public/style.css"}
	defer func() {
		for _, file := range files {
			replaceWord(t, filepath.Join(linked.project, file), "OTHER", "VERSION")
		}
	}()
	for _, file := range files {
		replaceWord(t, filepath.Join(linked.project, file), "VERSION", "OTHER")
	}
	reload()
	await(t, "the new output is served", func() bool { return s.get("/version").body == "OTHER" })
	check := func() {
		t.Helper()
		about := strings.Split(s.get("/about").body, "\n")
		asset, _ := strconv.Unquote(about[14])
		if a := s.get(asset); a.status != 200 || !strings.Contains(a.body, "OTHER") {
			t.Errorf("%s: %d %q", asset, a.status, a.body)
		}
		if a := s.get("/acts"); a.body != "<nil>" {
			t.Errorf("jargo.Revalidate: %s", a.body)
		}
		if a := s.get("/exits"); a.status != 500 && a.status != 502 {
			t.Errorf("a page that ends its process: %d", a.status)
		}
	}
	check()
	if now := s.program(); now == program || !running(program) {
		t.Errorf("pages are still in the process %d", now)
	}
	if err := syscall.Kill(program, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "the program ends", func() bool { return !running(program) })
	if a := s.get("/version"); a.body != "OTHER" {
		t.Errorf("after another start: %d %q", a.status, a.body)
	}
	check()
	s.stop()
}

// replaceWord replaces a word of a file by another.
func replaceWord(t *testing.T, file, old, new string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(file, bytes.ReplaceAll(text, []byte(old), []byte(new)), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
