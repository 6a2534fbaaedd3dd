package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// activated starts jargo serve as systemd does, with a socket of a name.
func activated(t *testing.T, dir, name string, socket *os.File, env ...string) *server {
	t.Helper()
	cmd := jargoCommand(t)
	// A process that was started with a socket is told its own id: the shell's, until it
	// becomes jargo.
	shell := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" serve --prebuilt "$1"`, os.Args[0], dir)
	shell.Env = append(append(cmd.Env, "LISTEN_FDS=1", "LISTEN_FDNAMES="+name), env...)
	shell.ExtraFiles = []*os.File{socket}
	return startServer(t, shell)
}

// openSocket listens, as systemd does for a service that is to be started.
func openSocket(t *testing.T) (addr string, socket *os.File) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if socket, err = ln.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { socket.Close() })
	if err := ln.Close(); err != nil { // the file is a copy, by which it stays open
		t.Fatal(err)
	}
	return ln.Addr().String(), socket
}

// TestServeRestarts starts a host anew ten times, under load on connections that are
// new for each request: none fails.
func TestServeRestarts(t *testing.T) {
	t.Parallel()
	dir := gate.copy(t)
	addr, socket := openSocket(t)
	s := activated(t, dir, "jargo.socket", socket)
	if s.url != "http://"+addr {
		t.Errorf("it listens on %s", s.url)
	}
	var answered atomic.Int64
	stop := make(chan bool)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	var visitors sync.WaitGroup
	for range 4 {
		visitors.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				resp, err := client.Get("http://" + addr + "/pid")
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil || resp.StatusCode != http.StatusOK {
					t.Errorf("%d %q, %v", resp.StatusCode, body, err)
					return
				}
				answered.Add(1)
			}
		})
	}
	for range 10 {
		before := answered.Load()
		await(t, "requests", func() bool { return answered.Load() > before+20 || t.Failed() })
		s.stop()
		s = activated(t, dir, "http", socket)
	}
	close(stop)
	visitors.Wait()
	t.Logf("%d requests", answered.Load())
}

// TestServePassedSocketIsNotInherited looks at a function's process.
func TestServePassedSocketIsNotInherited(t *testing.T) {
	t.Parallel()
	_, socket := openSocket(t)
	s := activated(t, gate.copy(t), "http", socket, "NOTIFY_SOCKET=/nowhere")
	process := filepath.Join("/proc", s.get("/pid").body)
	environ, err := os.ReadFile(filepath.Join(process, "environ"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"LISTEN_", "NOTIFY_"} {
		if strings.Contains(string(environ), name) {
			t.Errorf("the function has %s of %q", name, environ)
		}
	}
	var stat syscall.Stat_t
	if err := syscall.Fstat(int(socket.Fd()), &stat); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(process, "fd", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if target, _ := os.Readlink(file); target == fmt.Sprintf("socket:[%d]", stat.Ino) {
			t.Errorf("the function has the socket, as %s", file)
		}
	}
}

// TestServeSocketsItCannotUse passes what is not served.
func TestServeSocketsItCannotUse(t *testing.T) {
	t.Parallel()
	dir := gate.copy(t)
	_, socket := openSocket(t)
	file, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, test := range []struct {
		names  string
		passed []*os.File
		want   string
	}{
		{"https", []*os.File{socket}, `a socket named "https" was passed, and the site is served without https`},
		{"http:other", []*os.File{socket, socket}, `sockets named ["http" "other"] were passed: the site is served on one, named "http"`},
		{"admin", []*os.File{socket}, `sockets named ["admin"] were passed: the site is served on one, named "http"`},
		{"http:http", []*os.File{socket, socket}, `two sockets named "http" were passed`},
		{"", []*os.File{file}, `descriptor 3, which was passed as a socket named ""`},
	} {
		shell := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" serve --prebuilt "$1"`, os.Args[0], dir)
		shell.Env = append(jargoCommand(t).Env, fmt.Sprint("LISTEN_FDS=", len(test.passed)), "LISTEN_FDNAMES="+test.names)
		shell.ExtraFiles = test.passed
		if out, err := shell.CombinedOutput(); err == nil || !strings.Contains(string(out), test.want) {
			t.Errorf("%s: %v: %s", test.names, err, out)
		}
	}
}

// TestServeIgnoresSocketsOfOthers is told of sockets that were passed to another process.
func TestServeIgnoresSocketsOfOthers(t *testing.T) {
	t.Parallel()
	cmd := serveCommand(t, gate.copy(t), "--prebuilt")
	cmd.Env = append(cmd.Env, "LISTEN_FDS=1", "LISTEN_PID=1")
	if a := startServer(t, cmd).get("/pid"); a.status != http.StatusOK {
		t.Error(a)
	}
}

// TestServeTellsItsSupervisor has a server that reloads and stops.
func TestServeTellsItsSupervisor(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	said := func(want string) {
		t.Helper()
		if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		var message [1 << 10]byte
		n, err := conn.Read(message[:])
		if got, _, _ := strings.Cut(string(message[:n]), "="); err != nil || got+"=" != want && string(message[:n]) != want {
			t.Fatalf("said %q, want %s: %v", message[:n], want, err)
		}
	}
	cmd := serveCommand(t, gate.copy(t), "--prebuilt")
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+name)
	s := startServer(t, cmd)
	said("READY=1")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	said("RELOADING=")
	said("READY=1")
	s.stop()
	said("STOPPING=1")
}
