package build

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSwap puts a new output in the place of an old one, and of none, in each
// way there is.
func TestSwap(t *testing.T) {
	for name, swap := range map[string]func(stage, out string) error{"exchange": swap, "rename": swapByRenaming} {
		dir := t.TempDir()
		stage, out := filepath.Join(dir, "stage"), filepath.Join(dir, "output")
		writeText(t, filepath.Join(stage, "file"), "new")
		writeText(t, filepath.Join(out, "file"), "old")
		if err := swap(stage, out); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := readText(t, filepath.Join(out, "file")); got != "new" {
			t.Errorf("%s: the output is %q", name, got)
		}
		if _, err := os.Stat(stage + ".old"); err == nil {
			t.Errorf("%s: the old output is still there", name)
		}
	}
	dir := t.TempDir()
	stage, out := filepath.Join(dir, "stage"), filepath.Join(dir, "output")
	writeText(t, filepath.Join(stage, "file"), "first")
	if err := swap(stage, out); err != nil {
		t.Fatal(err)
	}
	if got := readText(t, filepath.Join(out, "file")); got != "first" {
		t.Errorf("the first output is %q", got)
	}
}

// TestSwapFails has no new output to put in: the old one comes back.
func TestSwapFails(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "output")
	writeText(t, filepath.Join(out, "file"), "old")
	if err := swapByRenaming(filepath.Join(dir, "stage"), out); err == nil {
		t.Error("a missing output was put in")
	}
	if got := readText(t, filepath.Join(out, "file")); got != "old" {
		t.Errorf("the output is %q", got)
	}
}

func writeText(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
