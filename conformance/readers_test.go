package conformance_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestReaders holds our reader against the vendor's on outputs written by hand,
// with what sites of ours do not have. A file whose content is "-> target" is
// a symbolic link.
func TestReaders(t *testing.T) {
	needValidator(t)
	files, err := filepath.Glob("testdata/output/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no outputs in testdata/output: %v", err)
	}
	dirs := make([]string, len(files))
	for i, file := range files {
		dirs[i] = t.TempDir()
		writeTree(t, dirs[i], file)
	}
	outputs, wrong := validate(t, dirs...)
	if wrong != "" {
		t.Errorf("the vendor refuses outputs:\n%s", wrong)
	}
	for i, file := range files {
		vendor, ok := outputs[dirs[i]]
		if !ok {
			continue
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			out, err := output.Read(dirs[i])
			if err != nil {
				t.Fatalf("our reader refuses what the vendor's accepts: %v", err)
			}
			if ours := types(out); !maps.Equal(ours, vendor) {
				t.Errorf("our reader finds\n%v\nthe vendor's\n%v", ours, vendor)
			}
		})
	}
}

// writeTree writes an archive of testdata/output.
func writeTree(t *testing.T, dir, file string) {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		target, ok := strings.CutPrefix(string(f.Data), "-> ")
		if !ok {
			writeFile(t, path, string(f.Data))
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(strings.TrimSpace(target), path); err != nil {
			t.Fatal(err)
		}
	}
}

// types are the outputs by path, in the vendor's words.
func types(out *output.Output) map[string]string {
	types := map[string]string{}
	for name, entry := range out.Entries {
		switch e := entry.(type) {
		case *output.File:
			types[name] = "FileFsRef"
		case *output.Prerender:
			types[name] = "Prerender"
		case *output.Function:
			types[name] = "Lambda"
			if e.Config.Runtime == "edge" {
				types[name] = "EdgeFunction"
			}
		}
	}
	return types
}
