package engine_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

// What Open returned is closed after the last request, and an error of that logged.
func TestCloseAfterTheLastRequest(t *testing.T) {
	for how, want := range map[string]string{
		"close fails":  "Close of what Open returned: disk full\n",
		"close panics": "Close of what Open returned: panic: too late\n\t",
		"nil":          "Close of what Open returned: invalid argument\n",
	} {
		h := startFunction(t, os.Args[0], "ENGINE_TEST_OPEN="+how).ready()
		body, response := h.begin("inv")
		h.stop(syscall.SIGTERM)
		fmt.Fprint(body, "more")
		body.Close()
		if body, err := io.ReadAll(response.Body); err != nil || string(body) != "begun done" {
			t.Errorf("%s: body %q, %v", how, body, err)
		}
		h.wantEnd("inv", 0) // before the message of Close
		m := receive(t, "message", h.messages)
		if text, err := base64.StdEncoding.DecodeString(m.Payload.Message); err != nil || m.Type != "log" || !strings.HasPrefix(string(text), want) {
			t.Errorf("%s: message %+v, %q", how, m, text)
		}
		h.process.wantExit(0)
		if out, _ := io.ReadAll(h.process.stdout); how != "nil" && string(out) != "closed\n" {
			t.Errorf("%s: closed %q", how, out)
		}
	}
}

// Without Open, or when it fails, there is no function.
func TestOpenFails(t *testing.T) {
	for how, want := range map[string]string{
		"error": "call Open: no database",
		"panic": "call Open: panic: runtime error: index out of range [5] with length 0\n\t",
	} {
		h := startFunction(t, os.Args[0], "ENGINE_TEST_OPEN="+how)
		m := receive(t, "message", h.messages)
		if m.Type != "unrecoverable-error" || m.Payload.ExitCode != 1 || !strings.HasPrefix(m.Payload.Message, want) {
			t.Errorf("%s: message %+v", how, m)
		}
		if strings.Contains(m.Payload.Message, "Site.open") {
			t.Errorf("%s: the engine is in the stack:\n%s", how, m.Payload.Message)
		}
		h.process.wantExit(1)
		if log := h.process.stderr.String(); !strings.HasPrefix(log, want) {
			t.Errorf("%s: standard error %q", how, log)
		}
	}
}

// A process that is asked to end while it opens ends.
func TestEndWhileOpening(t *testing.T) {
	h := startFunction(t, os.Args[0], "ENGINE_TEST_OPEN=wait")
	if line := h.process.firstLine(); line != "waiting\n" {
		t.Fatalf("prints %q", line)
	}
	h.process.cmd.Process.Signal(syscall.SIGTERM)
	h.process.wantExit(0)
	for m := range h.messages {
		t.Errorf("message %+v", m)
	}
}

// In a build, every page fails with the error of Open, which the build says once.
func TestOpenInBuild(t *testing.T) {
	t.Setenv("ENGINE_TEST_OPEN", "panic")
	f := startBuild(t)
	f.sendJob(engine.Job{ID: 1, Page: f.pages["/info"], Path: "/info"})
	var got engine.Result
	f.read(&got)
	if got.Failure == nil || got.Failure.In != engine.InOpen || got.Failure.Type != engine.Panic || got.Failure.Fix == "" ||
		len(got.Failure.Frames) == 0 || !strings.HasSuffix(got.Failure.Frames[0].Func, ".panicInPage") {
		t.Errorf("failure %+v", got.Failure)
	}
	f.conn.Close()
	f.process.wantExit(0)
}

// Of an Open that fails there is nothing to close.
func TestOpenFailsInBuild(t *testing.T) {
	t.Setenv("ENGINE_TEST_OPEN", "error")
	f := startBuild(t)
	f.sendJob(engine.Job{ID: 1, Page: f.pages["/info"], Path: "/info"})
	var got engine.Result
	if f.read(&got); got.Failure == nil || got.Failure.In != engine.InOpen || got.Failure.Message != "no database" {
		t.Errorf("failure %+v", got.Failure)
	}
	f.conn.Close()
	f.process.wantExit(0)
	if log := f.process.stderr.String(); log != "" {
		t.Errorf("standard error %q", log)
	}
}

func TestCloseAfterBuild(t *testing.T) {
	t.Setenv("ENGINE_TEST_OPEN", "close fails")
	f := startBuild(t)
	f.sendJob(engine.Job{ID: 1, Page: f.pages["/info"], Path: "/info"})
	var got engine.Result
	if f.read(&got); got.Failure != nil {
		t.Errorf("failure %+v", got.Failure)
	}
	f.conn.Close()
	f.process.wantExit(0)
	if log := f.process.stderr.String(); log != "Close of what Open returned: disk full\n" {
		t.Errorf("standard error %q", log)
	}
}

// A build that is gone ends a process in which Open hangs.
func TestBuildGoneWhileOpening(t *testing.T) {
	l, dir := listenBuild(t)
	p := start(t, os.Args[0], engine.BuildDir+"="+dir, "ENGINE_TEST_OPEN=wait")
	conn := accept(t, l)
	if line := p.firstLine(); line != "waiting\n" {
		t.Fatalf("prints %q", line)
	}
	conn.Close()
	p.wantExit(0)
}
