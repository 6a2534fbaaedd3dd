package output

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestWritten changes an output after its record was written.
func TestWritten(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	is := func(want ...string) {
		t.Helper()
		if got, err := Written(dir); err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, %v, want %v", got, err, want)
		}
		if got := KeepWritten(filepath.Dir(dir)); got != (len(want) > 0) {
			t.Errorf("to be kept: %v, with %v", got, want)
		}
	}
	put("functions/a.func/executable", "program")
	put("functions/a.func/data/counts.txt", "1")
	put("functions/a.func/data/gone.txt", "1")
	if err := os.Symlink("a.func", filepath.Join(dir, "functions", "b.func")); err != nil {
		t.Fatal(err)
	}
	is() // without a record, nobody knows
	if err := WriteRecord(dir, func(name string) bool { return strings.Contains(name, "/data/") }); err != nil {
		t.Fatal(err)
	}
	is()
	put("static/x", "of no function")
	put("functions/a.prerender-config.json", "{}")
	put("functions/a.func/executable", "another program")
	put("functions/a.func/lib/__pycache__/x.pyc", "nobody's data")
	if err := os.Remove(filepath.Join(dir, "functions", "a.func", "data", "gone.txt")); err != nil {
		t.Fatal(err)
	}
	is()
	put("functions/a.func/data/counts.txt", "2")
	put("functions/a.func/guestbook.db", "")
	if err := os.Symlink("nowhere", filepath.Join(dir, "functions", "a.func", "link")); err != nil {
		t.Fatal(err)
	}
	is("functions/a.func/data/counts.txt", "functions/a.func/guestbook.db", "functions/a.func/link")
	if err := os.RemoveAll(filepath.Join(dir, "functions")); err != nil {
		t.Fatal(err)
	}
	is()
}

// TestKeepUnknown has a record that cannot be read: what nobody can know is kept, but
// what a build has not finished nobody has served.
func TestKeepUnknown(t *testing.T) {
	scratch := t.TempDir()
	dir := filepath.Join(scratch, "output")
	record := filepath.Join(dir, RecordFile)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(scratch, "marker"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(record, []byte(`{"functions/a.fu`), 0o644); err != nil {
		t.Fatal(err)
	}
	if KeepWritten(scratch) {
		t.Error("what a build has begun is kept")
	}
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(RecordFile, record); err != nil { // leads to itself
		t.Fatal(err)
	}
	if !KeepWritten(scratch) {
		t.Error("what may have been written is not kept")
	}
}
