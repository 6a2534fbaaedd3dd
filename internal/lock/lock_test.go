package lock

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// holdFile makes the test binary hold the lock of this file until it is killed,
// instead of testing.
const holdFile = "JARGO_TEST_LOCK"

func TestMain(m *testing.M) {
	name := os.Getenv(holdFile)
	if name == "" {
		os.Exit(m.Run())
	}
	if _, err := Wait(context.Background(), name, func() {}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("locked")
	time.Sleep(time.Hour) // until it is killed; the runtime takes select {} for a deadlock
}

// hold starts a process that holds the lock of a file.
func hold(t *testing.T, name string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdFile+"="+name)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if !bufio.NewScanner(out).Scan() {
		t.Fatal("the process has no lock")
	}
	return cmd
}

// TestWait waits for a process that holds the lock: until that is killed.
func TestWait(t *testing.T) {
	name := filepath.Join(t.TempDir(), "made", "lock")
	cmd := hold(t, name)
	f, err := Wait(t.Context(), name, func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_ = cmd.Wait() // it was killed
	other, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := Try(other); !errors.Is(err, ErrHeld) {
		t.Errorf("the lock is not held: %v", err)
	}
}

// TestWaitEnds ends the wait by its context.
func TestWaitEnds(t *testing.T) {
	name := filepath.Join(t.TempDir(), "lock")
	cmd := hold(t, name)
	ctx, cancel := context.WithCancel(t.Context())
	if f, err := Wait(ctx, name, cancel); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", f, err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
}

// TestRemovedFile has the holder of a lock remove its file, as it does with a
// directory that is not needed any more: the next lock is on a new file.
func TestRemovedFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "dir", "lock")
	first, err := open(name)
	if err != nil {
		t.Fatal(err)
	}
	second, err := Wait(t.Context(), name, func() {
		if err := os.RemoveAll(filepath.Dir(name)); err != nil {
			t.Error(err)
		}
		if err := first.Close(); err != nil {
			t.Error(err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if !isNamed(second, name) {
		t.Error("the lock is on a file without a name")
	}
}
