//go:build unix

package serve

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestReloadNothing tells a process that has no output to look for to do so.
func TestReloadNothing(t *testing.T) {
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	reload, ended := make(chan os.Signal), make(chan bool)
	go func() { manager{name}.reloadNothing(ctx, reload); close(ended) }()
	reload <- syscall.SIGHUP
	for _, want := range []string{"RELOADING=1\n", "READY=1"} {
		var message [1 << 10]byte
		n, err := conn.Read(message[:])
		if err != nil || !strings.HasPrefix(string(message[:n]), want) {
			t.Errorf("said %q, want %q: %v", message[:n], want, err)
		}
	}
	stop()
	<-ended
}
