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

// TestCloseHanging closes processes that do not end: to wait for them takes as long
// as for one.
func TestCloseHanging(t *testing.T) {
	p := newPool(Options{Processes: 4})
	for i := range p.processes {
		cmd := exec.Command(os.Args[0])
		cmd.Env = os.Environ()
		var err error
		if p.processes[i], err = start(t.Context(), cmd, time.Minute, 0); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
	}
	began := time.Now()
	p.close()
	if took := time.Since(began); took > 3*time.Second {
		t.Errorf("it takes %v", took)
	}
}
