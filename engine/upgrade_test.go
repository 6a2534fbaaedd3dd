package engine

import (
	"strings"
	"testing"
)

// The handshake ends where its header does, however it is cut.
func TestTunnelSeesTheHandshake(t *testing.T) {
	for _, tt := range []struct {
		writes string // separated by |
		ends   int    // after as many of them; 0 is never
	}{
		{"HTTP/1.1 101 x\r\n\r\n", 1},
		{"HTTP/1.1 101 x\r\nA: b\r\n\r\ndata", 1},
		{"HTTP/1.1 101 x\r\n|A: b\r\n|\r\n|data", 3},
		{"x\r|\n\r|\n|\r\n\r\n", 3},
		{"x\r\n|\r|x\n", 0},
		{"|x|\r\n\r|\n", 4},
	} {
		ended := 0
		tunnel := &tunnel{end: func() { ended++ }}
		at := 0
		for i, part := range strings.Split(tt.writes, "|") {
			if tunnel.written([]byte(part)); ended > 0 && at == 0 {
				at = i + 1
			}
		}
		if at != tt.ends || ended > 1 {
			t.Errorf("%q: end after %d writes, %d times; want after %d", tt.writes, at, ended, tt.ends)
		}
	}
}
