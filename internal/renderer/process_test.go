//go:build unix

package renderer

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// TestNotReading has a process that is stopped and does not read what it is
// sent, more than the system keeps for it.
func TestNotReading(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = os.Environ()
	p, err := start(t.Context(), cmd, time.Minute, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer p.close()
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	p.setDeadlines(now.Add(time.Hour), now.Add(50*time.Millisecond))
	for id := range 64 {
		p.send(engine.Job{ID: id + 1, Path: strings.Repeat("x", 1<<16)})
	}
	var result engine.Result
	if err := p.receive(&result); err != errEnded {
		t.Errorf("got %+v, %v", result, err)
	}
}
