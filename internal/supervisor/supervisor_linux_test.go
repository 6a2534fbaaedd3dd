package supervisor

import (
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/program"
	"github.com/jargo-dev/jargo/internal/scratch"
	"github.com/jargo-dev/jargo/internal/serve"
)

// records are what a handler was given.
type records struct {
	slog.Handler
	got chan slog.Record
}

func (r records) Enabled(context.Context, slog.Level) bool { return true }
func (r records) Handle(_ context.Context, record slog.Record) error {
	r.got <- record
	return nil
}

// endsOnce is a program that ends by itself the first time, and leaves behind a process that
// has all of its descriptors.
const endsOnce = `#!/bin/sh
echo ready >&4
if ! mkdir "$0.begun" 2>/dev/null; then
	echo '{"msg":"again"}' >&3
	read end
	exit
fi
sleep 600 &
echo '{"msg":"left '$!'"}' >&3
exit 1
`

// TestLeftBehind has a page end the process while what it has started goes on.
func TestLeftBehind(t *testing.T) {
	out := t.TempDir()
	if err := os.WriteFile(filepath.Join(out, "config.json"), []byte(`{"version":3}`), 0o600); err != nil {
		t.Fatal(err)
	}
	dir, err := scratch.New(t.TempDir(), output.KeepWritten)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir.Path, ProgramFile), []byte(endsOnce), 0o700); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	sockets := &serve.Sockets{Site: ln}
	defer sockets.Close()
	relayed := records{got: make(chan slog.Record, 9)}
	s := &Supervisor{
		Dir: dir, Told: program.Supervised{Output: out}, Sockets: sockets, Stdout: io.Discard, Stderr: os.Stderr,
		Log: slog.New(slog.DiscardHandler), Relay: relayed,
	}
	ctx, end := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	left := <-relayed.got
	pid, err := strconv.Atoi(strings.TrimPrefix(left.Message, "left "))
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Kill(pid, syscall.SIGKILL)
	if again := <-relayed.got; again.Message != "again" {
		t.Errorf("the program says %q", again.Message)
	}
	end()
	if err := <-ended; err != nil && !strings.Contains(err.Error(), "terminated") {
		t.Error(err)
	}
}
