package scratch

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// holdDir makes the test binary hold a scratch directory in this directory until
// it is killed, instead of testing.
const holdDir = "JARGO_TEST_SCRATCH"

func TestMain(m *testing.M) {
	parent := os.Getenv(holdDir)
	if parent == "" {
		os.Exit(m.Run())
	}
	d, err := New(parent, nil)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(d.Path)
	time.Sleep(time.Hour) // until it is killed; the runtime takes select {} for a deadlock
}

func TestRemove(t *testing.T) {
	parent := t.TempDir()
	d, err := New(parent, nil)
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(d.Path, "output", "file"))
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	if exists(d.Path) {
		t.Error("the directory is still there")
	}
}

// TestAbandoned has a process that uses a scratch directory, and is killed: the
// directory is left alone before, and goes with the next one made after.
func TestAbandoned(t *testing.T) {
	parent := t.TempDir()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), holdDir+"="+parent)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the process made no directory")
	}
	held := lines.Text()
	write(t, filepath.Join(held, "output", "file"))
	RemoveAbandoned(parent, nil)
	if !exists(filepath.Join(held, "output", "file")) {
		t.Fatal("a directory in use was removed")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	d, err := New(parent, nil)
	if err != nil {
		t.Fatal(err)
	}
	if exists(held) {
		t.Error("what a killed process left behind is still there")
	}
	if err := d.Remove(); err != nil {
		t.Error(err)
	}
}

// TestForeign has directories that are named alike, or hold what is no marker.
func TestForeign(t *testing.T) {
	parent := t.TempDir()
	names := []string{Prefix + "cache/file", Prefix + "backup/" + marker + "/file", "output-run1.tmp", "mine/" + marker}
	for _, name := range names {
		write(t, filepath.Join(parent, name))
	}
	RemoveAbandoned(parent, nil)
	for _, name := range names {
		if !exists(filepath.Join(parent, name)) {
			t.Errorf("%s was removed", name)
		}
	}
}

func write(t *testing.T, file string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
}

func exists(file string) bool {
	_, err := os.Lstat(file)
	return err == nil
}

// TestKeep has a directory that was left: it goes when nothing in it is to be kept.
func TestKeep(t *testing.T) {
	parent := t.TempDir()
	d, err := New(parent, nil)
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(d.Path, "data")
	write(t, data)
	if err := d.Leave(); err != nil {
		t.Fatal(err)
	}
	keep := func(dir string) bool { return exists(filepath.Join(dir, "data")) }
	RemoveAbandoned(parent, keep)
	if !exists(data) {
		t.Fatal("what was to be kept is gone")
	}
	if err := os.Remove(data); err != nil {
		t.Fatal(err)
	}
	RemoveAbandoned(parent, keep)
	if exists(d.Path) {
		t.Error("the directory is still there")
	}
}
