package function

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTempDirIsShort makes the system's temporary directory too long for sockets.
func TestTempDirIsShort(t *testing.T) {
	long := filepath.Join(t.TempDir(), strings.Repeat("long", 30))
	if err := os.Mkdir(long, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", long)
	s := NewSet(Options{})
	defer s.Close(t.Context())
	dir, err := s.tempDir()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("unix", filepath.Join(dir, "12345.sock"))
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
}
