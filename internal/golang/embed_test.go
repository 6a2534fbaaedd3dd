package golang

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// embedSite has a page with all ways to embed files, and one with a way that cannot be
// rewritten.
const embedSite = `
-- go.mod --
module example.com/site

go 1.24
-- pages/page.go --
package pages

import (
	"bytes"
	. "embed"
	all "embed"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"
)

//go:embed a.txt
var text string

var upper = strings.ToUpper(text)

var (
	//go:embed b.bin
	// What it is.
	data []byte

	//go:embed all:tree *.txt
	//go:embed b.bin

	tree all.FS
)

var lower = bytes.ToLower(data)

type page struct{}

func (page) String() string { return "<" + last + ">" }

// What it reads is not seen by whoever orders variables.
var early = fmt.Sprint(page{})

//go:embed a.txt
var last string

func Render() (string, error) {
	list := text + upper + string(lower) + early
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		list += fmt.Sprintln(name, info.Mode(), info.Size(), info.ModTime().IsZero())
		return err
	})
	if err == nil {
		err = fstest.TestFS(tree, "a.txt", "b.bin", "tree/.hidden", "tree/c/d.txt", "tree/c/e/f.txt", "tree/z")
	}
	all, _ := tree.ReadFile("tree/c/e/f.txt")
	return list + string(all), err
}

var _ FS
-- pages/a.txt --
A text
-- pages/b.bin --
SOME Bytes
-- pages/tree/z --
-- pages/tree/.hidden --
-- pages/tree/c/d.txt --
d
-- pages/tree/c/e/f.txt --
f
-- pages/odd/page.go --
package odd

import _ "embed"

type text string

//go:embed "odd text.txt"
var odd text

func Render() string { return string(odd) }
-- pages/odd/odd text.txt --
odd
`

// TestLive changes embedded files: the responses are those of the Go tool's program, and
// nothing is compiled for it where files are read when the program starts.
func TestLive(t *testing.T) {
	dir := writeSite(t, embedSite)
	s := quickSite{&memoSite{dir: dir, options: Options{Dir: dir, Cache: t.TempDir(), Session: new(Session)}}}
	ordinary := Options{Dir: dir, Cache: t.TempDir()}
	before := s.load(t, s.options)
	if want := s.load(t, ordinary); !maps.Equal(before, want) {
		t.Fatalf("responses\n%q\nwant\n%q", before, want)
	}
	for _, tt := range []struct {
		file, old, new string
		steps          []string
	}{
		{"pages/a.txt", "A text", "another text", nil},
		{"pages/b.bin", "SOME", "MORE", nil},
		{"pages/tree/c/e/f.txt", "f", "FFF", nil},
		{"pages/page.go", "// What it is.", "// What it is and does.", []string{"compile", "link"}},
		{"pages/a.txt", "another", "one more", nil},
		{"pages/odd/odd text.txt", "odd", "odder", []string{"compile", "link"}},
	} {
		s.replace(t, tt.file, tt.old, tt.new)
		var steps []string
		var diags diag.List
		program, err := Load(t.Context(), s.options, &diags)
		if err != nil || len(diags) > 0 {
			t.Fatal(err, diags)
		}
		for _, step := range program.Steps() {
			steps = append(steps, step.Name)
		}
		program.Close()
		if !slices.Equal(steps, tt.steps) {
			t.Errorf("%s: steps %v, want %v", tt.file, steps, tt.steps)
		}
		got, want := s.load(t, s.options), s.load(t, ordinary)
		if !maps.Equal(got, want) || tt.file != "pages/page.go" && maps.Equal(got, before) {
			t.Errorf("%s: responses\n%q\nwant\n%q", tt.file, got, want)
		}
		before = got
	}
}

// TestLiveMistakes checks that what the Go tool does not compile is not made to compile.
func TestLiveMistakes(t *testing.T) {
	for _, tt := range []struct{ old, new string }{
		{"var text string", "var other = 1\n\nvar text string"},
		{"var text string", "const c = 1\n\nvar text string"},
		{"var text string", "var text string = upper"},
		{"var text string", "var text, more string"},
		{"text string", "text int"},
		{"tree all.FS", "tree fs.FS"},
	} {
		dir := writeSite(t, embedSite)
		s := quickSite{&memoSite{dir: dir, options: Options{Dir: dir, Cache: t.TempDir(), Session: new(Session)}}}
		s.load(t, s.options)
		s.replace(t, filepath.Join("pages", "page.go"), tt.old, tt.new)
		var diags diag.List
		program, err := Load(t.Context(), s.options, &diags)
		if program != nil {
			program.Close()
		}
		if err != nil || len(diags) == 0 {
			t.Errorf("%s: %v, %v", tt.new, diags, err)
		}
	}
}

// TestLivePaths puts what the Go tool does not embed from on the way to an embedded file.
func TestLivePaths(t *testing.T) {
	dir := writeSite(t, `
-- go.mod --
module example.com/site

go 1.24
-- pages/page.go --
package pages

import _ "embed"

//go:embed tree/sub/text.txt
var text string

func Render() string { return text }
-- pages/tree/sub/text.txt --
text
`)
	s := quickSite{&memoSite{dir: dir, options: Options{Dir: dir, Cache: t.TempDir(), Session: new(Session)}}}
	s.load(t, s.options)
	tree := filepath.Join(dir, "pages", "tree")
	for name, tt := range map[string]struct{ change, undo func() error }{
		"a module": {
			func() error { return os.WriteFile(filepath.Join(tree, "go.mod"), []byte("module tree\n"), 0o644) },
			func() error { return os.Remove(filepath.Join(tree, "go.mod")) },
		},
		"a link": {
			func() error {
				return errors.Join(os.Rename(filepath.Join(tree, "sub"), filepath.Join(tree, "other")), os.Symlink("other", filepath.Join(tree, "sub")))
			},
			func() error {
				return errors.Join(os.Remove(filepath.Join(tree, "sub")), os.Rename(filepath.Join(tree, "other"), filepath.Join(tree, "sub")))
			},
		},
	} {
		if err := tt.change(); err != nil {
			t.Fatal(err)
		}
		var diags diag.List
		program, err := Load(t.Context(), s.options, &diags)
		if program != nil {
			program.Close()
		}
		if err != nil || len(diags) == 0 {
			t.Errorf("%s: %v, %v", name, diags, err)
		}
		if err := tt.undo(); err != nil {
			t.Fatal(err)
		}
		s.load(t, s.options)
	}
}
