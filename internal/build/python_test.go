package build_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestPythonExample builds two copies of the Python site, in two directories
// and one of them on one core and with no go command to be found. The outputs
// must be the same to the byte, and the same as the golden file.
func TestPythonExample(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	got := readTree(t, buildPython(t, "python", "GOMAXPROCS=1", "PATH="+onlyPython(t)))
	compareTrees(t, got, readTree(t, buildPython(t, "python", "GOMAXPROCS=4")))
	golden(t, "python", got)
}

// TestMixedExample builds Go and Python pages in one tree.
func TestMixedExample(t *testing.T) {
	golden(t, "mixed", readTree(t, buildPython(t, "mixed")))
}

// golden compares an output, without programs and what is of the handler
// itself, with the golden file of that name.
func golden(t *testing.T, name string, got []txtar.File) {
	t.Helper()
	archive := txtar.Archive{Comment: []byte("The output of examples/" + name + ", programs, packages and the handler aside. A link is\n" +
		"written as -> and its target. go test ./internal/build -update rewrites this file.\n\n")}
	for _, f := range got {
		switch base := filepath.Base(f.Name); {
		case base == "executable", base == "jargo_handler.py", filepath.Ext(base) == ".whl":
			f.Data = []byte("…\n")
		case strings.Contains(f.Name, ".dist-info/"):
			continue // pip's own words
		}
		archive.Files = append(archive.Files, f)
	}
	compareGolden(t, filepath.Join("testdata", name+".txtar"), txtar.Format(&archive))
}

// buildPython copies an example to a new directory, with the module when it has
// Go pages, builds it there and returns the output directory.
func buildPython(t *testing.T, name string, env ...string) string {
	t.Helper()
	module := t.TempDir()
	project := filepath.Join(module, "examples", name)
	copyTree(t, project, filepath.Join("..", "..", "examples", name))
	env = append(append(os.Environ(), buildDir+"="+project, "XDG_CACHE_HOME="+t.TempDir(), bypassToken), env...)
	if name == "mixed" {
		copyModule(t, module)
		env = append(env, "GOCACHE="+goEnv(t, "GOCACHE"))
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v\n%s", name, err, out)
	}
	return filepath.Join(project, ".vercel", "output")
}

// copyTree copies a file, or a directory without what building and running it
// here may have left.
func copyTree(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name := entry.Name(); file != from && (name == ".vercel" || name == "__pycache__") {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(from, file)
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		}
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// onlyPython is a directory for PATH with python3 in it and nothing else.
func onlyPython(t *testing.T) string {
	t.Helper()
	python, err := exec.Command("python3", "-c", "import sys; print(sys.executable)").Output()
	if err != nil {
		t.Fatalf("python3: %v", err)
	}
	dir := t.TempDir()
	if err := os.Symlink(strings.TrimSpace(string(python)), filepath.Join(dir, "python3")); err != nil {
		t.Fatal(err)
	}
	return dir
}
