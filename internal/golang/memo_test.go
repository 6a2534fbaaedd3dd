package golang

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
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
	env := goEnvironment(map[string]string{"GOMOD": filepath.Join(dir, "site", "go.mod"), "GOWORK": filepath.Join(dir, "go.work")})
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

// memoSite is a site that has been checked, when its files were old enough to be
// sure of them.
type memoSite struct {
	dir     string
	options Options
	pages   []*page // what was found when it was checked first
}

func newMemoSite(t *testing.T) *memoSite {
	t.Helper()
	dir := writeSite(t, `
-- go.mod --
module example.com/site

go 1.24

require example.com/lib v1.0.0

replace example.com/lib => ./lib
-- lib/go.mod --
module example.com/lib

go 1.24
-- lib/lib.go --
package lib

func Text() string { return "" }
-- pages/page.go --
package pages

import "example.com/lib"

func Render() string { return lib.Text() }
-- pages/about/page.go --
package about

func Render() string { return "" }
-- pages/x.go/page.go --
package x

func Render() string { return "a directory named like a file" }
-- README --
`)
	s := &memoSite{dir: dir, options: Options{Dir: dir, Cache: t.TempDir()}}
	s.age(t)
	s.pages = s.check(t)
	return s
}

// age makes all files and directories of the site an hour old.
func (s *memoSite) age(t *testing.T) {
	t.Helper()
	before := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(s.dir, func(file string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(file, before, before))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// check checks the pages anew or recalls them, as a build does.
func (s *memoSite) check(t *testing.T) []*page {
	t.Helper()
	var diags diag.List
	set, err := s.options.check(t.Context(), &diags)
	if err != nil {
		t.Fatal(err)
	}
	if set == nil {
		return nil
	}
	return set.Pages
}

// remembered reports what the next build would recall; nil when it would look at
// the pages itself.
func (s *memoSite) remembered(t *testing.T) []*page {
	t.Helper()
	tool, err := newGoTool(t.Context(), s.dir)
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := find(s.dir, nil, new(diag.List))
	if err != nil {
		t.Fatal(err)
	}
	set := &pageSet{tool: tool, cache: cache{s.options.Cache}}
	if m := set.recall(candidates); m != nil {
		return m.Pages
	}
	return nil
}

// TestRecallExports has all that packages can export in a memo.
func TestRecallExports(t *testing.T) {
	s := newMemoSite(t)
	s.write(t, "pages/site.go", `package pages

import (
	"context"
	"io"
	"net/http"
)

func Open(context.Context) (io.Closer, error) { return nil, nil }
func Middleware(next http.Handler) http.Handler { return next }
`)
	s.write(t, "pages/api/page.go", "package api\n\nimport \"net/http\"\n\nvar Handler http.ServeMux\n")
	s.write(t, "pages/api/db/db.go", "package db\n\nimport (\n\t\"context\"\n\t\"io\"\n)\n\nfunc Open(context.Context) (io.Closer, error) { return nil, nil }\n")
	s.age(t)
	var diags diag.List
	first, err := s.options.check(t.Context(), &diags)
	if err != nil || diags.Err() != nil {
		t.Fatal(err, diags)
	}
	if first.Open == nil || len(first.Middleware) != 1 || len(first.Hints) != 1 {
		t.Errorf("found %+v", first.exports)
	}
	if s.remembered(t) == nil {
		t.Fatal("nothing is remembered")
	}
	first.typed = nil // is not kept
	again, err := s.options.check(t.Context(), &diags)
	if err != nil || !reflect.DeepEqual(first.exports, again.exports) {
		t.Errorf("recalled %+v, want %+v; %v", again.exports, first.exports, err)
	}
}

func (s *memoSite) write(t *testing.T, name, text string) {
	t.Helper()
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	writeTestFile(t, file)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s *memoSite) remove(t *testing.T, name string) {
	t.Helper()
	if err := os.RemoveAll(filepath.Join(s.dir, filepath.FromSlash(name))); err != nil {
		t.Fatal(err)
	}
}

// TestRecall changes a site that is remembered in every way that matters, and in
// some that do not.
func TestRecall(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, s *memoSite)
		recall bool
	}{
		{"nothing", func(*testing.T, *memoSite) {}, true},
		{"a file that is no source", func(t *testing.T, s *memoSite) { s.write(t, "README", "x") }, true},
		{"a test", func(t *testing.T, s *memoSite) { s.write(t, "pages/page_test.go", "package pages") }, true},
		{"a package that no page imports", func(t *testing.T, s *memoSite) { s.write(t, "other/other.go", "package other") }, true},
		{"a page", func(t *testing.T, s *memoSite) {
			s.write(t, "pages/about/page.go", "package about\n\nfunc Render() []byte { return nil }\n")
		}, false},
		{"another module", func(t *testing.T, s *memoSite) {
			s.write(t, "lib/lib.go", "package lib\n\nfunc Text() int { return 1 }\n")
		}, false},
		{"a new file of a package", func(t *testing.T, s *memoSite) {
			s.write(t, "pages/config.go", "package pages\n\nfunc Config() int { return 1 }\n")
		}, false},
		{"a file of a package that is gone", func(t *testing.T, s *memoSite) { s.remove(t, "lib/lib.go") }, false},
		{"a package that is gone", func(t *testing.T, s *memoSite) { s.remove(t, "lib") }, false},
		{"a new page", func(t *testing.T, s *memoSite) {
			s.write(t, "pages/new/page.go", "package new\n\nfunc Render() string { return \"\" }\n")
		}, false},
		{"a page that is gone", func(t *testing.T, s *memoSite) { s.remove(t, "pages/about") }, false},
		{"go.mod", func(t *testing.T, s *memoSite) { s.write(t, "lib/go.mod", "module example.com/lib\n\ngo 1.25\n") }, false},
		{"a new go.sum", func(t *testing.T, s *memoSite) { s.write(t, "go.sum", "\n") }, false},
		{"a new vendor directory", func(t *testing.T, s *memoSite) { s.write(t, "vendor/modules.txt", "## explicit\n") }, false},
		{"other flags", func(t *testing.T, s *memoSite) { t.Setenv("GOFLAGS", "-tags=other") }, false},
		{"another experiment", func(t *testing.T, s *memoSite) { t.Setenv("GODEBUG", "panicnil=1") }, false},
		{"a memo that ends early", func(t *testing.T, s *memoSite) {
			if err := os.Truncate(filepath.Join(s.options.Cache, "memo.json"), 10); err != nil {
				t.Fatal(err)
			}
		}, false},
		{"a memo that is gone", func(t *testing.T, s *memoSite) {
			if err := (&pageSet{cache: cache{s.options.Cache}}).forget(); err != nil {
				t.Fatal(err)
			}
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newMemoSite(t)
			tt.change(t, s)
			pages := s.remembered(t)
			if (pages != nil) != tt.recall {
				t.Fatalf("%d pages are recalled", len(pages))
			}
			if tt.recall && !reflect.DeepEqual(pages, s.pages) {
				t.Errorf("recalled %+v, want %+v", pages, s.pages)
			}
		})
	}
}

// TestRemember has a site whose files are as young as the check itself: they may
// have changed meanwhile, and nothing is remembered. Nor is it when something is
// wrong.
func TestRemember(t *testing.T) {
	s := newMemoSite(t)
	s.write(t, "pages/page.go", "package pages\n\nfunc Render() []byte { return nil }\n")
	after := time.Now().Add(time.Hour)
	if err := os.Chtimes(filepath.Join(s.dir, "pages", "page.go"), after, after); err != nil {
		t.Fatal(err)
	}
	if s.check(t); s.remembered(t) != nil {
		t.Error("a file that is written while it is looked at is remembered")
	}
	s.age(t)
	if s.check(t); s.remembered(t) == nil {
		t.Error("an old file is not remembered")
	}
	s.write(t, "pages/page.go", "package pages\n\nfunc Render() int { return 1 }\n")
	s.age(t)
	if s.check(t); s.remembered(t) != nil {
		t.Error("a mistake is remembered")
	}
	if err := (&pageSet{cache: cache{s.options.Cache}}).forget(); err != nil {
		t.Errorf("there is nothing to forget: %v", err)
	}
}

// TestReadFile has names of files that are none.
func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{pipe: "is not a file", dir: "is not a file", filepath.Join(dir, "gone"): "no such file"} {
		if data, err := readFile(name); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %q, %v, want %q", name, data, err, want)
		}
	}
}

// TestCache checks that a file of the cache is written only when it changes.
func TestCache(t *testing.T) {
	c := cache{t.TempDir()}
	before := time.Now().Add(-time.Hour)
	for _, tt := range []struct {
		text    string
		written bool
	}{{"one", true}, {"one", false}, {"two", true}, {"", true}, {"", false}} {
		file, err := c.put("dir/file", []byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if written := info.ModTime().After(before.Add(time.Minute)); written != tt.written {
			t.Errorf("%q is written: %v", tt.text, written)
		}
		if data, err := os.ReadFile(file); err != nil || string(data) != tt.text {
			t.Errorf("the file is %q, %v, want %q", data, err, tt.text)
		}
		if err := os.Chtimes(file, before, before); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(c.dir, "dir"))
	if err != nil || len(entries) != 1 {
		t.Errorf("the cache has %v, %v", entries, err)
	}
}

// TestSources tells what pages are made of: also when that is remembered, and when there
// are mistakes.
func TestSources(t *testing.T) {
	s := newMemoSite(t)
	sources := func() []string {
		t.Helper()
		o, all := s.options, []string{}
		o.Sources = func(paths []string) { all = append(all, paths...) }
		if _, err := o.check(t.Context(), new(diag.List)); err != nil {
			t.Fatal(err)
		}
		return all
	}
	check := func(when string) {
		t.Helper()
		all := sources()
		for _, want := range []string{"go.mod", "pages"} {
			if !slices.Contains(all, filepath.Join(s.options.Dir, want)) {
				t.Errorf("%s: %s is not among %q", when, want, all)
			}
		}
	}
	check("remembered")
	s.write(t, "pages/page.go", "package pages\n\nfunc Render() string { return 1 }\n")
	check("with a mistake")
}
