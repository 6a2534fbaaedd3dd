//go:build unix

package function

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/jargo-dev/jargo/internal/output"
)

// pythonFunction says what its process is like.
const pythonFunction = `
import json, os, signal, sys, time

print("imported by", os.getpid(), flush=True)

def handler(event, context):
    own = ("VERCEL_IPC_PATH", "VERCEL_DEV_PORT")
    body = {
        "environment": {k: v for k, v in os.environ.items() if k not in own},
        "directory": os.getcwd(), "arguments": sys.argv[1:], "path": sys.path[0], "flags": str(sys.flags),
        "input": sys.stdin.read(), "leads": os.getpgid(0) == os.getpid(), "zone": time.tzname,
        "modules": sorted(sys.modules), "descriptors": len(os.listdir("/dev/fd")),
        "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGPIPE)],
    }
    return {"statusCode": 200, "headers": {"pid": str(os.getpid())}, "body": json.dumps(body)}
`

// syncBuffer is a log.
type syncBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// respond has a new process of the function in dir respond, as one of an output that has
// just been deployed, and returns what it says, and its pid. The process has ended.
func respond(t *testing.T, dir string, spares *Spares, env map[string]string) (string, int) {
	t.Helper()
	if _, err := exec.LookPath("python3"); err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	// What a version manager adds to the environment is not the spare's.
	python, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatal(err)
	}
	var log syncBuffer
	s := NewSet(Options{Log: slog.New(slog.NewTextHandler(&log, nil)), Spares: spares, Python: strings.TrimSpace(string(python))})
	f := &output.Function{Name: "f", Dir: dir, Config: output.FunctionConfig{Runtime: "python3.13", Handler: "index.handler", Environment: env}}
	fn, err := s.Get(f)
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://function/", nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := fn.RoundTrip(request)
	if err != nil {
		t.Fatal(err, log.String())
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	s.Close(context.WithoutCancel(t.Context()))
	var pid int
	if _, err := fmt.Sscan(response.Header.Get("pid"), &pid); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), fmt.Sprint("imported by ", pid)) {
		t.Errorf("what it printed is not in the log:\n%s", log.String())
	}
	if syscall.Kill(pid, 0) == nil {
		t.Error("the process is still there")
	}
	return string(body), pid
}

// waiting is the pid of the spare; 0 if there is none.
func (s *Spares) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spare == nil {
		return 0
	}
	return s.spare.cmd.Process.Pid
}

// awaitSpare is the pid of the spare once it is another one. It is started beside what the
// function does.
func awaitSpare(t *testing.T, s *Spares, before int) int {
	t.Helper()
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(time.Millisecond) {
		if pid := s.waiting(); pid != 0 && pid != before {
			return pid
		}
	}
	t.Fatal("there is no spare")
	return 0
}

// TestSpares checks that a spare is used where a function would have been started so, and
// is then as one that was.
func TestSpares(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "index.py"), []byte(pythonFunction), 0o644); err != nil {
		t.Fatal(err)
	}
	own := map[string]string{"JARGO_GREETING": "hello"}
	spares := new(Spares)
	defer spares.Close()
	respond(t, dir, spares, nil)

	t.Setenv("JARGO_TEST_SPARES", "caf\xe9") // set since it was started
	want, _ := respond(t, dir, nil, own)
	spare := awaitSpare(t, spares, 0)
	got, pid := respond(t, dir, spares, own)
	if pid != spare {
		t.Errorf("the process is %d, and not the spare, %d", pid, spare)
	}
	if d := diff.Diff("another", pretty(t, want), "spare", pretty(t, got)); d != nil {
		t.Errorf("the spare is not as another process:\n%s", d)
	}

	spare = awaitSpare(t, spares, spare)
	t.Setenv("TEST_SPARES", "1") // which a sitecustomize.py may look at
	if _, pid := respond(t, dir, spares, nil); pid == spare {
		t.Error("a spare is used that was started in another environment")
	}
	spare = awaitSpare(t, spares, spare)
	if _, pid := respond(t, dir, spares, map[string]string{"PYTHONHASHSEED": "0"}); pid == spare {
		t.Error("a spare is used that was started with another seed")
	}
	other := awaitSpare(t, spares, spare)
	if syscall.Kill(spare, 0) == nil {
		t.Error("the spare of other functions is still there")
	}

	spare = other
	if err := syscall.Kill(spare, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, pid := respond(t, dir, spares, map[string]string{"PYTHONHASHSEED": "0"}); pid == spare {
		t.Error("a spare is used that was killed")
	}
	spare = awaitSpare(t, spares, spare)
	spares.Close()
	if syscall.Kill(spare, 0) == nil {
		t.Error("the spare is still there")
	}
	if respond(t, dir, spares, nil); spares.waiting() != 0 {
		t.Error("there is a spare when there are to be none any more")
	}
}

func pretty(t *testing.T, text string) []byte {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	data, _ := json.MarshalIndent(v, "", " ")
	return append(data, '\n')
}
