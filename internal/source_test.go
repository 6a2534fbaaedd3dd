package internal

import (
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
