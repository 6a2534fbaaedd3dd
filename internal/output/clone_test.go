package output

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestClone clones an output with every kind of link, and then removes it: the
// clone still has all that was in it.
func TestClone(t *testing.T) {
	parent := t.TempDir()
	from, to := filepath.Join(parent, "output"), filepath.Join(parent, "deep", "er", "clone")
	for name, text := range map[string]string{
		"config.json":                               `{"version":3,"overrides":{"about.html":{"path":"about","contentType":"text/plain"}}}`,
		"static/about.html":                         "about",
		"static/within.txt":                         "-> about.html",
		"static/outside.txt":                        "-> ../../outside.txt",
		"functions/fn.func/.vc-config.json":         `{"runtime":"executable","handler":"run"}`,
		"functions/fn.func/run":                     "run",
		"functions/fn.func/node_modules/x":          "-> ../lib",
		"functions/fn.func/lib/index.js":            "lib",
		"functions/a/alias.func":                    "-> ../fn.func",
		"functions/a/alias.prerender-config.json":   `{"expiration":5,"fallback":"alias.prerender-fallback.html"}`,
		"functions/a/alias.prerender-fallback.html": "built",
		"../outside.txt":                            "outside",
	} {
		file := filepath.Join(from, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(target, file)
		} else {
			err = os.WriteFile(file, []byte(text), 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	out, err := Read(from)
	if err != nil {
		t.Fatal(err)
	}
	before, err := out.ID()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		t.Fatal(err)
	}
	clone, err := out.Clone(to)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(from); err != nil {
		t.Fatal(err)
	}
	fn, page := clone.Entries["fn"].(*Function), clone.Entries["a/alias"].(*Prerender)
	if page.Function != fn {
		t.Error("what was one function are two")
	}
	files := map[string]string{page.Fallback.Path: "built", filepath.Join(fn.Dir, "node_modules", "x", "index.js"): "lib"}
	for name, text := range map[string]string{"about": "about", "within.txt": "about", "outside.txt": "outside"} {
		files[clone.Entries[name].(*File).Path] = text
	}
	for path, want := range files {
		if !strings.HasPrefix(path, to) {
			t.Errorf("%s is not in the clone", path)
		}
		if text, err := os.ReadFile(path); string(text) != want || err != nil {
			t.Errorf("%s: %q, %v", path, text, err)
		}
	}
	if info, err := os.Stat(filepath.Join(fn.Dir, "run")); err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("the program is %v, %v", info, err)
	}
	again, err := Read(to)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []*Output{clone, again} {
		if after, err := o.ID(); err != nil || after != before {
			t.Errorf("the clone has ID %s, %v; want %s", after, err, before)
		}
	}
}
