package internal

import (
	"bytes"
	"io/fs"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// TestSource: the source of every package that a program with a host links is here.
func TestSource(t *testing.T) {
	const module = "github.com/jargo-dev/jargo/internal/"
	list, err := exec.Command("go", "list", "-deps", "-f", "{{.ImportPath}} {{range .GoFiles}}{{.}} {{end}}{{range .EmbedFiles}}{{.}} {{end}}", "./program").Output()
	if err != nil {
		t.Fatal(err)
	}
	packages := 0
	for line := range strings.Lines(string(list)) {
		words := strings.Fields(line)
		dir, ours := strings.CutPrefix(words[0], module)
		if !ours {
			continue
		}
		packages++
		for _, name := range words[1:] {
			if _, err := fs.Stat(Source, path.Join(dir, name)); err != nil {
				t.Errorf("%s is missing: add it to the patterns of source.go", path.Join(dir, name))
			}
		}
	}
	if packages == 0 {
		t.Error("no package was listed")
	}
}

// TestOldGo: the packages must not use what the go line of a site's go.mod decides on.
func TestOldGo(t *testing.T) {
	err := fs.WalkDir(Source, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := fs.ReadFile(Source, name)
		if bytes.Contains(data, []byte("http.NewServeMux(")) {
			t.Errorf("%s has a ServeMux, whose patterns are others with httpmuxgo121", name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
