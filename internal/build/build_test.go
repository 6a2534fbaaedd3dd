package build_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/build"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// buildDir makes the test binary build the project in this directory instead of
// testing: a build in a process, and an environment, of its own.
const buildDir = "JARGO_TEST_BUILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(buildDir); dir != "" {
		if _, err := build.Build(context.Background(), build.Options{Dir: dir, Log: os.Stderr}); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestKitchenSink builds two copies of the kitchen sink, in two directories and
// one of them on one core. The outputs must be the same to the byte, programs
// too, and what is not a program the same as the golden file.
func TestKitchenSink(t *testing.T) {
	one := buildCopy(t, "GOMAXPROCS=1")
	two := buildCopy(t, "GOMAXPROCS=4")
	got := readTree(t, one)
	compareTrees(t, got, readTree(t, two))

	var golden txtar.Archive
	for _, f := range got {
		if filepath.Base(f.Name) != "executable" {
			golden.Files = append(golden.Files, f)
		}
	}
	golden.Comment = []byte("The output of examples/kitchensink, programs aside. A link is written as -> and\nits target. go test ./internal/build -update rewrites this file.\n\n")
	compareGolden(t, filepath.Join("testdata", "kitchensink.txtar"), txtar.Format(&golden))
}

// buildCopy copies what the kitchen sink needs of this module to a new
// directory, builds it there and returns the output directory.
func buildCopy(t *testing.T, env string) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	module := t.TempDir()
	project := filepath.Join(module, "examples", "kitchensink")
	for _, dir := range []string{"pages", "public"} {
		from := filepath.Join(root, "examples", "kitchensink", dir)
		if err := os.CopyFS(filepath.Join(project, dir), os.DirFS(from)); err != nil {
			t.Fatal(err)
		}
	}
	copyModule(t, module)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), buildDir+"="+project, "XDG_CACHE_HOME="+t.TempDir(), bypassToken, env)
	// A site finds the Go build cache where it is, not below XDG_CACHE_HOME.
	cmd.Env = append(cmd.Env, "GOCACHE="+goEnv(t, "GOCACHE"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build with %s: %v\n%s", env, err, out)
	}
	return filepath.Join(project, ".vercel", "output")
}

// bypassToken is part of what the golden outputs are made of: a project without one
// gets a random one.
const bypassToken = "JARGO_BYPASS_TOKEN=0123456789abcdef0123456789abcdef"

// copyModule copies what a site needs of this module to another directory.
func copyModule(t *testing.T, to string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range append(files, filepath.Join("..", "..", "go.mod"), filepath.Join("..", "..", "go.sum")) {
		if name := filepath.Base(file); !strings.HasSuffix(name, "_test.go") {
			copyTree(t, filepath.Join(to, name), file)
		}
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(bytes.TrimSpace(out))
}

// readTree reads the files below dir in lexical order. The content of a link
// is -> and its target.
func readTree(t *testing.T, dir string) []txtar.File {
	t.Helper()
	var files []txtar.File
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		var data []byte
		if entry.Type() == fs.ModeSymlink {
			var target string
			target, err = os.Readlink(file)
			data = []byte("-> " + target + "\n")
		} else {
			data, err = os.ReadFile(file)
		}
		files = append(files, txtar.File{Name: filepath.ToSlash(rel), Data: data})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("there is nothing in %s", dir)
	}
	return files
}

func compareTrees(t *testing.T, a, b []txtar.File) {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("one output has %d files, the other %d", len(a), len(b))
	}
	for i := range a {
		if a[i].Name != b[i].Name || !bytes.Equal(a[i].Data, b[i].Data) {
			t.Errorf("the outputs differ: %s and %s", a[i].Name, b[i].Name)
		}
	}
}

// compareGolden compares got with a golden file, or rewrites the file.
func compareGolden(t *testing.T, file string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: go test ./internal/build -update\n%s", file, diff.Diff("want", want, "got", got))
	}
}
