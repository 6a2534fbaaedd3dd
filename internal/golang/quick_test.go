package golang

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// quickSite is a site that is built quickly.
type quickSite struct {
	*memoSite
}

func newQuickSite(t *testing.T) quickSite {
	t.Helper()
	dir := writeSite(t, `
-- go.mod --
module example.com/site

go 1.24

require (
	example.com/cached v1.0.0
	example.com/lib v1.0.0
)

replace (
	example.com/cached => ./cache/cached
	example.com/lib => ./lib
)
-- cache/cached/go.mod --
module example.com/cached

go 1.24

require example.com/lib v1.0.0
-- cache/cached/cached.go --
package cached

import "example.com/lib"

func Name() string { return lib.Name }
-- lib/go.mod --
module example.com/lib

go 1.24
-- lib/lib.go --
package lib

const Name = "lib"

type List[E any] struct{ all []E }

func (l List[E]) Add(e E) List[E] { return List[E]{append(l.all, e)} }
func (l List[E]) Len() int        { return len(l.all) }
-- layout/layout.go --
package layout

import "strings"

var pages = 0

func Wrap(body string) string {
	pages++
	return strings.ToUpper("<body>") + body + Foot()
}

func Foot() string { return "</body>" }
-- layout/layout_windows.go --
package layout

import "windows"
-- sums/sums.go --
package sums

func One() int
-- sums/one_amd64.s --
TEXT ·One(SB), 4, $0-8
	MOVQ $1, ret+0(FP)
	RET
-- sums/one_arm64.s --
TEXT ·One(SB), 4, $0-8
	MOVD $1, R0
	MOVD R0, ret+0(FP)
	RET
-- pages/page.go --
package pages

func Render() string { return "home" }
-- pages/about/page.go --
package about

import "example.com/site/layout"

func Render() string { return layout.Wrap("about") }
-- pages/list/page.go --
package list

import (
	"fmt"

	"example.com/cached"
	"example.com/lib"
	"example.com/site/layout"
	"example.com/site/sums"
)

func Data() (int, error) { return lib.List[int]{}.Add(sums.One()).Len(), nil }
func Render(n int) string { return layout.Wrap(fmt.Sprint(cached.Name(), n)) }
-- pages/text/page.go --
package text

import (
	"embed"
	_ "embed"
)

//go:embed text.txt
var text string

//go:embed all:more
var more embed.FS

func Render() string {
	data, err := more.ReadFile("more/b/c.txt")
	if err != nil {
		panic(err)
	}
	return text + string(data)
}
-- pages/text/text.txt --
a text
-- pages/text/more/b/c.txt --
more of it
`)
	t.Setenv("GOMODCACHE", filepath.Join(dir, "cache"))
	return quickSite{&memoSite{dir: dir, options: Options{Dir: dir, Cache: t.TempDir(), Session: new(Session)}}}
}

// load builds the site and returns the responses of its pages, by their paths.
func (s quickSite) load(t *testing.T, o Options) map[string]string {
	t.Helper()
	var diags diag.List
	program, err := Load(t.Context(), o, &diags)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	defer program.Close()
	responses, dir, jobs := map[string]string{}, t.TempDir(), []site.Job{}
	for i, p := range program.Pages() {
		jobs = append(jobs, site.Job{Page: p, Path: p.Route.String(), File: filepath.Join(dir, string(rune('a'+i)))})
	}
	err = program.Render(t.Context(), jobs, &diags, func(int, *site.Response) {})
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	for _, job := range jobs {
		data, err := os.ReadFile(job.File)
		if err != nil {
			t.Fatal(err)
		}
		responses[job.Path] = string(data)
	}
	return responses
}

// renew makes the program by the plan; an error says why that cannot be.
func (s quickSite) renew(t *testing.T) error {
	t.Helper()
	var diags diag.List
	set, candidates, err := s.options.start(t.Context(), &diags)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	_, err = set.renew(t.Context(), candidates)
	return err
}

// checkArchives compares the archives of the plan with those of the Go tool: byte
// for byte they are the same, but for the build ID and what reads embedded files when
// the program starts.
func (s quickSite) checkArchives(t *testing.T) {
	t.Helper()
	set, candidates, err := s.options.start(t.Context(), new(diag.List))
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.recallPlan(candidates)
	if err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	if ok, err := set.check(t.Context(), candidates, &diags); err != nil || !ok {
		t.Fatal(err, diags)
	}
	fresh, err := set.newPlan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if p.Main != fresh.Main || len(p.Units) != len(fresh.Units) {
		t.Fatalf("the program is of %d packages, that of the Go tool of %d, or its source is another", len(p.Units), len(fresh.Units))
	}
	got, err := json.Marshal(p.Pages)
	want, err2 := json.Marshal(set.Pages)
	if err := errors.Join(err, err2); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the pages are %s, want %s; %v", got, want, err)
	}
	affected := map[string]bool{} // by what reads files when the program starts
	for i, u := range p.Units {
		affected[u.Package.ImportPath] = u.Live || slices.ContainsFunc(u.Package.Imports, func(i string) bool { return affected[i] })
		if affected[u.Package.ImportPath] {
			continue
		}
		got, want := readArchive(t, u.Archive), readArchive(t, fresh.Units[i].Package.Export)
		if u.Package.ImportPath != fresh.Units[i].Package.ImportPath || !bytes.Equal(got, want) {
			t.Errorf("the archive of %s is not that of the Go tool", u.Package.ImportPath)
		}
	}
}

var buildID = regexp.MustCompile(`build id "[^"]*"`)

func readArchive(t *testing.T, file string) []byte {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return buildID.ReplaceAll(data, nil)
}

// TestQuick changes a site in all ways that the plan covers: the responses, and
// the archives that the program is linked of, are those that the Go tool makes.
func TestQuick(t *testing.T) {
	s := newQuickSite(t)
	ordinary := Options{Dir: s.dir, Cache: t.TempDir()}
	before := s.load(t, s.options)
	if want := s.load(t, ordinary); !maps.Equal(before, want) {
		t.Fatalf("responses %q, want %q", before, want)
	}
	for _, tt := range []struct {
		name, file, old, new string
		differ               []string // paths whose responses are others
	}{
		{"nothing", "pages/page.go", "home", "home", nil},
		{"a constant", "pages/page.go", "home", "welcome", []string{"/"}},
		{"lines that move", "pages/page.go", "func Render", "// Render is the home page.\nfunc Render", nil},
		{"a column that moves", "pages/page.go", "func Render", "func  Render", nil},
		{"a body", "layout/layout.go", "<body>", "<body lang=en>", []string{"/about", "/list"}},
		{"a function that could be inlined", "layout/layout.go", "</body>", "<hr></body>", []string{"/about", "/list"}},
		{"a variable's initial value", "layout/layout.go", "pages = 0", "pages = 1", nil},
		{"a signature", "layout/layout.go", "Wrap(body string)", "Wrap(body string, more ...string)", nil},
		{"a constant that is compiled into a module of the module cache", "lib/lib.go", `"lib"`, `"library"`, []string{"/list"}},
		{"a generic body", "lib/lib.go", "return len(l.all)", "return len(l.all) * 10", []string{"/list"}},
		{"an embedded file", "pages/text/text.txt", "a text", "another text", []string{"/text"}},
		{"a file of an embedded directory", "pages/text/more/b/c.txt", "more", "and more", []string{"/text"}},
		{"a file for another system", "layout/layout_windows.go", `"windows"`, `"windows"` + "\nfunc x()", nil},
	} {
		s.replace(t, tt.file, tt.old, tt.new)
		if err := s.renew(t); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
		got := s.load(t, s.options)
		if want := s.load(t, ordinary); !maps.Equal(got, want) {
			t.Errorf("%s: responses %q, want %q", tt.name, got, want)
		}
		for path, response := range got {
			if differs := response != before[path]; differs != slices.Contains(tt.differ, path) {
				t.Errorf("%s: the response of %s was %q and is %q", tt.name, path, before[path], response)
			}
		}
		before = got
		s.checkArchives(t)
	}
}

// replace replaces a text, which must be there, in a file.
func (s quickSite) replace(t *testing.T, name, old, new string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(s.dir, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(data), old) {
		t.Fatalf("%s has no %q", name, old)
	}
	s.write(t, name, strings.Replace(string(data), old, new, 1))
}

// TestQuickFallback changes what only the Go tool can cope with. What the plan was
// made of is then there again, and the plan holds.
func TestQuickFallback(t *testing.T) {
	s := newQuickSite(t)
	s.load(t, s.options)
	for _, tt := range []struct {
		name   string
		change func(t *testing.T)
		why    string
	}{
		{"an import", func(t *testing.T) {
			s.replace(t, "pages/list/page.go", `"fmt"`, `"fmt"`+"\n\t_ \"net/http\"")
		}, "pages/list is made of something else"},
		{"a comment that may be a build constraint", func(t *testing.T) {
			s.replace(t, "layout/layout.go", "package layout", "//go:build windows\n\npackage layout")
		}, "layout is made of something else"},
		{"a build constraint of a file that is left out", func(t *testing.T) {
			s.replace(t, "layout/layout_windows.go", "package layout", "package parts")
		}, "layout is made of something else"},
		{"a new file", func(t *testing.T) { s.write(t, "layout/foot.go", "package layout\n") }, "layout is made of something else"},
		{"a file that is gone", func(t *testing.T) { s.remove(t, "layout/layout_windows.go") }, "layout is made of something else"},
		{"a pattern of go:embed", func(t *testing.T) {
			s.replace(t, "pages/text/page.go", "//go:embed text.txt", "//go:embed text.txt\n//go:embed page.go")
		}, "pages/text is made of something else"},
		{"a new file in an embedded directory", func(t *testing.T) { s.write(t, "pages/text/more/new.txt", "new") }, "pages/text is made of something else"},
		{"an embedded file that is gone", func(t *testing.T) { s.remove(t, "pages/text/text.txt") }, "no such file"},
		{"an assembly file", func(t *testing.T) {
			for _, arch := range []string{"amd64", "arm64"} {
				s.replace(t, "sums/one_"+arch+".s", "$1", "$2")
			}
		}, "example.com/site/sums has changed"},
		{"the Go file beside an assembly file", func(t *testing.T) { s.replace(t, "sums/sums.go", "int", "int // one") }, "example.com/site/sums has changed"},
		{"a new page", func(t *testing.T) {
			s.write(t, "pages/new/page.go", "package new\n\nfunc Render() string { return \"\" }\n")
		}, "something else has changed"},
		{"a page that is gone", func(t *testing.T) { s.remove(t, "pages/about") }, "something else has changed"},
		{"another export", func(t *testing.T) {
			s.replace(t, "pages/page.go", "func Render", "func Paths() []string { return nil }\n\nfunc Render")
		}, "the pages have other exports"},
		{"another export that is wrong", func(t *testing.T) {
			s.replace(t, "pages/page.go", "func Render", "func Data() {}\n\nfunc Render")
		}, "func Data()"},
		{"another shape", func(t *testing.T) {
			s.replace(t, "pages/page.go", `string { return "home" }`, "[]byte { return nil }")
		}, "compile example.com/site/pages/_jargo"},
		{"a mistake", func(t *testing.T) { s.replace(t, "pages/page.go", `"home"`, "home") }, "undefined: home"},
		{"half a file", func(t *testing.T) { s.write(t, "pages/page.go", "package pages\n\nimport \"f") }, "string literal not terminated"},
		{"go.mod", func(t *testing.T) { s.replace(t, "go.mod", "go 1.24", "go 1.25") }, "something else has changed"},
		{"go.mod of a module that is replaced", func(t *testing.T) { s.replace(t, "lib/go.mod", "go 1.24", "go 1.23") }, "something else has changed"},
		{"a module in a directory of packages", func(t *testing.T) { s.write(t, "pages/text/go.mod", "module example.com/text\n") }, "something else has changed"},
		{"flags", func(t *testing.T) { t.Setenv("GOFLAGS", "-tags=other") }, "something else has changed"},
		{"a variable that the compiler reads", func(t *testing.T) { t.Setenv("GOAMD64", "v2") }, "something else has changed"},
		{"another toolchain", func(t *testing.T) {
			s.changePlan(t, func(p *plan) { p.Link.Program = filepath.Join(filepath.Dir(p.Link.Program), "asm") })
		}, "something else has changed"},
		{"an archive that is gone", func(t *testing.T) {
			s.changePlan(t, func(p *plan) { p.Units[slices.IndexFunc(p.Units, (*unit).fixed)].Archive += ".gone" })
		}, "is gone"},
		{"a compiler that fails", func(t *testing.T) {
			s.changePlan(t, func(p *plan) {
				u := p.Units[len(p.Units)-1]
				u.Inputs, u.Compile.Flags = "", []string{"-unknown"}
			})
		}, "flag provided but not defined"},
		{"a linker that fails", func(t *testing.T) {
			s.changePlan(t, func(p *plan) { p.Link.Flags = append(p.Link.Flags, "-unknown") })
		}, "flag provided but not defined"},
		{"a plan that ends early", func(t *testing.T) {
			if err := os.Truncate(s.planFile(), 10); err != nil {
				t.Fatal(err)
			}
		}, "unexpected end of JSON input"},
		{"no plan", func(t *testing.T) {
			if err := os.Remove(s.planFile()); err != nil {
				t.Fatal(err)
			}
		}, "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s.restoreAfter(t)
			tt.change(t)
			s.options.Session.plan = nil // as in another process
			if err := s.renew(t); err == nil || !strings.Contains(err.Error(), tt.why) {
				t.Errorf("the program is made by the plan: %v, want %s", err, tt.why)
			}
		})
		if err := s.renew(t); err != nil {
			t.Fatalf("after %s was undone: %v", tt.name, err)
		}
	}
}

func (s quickSite) planFile() string { return filepath.Join(s.options.Cache, planDir, "plan.json") }

// changePlan changes the plan that is kept.
func (s quickSite) changePlan(t *testing.T, change func(p *plan)) {
	t.Helper()
	data, err := os.ReadFile(s.planFile())
	if err != nil {
		t.Fatal(err)
	}
	p := new(plan)
	if err := json.Unmarshal(data, p); err != nil {
		t.Fatal(err)
	}
	change(p)
	if data, err = json.Marshal(p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(s.planFile(), data, 0o644); err != nil {
		t.Fatal(err)
	}
	s.options.Session.plan = nil
}

// restoreAfter makes the site and its plan what they are now when a test ends.
func (s quickSite) restoreAfter(t *testing.T) {
	t.Helper()
	saved := t.TempDir()
	for name, dir := range map[string]string{"site": s.dir, "cache": s.options.Cache} {
		if err := os.CopyFS(filepath.Join(saved, name), os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			s.options.Session.plan = nil
			if err := errors.Join(os.RemoveAll(dir), os.CopyFS(dir, os.DirFS(filepath.Join(saved, name)))); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestQuickThenOrdinary builds quickly, with what falls back between: what follows,
// quick or not, is as if there had been nothing before.
func TestQuickThenOrdinary(t *testing.T) {
	s := newQuickSite(t)
	s.load(t, s.options)
	for _, change := range []func(){
		func() { s.replace(t, "pages/page.go", "home", "welcome") },
		func() { s.write(t, "pages/new/page.go", "package new\n\nfunc Render() string { return \"new\" }\n") },
		func() { s.replace(t, "pages/new/page.go", `"new"`, `"newer"`) },
		func() { s.remove(t, "pages/new") },
		func() { s.replace(t, "layout/layout.go", "<body>", "<body><hr>") },
	} {
		change()
		got := s.load(t, s.options)
		after, fresh := s.options, s.options
		after.Session, fresh.Session = nil, nil
		fresh.Cache = t.TempDir()
		if want := s.load(t, fresh); !maps.Equal(got, want) {
			t.Errorf("responses %q, want %q", got, want)
		}
		if !bytes.Equal(s.program(t, after), s.program(t, fresh)) {
			t.Error("the program of an ordinary build is another after quick ones")
		}
	}
}

// program compiles the site and returns its program.
func (s quickSite) program(t *testing.T, o Options) []byte {
	t.Helper()
	var diags diag.List
	_, file, err := o.checkAndCompile(t.Context(), &diags)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestQuickMistakes has mistakes that come and go: what is said of them is what an
// ordinary build says.
func TestQuickMistakes(t *testing.T) {
	s := newQuickSite(t)
	s.load(t, s.options)
	for _, tt := range []struct{ old, new, want string }{
		{`"home"`, "home", "pages/page.go:3:31: undefined: home"},
		{"home }", "1 }", "pages/page.go:3:31: cannot use 1 (untyped int constant) as string value in return statement"},
		{"1 }", `"home" }`, ""},
	} {
		s.replace(t, "pages/page.go", tt.old, tt.new)
		var diags diag.List
		if _, _, err := s.options.checkAndCompile(t.Context(), &diags); err != nil {
			t.Fatal(err)
		}
		wantDiags(t, diags, tt.want)
	}
	if err := s.renew(t); err != nil {
		t.Errorf("after the mistake is mended: %v", err)
	}
}

// TestPlanChangedSince has files that changed when a plan was made, and times of
// theirs that say otherwise: the plan is not kept.
func TestPlanChangedSince(t *testing.T) {
	s := newQuickSite(t)
	s.load(t, s.options)
	set, candidates, err := s.options.start(t.Context(), new(diag.List))
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.recallPlan(candidates)
	if err != nil {
		t.Fatal(err)
	}
	changedSince := func(began time.Time) bool {
		sources, err := p.readUnits()
		if err != nil {
			t.Fatal(err)
		}
		return p.changedSince(began, sources)
	}
	for _, name := range []string{"go.mod", "lib/go.mod", "pages/page.go", "pages/text/more/b/c.txt"} {
		began := s.touch(t, "clock")
		if changedSince(began) {
			t.Fatalf("something changed before %s did", name)
		}
		for !s.touch(t, name).After(began) { // a file system's clock is a coarse one
		}
		if !changedSince(began) {
			t.Errorf("%s changed, and the plan is kept", name)
		}
	}
}

// touch writes a file anew, as it was or empty, lets it look an hour old, and
// returns when it was really changed.
func (s quickSite) touch(t *testing.T, name string) time.Time {
	t.Helper()
	file := filepath.Join(s.dir, filepath.FromSlash(name))
	data, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	old := time.Now().Add(-time.Hour)
	if err := errors.Join(os.WriteFile(file, data, 0o644), os.Chtimes(file, old, old)); err != nil {
		t.Fatal(err)
	}
	changed, err := changeTime(file)
	if err != nil {
		t.Fatal(err)
	}
	return changed
}
