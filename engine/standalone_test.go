package engine_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestCannotListen(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	for _, port := range []string{port, "no port"} {
		h := startFunction(t, os.Args[0], "VERCEL_DEV_PORT="+port)
		m := receive(t, "message", h.messages)
		if m.Type != "unrecoverable-error" || m.Payload.ExitCode != 1 || !strings.HasPrefix(m.Payload.Message, "listen tcp") {
			t.Errorf("message %+v", m)
		}
		h.process.wantExit(1)
	}
}

// freePort is a port that was free a moment ago. The tests that need a number
// in advance do not mind when it is taken since: the site then says so.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func TestPorts(t *testing.T) {
	port, other := freePort(t), freePort(t)
	if h := startFunction(t, os.Args[0], "VERCEL_DEV_PORT="+port, "PORT="+other).ready(); h.url != "http://127.0.0.1:"+port {
		t.Errorf("serves on %s, want VERCEL_DEV_PORT %s", h.url, port)
	}
	for _, env := range [][]string{{"PORT=" + other}, {"VERCEL_DEV_PORT=" + other, "PORT=1"}} {
		p := start(t, os.Args[0], env...)
		if line, want := p.firstLine(), "Listening on http://127.0.0.1:"+other+"\n"; line != want {
			t.Fatalf("%v: prints %q, want %q; %s", env, line, want, p.stderr.String())
		}
		p.cmd.Process.Signal(syscall.SIGTERM)
		p.wantExit(0)
	}
}

// Without a host the program is a plain server, which logs to standard error.
func TestStandalone(t *testing.T) {
	p := start(t, os.Args[0], "PORT=0")
	url, ok := strings.CutPrefix(strings.TrimSpace(p.firstLine()), "Listening on ")
	if !ok {
		t.Fatal("no address printed")
	}
	s := &site{t: t, url: url}
	s.do("GET", "/echo/x", append(ids("a", "1"), "X-A", "b")...).want(t, 200, "X-A=b\n")
	s.get("/_vercel/ping").want(t, 200, "OK")
	if a := s.get("/error"); a.StatusCode != 500 {
		t.Errorf("status %d", a.StatusCode)
	}
	p.cmd.Process.Signal(syscall.SIGINT)
	p.wantExit(0)
	if got := p.stderr.String(); got != "GET /error (pages/error/page.go): the cause\n" {
		t.Errorf("standard error %q", got)
	}
}

// The stored error pages are next to the program, wherever it is run from.
func TestStoredPageNextToTheProgram(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "executable")
	binary, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = os.WriteFile(program, binary, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(dir, "404.http"), []byte("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstored"), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	startFunction(t, program).ready().get("/nowhere").want(t, 404, "stored")
}

func TestNoHost(t *testing.T) {
	p := start(t, os.Args[0], "VERCEL_IPC_PATH="+filepath.Join(t.TempDir(), "none"))
	p.wantExit(1)
	if got := p.stderr.String(); !strings.HasPrefix(got, "connect to VERCEL_IPC_PATH: dial unix ") {
		t.Errorf("standard error %q", got)
	}
}
