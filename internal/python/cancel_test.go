package python

import (
	"context"
	"errors"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// TestCancel ends a build whose page never returns.
func TestCancel(t *testing.T) {
	log := &waiter{text: "rendering", seen: make(chan struct{})}
	dir := project(t, `
-- pages/a.py --
import threading
def render():
    print("rendering", flush=True)
    threading.Event().wait()
`)
	ctx, cancel := context.WithCancel(t.Context())
	var diags diag.List
	p, err := Load(ctx, Options{Dir: dir, Log: log}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	page := p.Pages()[0]
	go func() {
		<-log.seen
		cancel()
	}()
	err = p.Render(ctx, []site.Job{{Page: page, Path: "/a", File: dir + "/out"}}, &diags, func(int, *site.Response) {})
	if !errors.Is(err, context.Canceled) || len(diags) > 0 {
		t.Errorf("got %v, %v", err, diags)
	}
}

// TestCancelChildren ends a build with a page that waits for a program, which
// ends with it.
func TestCancelChildren(t *testing.T) {
	log := &waiter{text: "\n", seen: make(chan struct{})}
	dir := project(t, `
-- pages/a.py --
import subprocess
child = subprocess.Popen(["sleep", "600"])
print(child.pid, flush=True)
child.wait()
`)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-log.seen
		cancel()
	}()
	var diags diag.List
	if _, err := Load(ctx, Options{Dir: dir, Log: log}, &diags); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", err, diags)
	}
	awaitEnd(t, string(log.all))
}

// awaitEnd waits until a process has ended, and ends it when it does not.
func awaitEnd(t *testing.T, text string) {
	t.Helper()
	pid, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); ; {
		state, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output()
		if err != nil || strings.HasPrefix(string(state), "Z") {
			return
		}
		if time.Now().After(deadline) {
			_ = syscall.Kill(pid, syscall.SIGKILL)
			t.Fatalf("process %d is still there", pid)
		}
		time.Sleep(10 * time.Millisecond) // each look is a process of its own
	}
}

// TestInterruptible checks that what a page starts can be interrupted.
func TestInterruptible(t *testing.T) {
	p, diags := loadProject(t, project(t, `
-- pages/a.py --
import subprocess, sys
def render():
    ask = "import signal; print(signal.getsignal(signal.SIGINT) is not signal.SIG_IGN)"
    return subprocess.check_output([sys.executable, "-c", ask])
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/a"] != "200 True\n" {
		t.Errorf("got %v, %v", got, err)
	}
}
