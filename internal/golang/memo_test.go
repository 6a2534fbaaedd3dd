package golang

import (
	"os"
	"path/filepath"
	"testing"
)

// TestModuleFiles has a workspace and modules whose places are replaced: the
// go.mod of each decides on versions.
func TestModuleFiles(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"go.work":     "go 1.24\n\nuse (\n\t./site\n\t./other\n)\n\nreplace example.com/c => ./c\n",
		"site/go.mod": "module example.com/site\n\ngo 1.24\n\nreplace (\n\texample.com/a => ../a\n\texample.com/b => example.com/b v1.0.0\n)\n",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := make(goEnv, len(goVariables))
	for i, name := range goVariables {
		switch name {
		case "GOMOD":
			env[i] = filepath.Join(dir, "site", "go.mod")
		case "GOWORK":
			env[i] = filepath.Join(dir, "go.work")
		}
	}
	got := map[string]bool{}
	for _, file := range (goTool{env: env}).moduleFiles() {
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			t.Fatal(err)
		}
		got[filepath.ToSlash(rel)] = true
	}
	for _, want := range []string{
		"site/go.mod", "site/go.sum", "site/vendor/modules.txt", "go.work", "go.work.sum", "vendor/modules.txt",
		"other/go.mod", "a/go.mod", "c/go.mod",
	} {
		if !got[want] {
			t.Errorf("%s is missing from %v", want, got)
		}
	}
	if got["b/go.mod"] {
		t.Error("a module of the module cache is among them")
	}
}
