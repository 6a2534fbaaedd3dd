package host

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func TestAuthority(t *testing.T) {
	for _, ok := range []string{"shop.example", "a_b-c.example:8080", "localhost:1", "127.0.0.1:65535", "[::1]", "[2001:db8::1]:443"} {
		if !validAuthority(ok) {
			t.Errorf("%q is refused", ok)
		}
	}
	for _, bad := range []string{"a:b", "a:", ":80", "a:65536", "a:000080", "[x.test]", "[::1", "::1", "[::1]x", "[::1%25eth0]", "[127.0.0.1]", "a b", "a/b", "a@b", "a%41", "é.example", "a, b"} {
		if validAuthority(bad) {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// rawStatus sends a request verbatim and returns the response's status.
func (s *site) rawStatus(request string) int {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		s.t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	return resp.StatusCode
}

func TestBadHost(t *testing.T) {
	s := newSite(t, functionSite, func(o *Options) { o.TrustForwarded = true })
	for _, host := range []string{"a:b", "[x.test]"} {
		if status := s.rawStatus("GET /fn HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n"); status != 400 {
			t.Errorf("Host: %s: status %d", host, status)
		}
		s.want(s.get("/fn", "X-Forwarded-Host: "+host), 400, "*", "X-Vercel-Error: BAD_REQUEST")
	}
	if status := s.rawStatus("GET /fn HTTP/1.0\r\n\r\n"); status != 200 {
		t.Errorf("no Host: status %d", status)
	}
	if n := s.puppet.started(); n != 1 {
		t.Errorf("%d processes, want 1", n)
	}
}

// TestNodeBadHost requests a host that only the function's own parser rejects: the
// process survives.
func TestNodeBadHost(t *testing.T) {
	need(t, "node")
	s := newSite(t, nodeSite)
	s.want(s.get("/fetch"), 200, "fetched")
	s.want(s.get("/fetch", "Host: 1.2.3.4.5"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
	if status := s.rawStatus("GET /fetch HTTP/1.0\r\n\r\n"); status != 200 {
		t.Errorf("no Host: status %d", status)
	}
	if log := s.log.String(); strings.Contains(log, "function ended") {
		t.Error("the process has ended")
	}
}
