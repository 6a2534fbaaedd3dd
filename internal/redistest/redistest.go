// Package redistest runs servers of Redis for tests.
package redistest

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Server is a server that is reached by a socket in a directory of its own.
type Server struct {
	URL string

	t   testing.TB
	dir string
	cmd *exec.Cmd
}

// Start starts a server, which ends with the test. The test is skipped if there is no
// redis-server, but in CI, where it fails.
func Start(t testing.TB) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is not installed")
		}
		t.Skip("redis-server is not installed")
	}
	dir, err := os.MkdirTemp("", "redis") // the path of a socket is short
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{URL: "unix://" + filepath.Join(dir, "socket"), t: t, dir: dir}
	t.Cleanup(func() {
		s.Kill()
		os.RemoveAll(dir)
	})
	s.Restart()
	return s
}

// Kill kills the server, if it runs.
func (s *Server) Kill() {
	if s.cmd == nil {
		return
	}
	s.cmd.Process.Kill()
	s.cmd.Wait()
	s.cmd = nil
}

// Restart starts the server, which does not run, and waits until it can be asked. It is empty.
func (s *Server) Restart() {
	s.t.Helper()
	s.cmd = exec.Command("redis-server", "--port", "0", "--unixsocket", filepath.Join(s.dir, "socket"), "--dir", s.dir, "--save", "")
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	said := bufio.NewScanner(out)
	for said.Scan() {
		if strings.Contains(strings.ToLower(said.Text()), "ready to accept connections") {
			go func() {
				for said.Scan() { // or it would wait for a reader
				}
			}()
			return
		}
	}
	s.t.Fatal("redis-server did not start")
}

// Process returns the process of the server, which runs.
func (s *Server) Process() *os.Process { return s.cmd.Process }
