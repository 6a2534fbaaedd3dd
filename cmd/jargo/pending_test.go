package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
)

// pending is a request whose response has begun, and ends when a file is there.
type pending struct {
	t    *testing.T
	resp *http.Response
	file string
}

// begin asks for a path whose query is the file.
func (s *server) begin(path string) *pending {
	s.t.Helper()
	resp, err := http.Get(s.url + path)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { resp.Body.Close() })
	_, file, _ := strings.Cut(path, "?")
	return &pending{s.t, resp, file}
}

// end lets the response end, which has to be whole.
func (p *pending) end() {
	p.t.Helper()
	if err := os.WriteFile(p.file, nil, 0o600); err != nil {
		p.t.Fatal(err)
	}
	if body, err := io.ReadAll(p.resp.Body); err != nil || string(body) != "begin end" {
		p.t.Errorf("the request under way: %q, %v", body, err)
	}
}

// wantCut waits for the end of a response that is not whole.
func (p *pending) wantCut() {
	p.t.Helper()
	if body, err := io.ReadAll(p.resp.Body); err == nil {
		p.t.Errorf("the response is whole: %q", body)
	}
}

// terminate tells the process to end.
func (s *server) terminate() {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
}

// refuses reports whether nobody takes connections.
func (s *server) refuses() bool {
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err == nil {
		conn.Close()
	}
	return err != nil
}
