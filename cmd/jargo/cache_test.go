package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// runCache runs jargo cache against a server: what it prints, its messages, and its exit
// status.
func (s *server) runCache(args ...string) (stdout, stderr string, status int) {
	s.t.Helper()
	cmd := exec.Command(s.cmd.Path, append([]string{"cache"}, args...)...)
	cmd.Env = s.cmd.Env
	var out, messages bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &messages
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	if strings.Contains(out.String()+messages.String(), bypassToken) {
		s.t.Errorf("jargo cache %q shows the token", args)
	}
	return out.String(), messages.String(), cmd.ProcessState.ExitCode()
}

// wantCache runs jargo cache and compares what it prints, without ages and other times.
func (s *server) wantCache(status int, want string, args ...string) {
	s.t.Helper()
	stdout, stderr, got := s.runCache(args...)
	text := regexp.MustCompile(`\d+(\.\d+)?(ms|s)\b`).ReplaceAllString(stdout+stderr, "TIME")
	if got != status || text != want {
		s.t.Errorf("jargo cache %q: status %d\n%s\nwant %d\n%s", args, got, text, status, want)
	}
}

// TestCache looks into a running host, and changes what it keeps.
func TestCache(t *testing.T) {
	t.Parallel()
	s := startDrafts(t, "--host", "127.0.0.1")
	dir := s.cmd.Args[4]
	s.wantCache(0, "jargo: nothing is kept\n", "list", dir)
	s.get("/go/live/a?tag=x&other=y")
	s.get("/go/live/a")
	s.get("/go/live/%C3%A9")
	s.get("/go/live/gone")
	s.wantCache(0, `PATH               STATE   AGE   SIZE   STATUS   TYPE        PAGE
/go/live/%C3%A9    fresh   TIME    43 B   200      text/html   go/live/[slug]
/go/live/a         fresh   TIME    38 B   200      text/html   go/live/[slug]
/go/live/a?tag=x   fresh   TIME    44 B   200      text/html   go/live/[slug]
/go/live/gone      fresh   TIME    16 B   404      text/html   go/live/[slug]
`, "list", dir)
	stdout, _, _ := s.runCache("list", "--json", "--prefix", "/go/live/a", dir)
	var list []struct {
		Path, Page, Host, State string
		Age                     float64
		Size                    int
	}
	if err := json.Unmarshal([]byte(stdout), &list); err != nil || len(list) != 2 || list[1].Path != "/go/live/a?tag=x" || list[1].Page != "go/live/[slug]" ||
		list[1].Host != "127.0.0.1" || list[1].State != "fresh" || list[1].Age <= 0 || list[1].Size != 44 {
		t.Errorf("the list is %s: %v", stdout, err)
	}
	s.wantCache(0, "200 OK\nContent-Type: text/html; charset=utf-8\n\nrendering 3 of /go/live/%C3%A9, draft false", "show", "/go/live/é", dir)
	s.wantCache(1, "jargo: 2 entries are kept at /go/live/a, say which:\n    /go/live/a --host 127.0.0.1\n    /go/live/a?tag=x --host 127.0.0.1\n", "show", "/go/live/a", dir)
	s.wantCache(1, "jargo: nothing is kept at /go/live/b for a.example\n", "show", "/go/live/b", "--host", "a.example", dir)

	s.wantCache(0, "1 page rendered in TIME\n", "revalidate", "/go/live/a?tag=x", dir)
	s.wantPage("/go/live/a?tag=x", "HIT", "rendering 4 of /go/live/a?tag=x, draft false")
	s.wantCache(0, "4 pages rendered in TIME\n", "revalidate", "--prefix", "/go/live/", dir)
	s.wantCache(0, "1 page rendered in TIME\n", "revalidate", "/go/counts", dir) // of which there is only what was built
	s.wantPage("/go/counts", "HIT", `rendering 8, draft false for ""`)
	s.wantCache(1, "jargo: 1 page not rendered:\n    /file.txt: it is no regenerated page\n", "revalidate", "/file.txt", dir)
	s.act("go", "fail", "yes")
	s.wantCache(1, "jargo: 1 page not rendered:\n    127.0.0.1/go/counts: it was not rendered, status 500: the log says why\n", "revalidate", "/go/counts", dir)

	s.wantCache(0, "2 pages dropped in TIME\n", "drop", "/go/live/a", dir)
	s.wantPage("/go/live/a", "MISS", "rendering 9 of /go/live/a, draft false")
	s.wantCache(0, "4 pages dropped in TIME\n", "drop", "--prefix", "/", dir)
	s.wantCache(1, "jargo: nothing is kept below /\n", "drop", "--prefix", "/", dir)

	for _, tt := range []struct {
		status int
		want   string
		args   []string
	}{
		{2, "jargo: say which page: PATH, as /blog/hello\n", []string{"drop"}},
		{2, `jargo: "blog" is no path of a URL: it begins with a slash` + "\n", []string{"show", "blog"}},
		{2, `jargo: "blog" begins no path of a URL: those begin with a slash` + "\n", []string{"list", "--prefix", "blog"}},
		{2, "jargo: 2 arguments are too many\n", []string{"list", "a", "b"}},
		{1, "jargo: no jargo serve of \"/nowhere\" is running that this user has started\n    one elsewhere is found by --admin, which it needs, too\n", []string{"list", "/nowhere"}},
		{1, "jargo: ask the host at unix:/nowhere: dial unix /nowhere: connect: no such file or directory\n", []string{"list", "--admin", "unix:/nowhere"}},
		{1, "jargo: ask the host at here: \"here\" is no port, host:port or unix:PATH\n", []string{"list", "--admin", "here"}},
		{1, "jargo: the host at " + strings.TrimPrefix(s.url, "http://") + " refuses: ", []string{"list", "--admin", strings.TrimPrefix(s.url, "http://")}},
	} {
		if _, stderr, status := s.runCache(tt.args...); status != tt.status || !strings.HasPrefix(stderr, tt.want) {
			t.Errorf("%q: status %d, %s\nwant %d, %s", tt.args, status, stderr, tt.status, tt.want)
		}
	}

	second := serveCommand(t, dir, "--prebuilt")
	second.Env = s.cmd.Env
	startServer(t, second)
	_, stderr, status := s.runCache("list", dir)
	lines := strings.Split(strings.TrimSpace(stderr), "\n")
	if status != 1 || len(lines) != 3 || !strings.HasSuffix(lines[0], "2 hosts serve \""+dir+"\", say which:") {
		t.Fatalf("of two hosts: %d %s", status, stderr)
	}
	for _, line := range lines[1:] {
		s.wantCache(0, "jargo: nothing is kept\n", append(strings.Fields(line), "list")...)
	}
}
