package build_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/build"
)

// developed is a project whose builds share a session.
type developed struct {
	t       *testing.T
	dir     string
	outputs string
	session build.Session
	log     io.Writer
	n       int
}

func newDeveloped(t *testing.T, files string) *developed {
	t.Helper()
	d := &developed{t: t, dir: t.TempDir(), outputs: t.TempDir(), log: t.Output()}
	for _, f := range txtar.Parse([]byte(files)).Files {
		d.write(f.Name, string(f.Data))
	}
	return d
}

// write writes a file that was there long before the build that reads it.
func (d *developed) write(name, content string) {
	d.t.Helper()
	file := filepath.Join(d.dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		d.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		d.t.Fatal(err)
	}
	d.n++ // no two versions have the same time
	written := time.Now().Add(-time.Hour + time.Duration(d.n)*time.Second)
	if err := os.Chtimes(file, written, written); err != nil {
		d.t.Fatal(err)
	}
}

// build builds the project anew and returns the output.
func (d *developed) build() string {
	d.t.Helper()
	d.n++
	o := build.Options{Dir: d.dir, Out: filepath.Join(d.outputs, strconv.Itoa(d.n)), Dev: true, Session: &d.session, Log: d.log}
	report, err := build.Build(d.t.Context(), o)
	if err != nil {
		d.t.Fatal(err)
	}
	return report.Out
}

func (d *developed) read(names ...string) string {
	d.t.Helper()
	data, err := os.ReadFile(filepath.Join(names...))
	if err != nil {
		d.t.Fatal(err)
	}
	return string(data)
}

func (d *developed) same(a, b, name string) bool {
	d.t.Helper()
	one, err := os.Stat(filepath.Join(a, name))
	if err != nil {
		d.t.Fatal(err)
	}
	two, err := os.Stat(filepath.Join(b, name))
	if err != nil {
		d.t.Fatal(err)
	}
	return os.SameFile(one, two)
}

const pythonSite = `
-- pages/index.py --
def render(): return "home"
-- pages/now.py --
def render(): return open("words.txt").read()
def config(): return {"fresh": {}}
-- words.txt --
words
-- public/a.css --
a {}
-- public/b.css --
b {}
`

// TestSessionFiles: what has not changed is not copied again, and what has changed, in
// the project or where it was copied to, is.
func TestSessionFiles(t *testing.T) {
	d := newDeveloped(t, pythonSite)
	one := d.build()
	d.write("public/b.css", "b { }\n")
	d.write("public/a.css", "A {}\n") // of the same length
	two := d.build()
	if got := d.read(two, "static", "a.css") + d.read(two, "static", "b.css"); got != "A {}\nb { }\n" {
		t.Errorf("the files are %q", got)
	}
	three := d.build()
	for _, name := range []string{"static/a.css", "functions/now.func/words.txt"} {
		if !d.same(two, three, name) {
			t.Errorf("%s was copied again", name)
		}
	}
	if d.same(one, two, "static/a.css") || !d.same(one, two, "functions/now.func/words.txt") {
		t.Error("the first output has the changed file, or the other was copied again")
	}
	if err := os.WriteFile(filepath.Join(three, "functions/now.func/words.txt"), []byte("written by the page"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := d.read(d.build(), "functions/now.func/words.txt"); got != "words\n" {
		t.Errorf("a function has %q", got)
	}
}

// TestSessionHashes: URLs of public files tell what is in them now.
func TestSessionHashes(t *testing.T) {
	d := newDeveloped(t, pythonSite)
	before := d.read(d.build(), "functions/now.func/jargo.json")
	if again := d.read(d.build(), "functions/now.func/jargo.json"); again != before {
		t.Errorf("without a change: %s, was %s", again, before)
	}
	d.write("public/a.css", "A {}\n")
	if after := d.read(d.build(), "functions/now.func/jargo.json"); after == before {
		t.Errorf("the file has changed, but the URLs are %s", after)
	}
}

// TestSessionPython: Python pages are loaded again when a file that they can read has
// changed, or the environment, and not when only others have.
func TestSessionPython(t *testing.T) {
	d := newDeveloped(t, pythonSite+"-- pages/loud.py --\nprint('loaded')\ndef render(): return ''\ndef config(): return {'fresh': {'memory': 256}}\n")
	loaded := func(want bool) {
		t.Helper()
		var log bytes.Buffer
		d.log = &log
		config := d.read(d.build(), "functions", "loud.func", ".vc-config.json")
		if got := strings.Contains(log.String(), "loaded"); got != want {
			t.Errorf("loaded: %v, want %v", got, want)
		}
		if !strings.Contains(config, `"memory": 256`) {
			t.Errorf("the function's config is %s", config)
		}
	}
	loaded(true)
	loaded(false)
	d.write("public/a.css", "A {}\n")
	d.write("vercel.json", "{}\n")
	d.write("main.go", "package main\n")
	loaded(false)
	d.write("words.txt", "other words\n")
	loaded(true)
	d.write("pages/index.py", "def render(): return 'house'\n")
	loaded(true)
	d.write("requirements.txt", "# nothing\n")
	loaded(true)
	t.Setenv("JARGO_TEST_OWN", "1")
	loaded(true)
	loaded(false)
	d.write("pages/index.py", "def render: return 'house'\n")
	for range 2 {
		o := build.Options{Dir: d.dir, Out: filepath.Join(d.outputs, "broken"), Dev: true, Session: &d.session}
		if _, err := build.Build(t.Context(), o); err == nil || !strings.Contains(err.Error(), "pages/index.py:1:") {
			t.Errorf("the error is %v", err)
		}
	}
	d.write("pages/index.py", "def render(): return 'house'\n")
	loaded(true)
}
