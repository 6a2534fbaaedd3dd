package content

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestFind finds each page, between those before and after it.
func TestFind(t *testing.T) {
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	var before *Page
	for _, p := range pages {
		if found, err := Find(p.Name); found != p || err != nil {
			t.Errorf("%s is %v, %v", p.Name, found, err)
		}
		if p.Previous != before || before != nil && before.Next != p {
			t.Errorf("%s does not follow the page before it", p.Name)
		}
		if before = p; len(p.Description) > 160 {
			t.Errorf("the description of %s has %d bytes, which is more than is shown of it", p.Name, len(p.Description))
		}
	}
	if p, err := Find("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found what is not there: %v, %v", p, err)
	}
}

// TestParse reads a page, and what is wrong with others.
func TestParse(t *testing.T) {
	dir := fstest.MapFS{"kinds.md": {}}
	p, err := parse(dir, "a", []byte("---\ntitle: A page\ndescription: What it has.\n---\nBegins\nhere.\n\n## One `thing`\n\nA [kind](kinds.md#fresh), "+
		"[security](../../SECURITY.md), [self](#one-thing).\n\n```go\nvar x int\n```\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(p.Sections), "[{ A page Begins here.} {one-thing One thing A kind, security, self.}]"; got != want {
		t.Errorf("sections %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(p.Blocks), "[{go var x int\n 13}]"; got != want {
		t.Errorf("blocks %s, want %s", got, want)
	}
	for _, link := range []string{`"/kinds#fresh"`, `"` + repository + `SECURITY.md"`, `"#one-thing"`} {
		if !strings.Contains(string(p.HTML), "href="+link) {
			t.Errorf("no link leads to %s:\n%s", link, p.HTML)
		}
	}
	for source, want := range map[string]string{
		"# A page": "begins with a head",
		"---\ntitle: A\ndescription: B\nauthor: C\n---\n": "author",
		"---\ntitle: A\n---\n":                            "a description",
		"---\ntitle: A\ndescription: B\n---\n# A":         "level one",
		"---\ntitle: A\ndescription: B\n---\n[c](c.md)":   "c.md, which is not there",
	} {
		if _, err := parse(dir, "a", []byte(source)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want something of %q", source, err, want)
		}
	}
}

// TestUnlisted reads a directory with a page in no part: it would be on the site, and
// nobody would find it.
func TestUnlisted(t *testing.T) {
	dir := fstest.MapFS{"forgotten.md": {}}
	if _, err := read(dir); err == nil || !strings.Contains(err.Error(), "forgotten.md: no part has it") {
		t.Error(err)
	}
}

// TestGo has jargo check take each block that is a page, in a directory of its own. Lines in
// its messages are those of the Markdown.
func TestGo(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	jargo := filepath.Join(t.TempDir(), "jargo")
	build := exec.Command("go", "build", "-o", jargo, "./cmd/jargo")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v:\n%s", err, out)
	}
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	newSite := func() string {
		site := t.TempDir()
		write(t, filepath.Join(site, "go.mod"), "module example.com/site\n\ngo 1.26.0\n\nrequire github.com/jargo-dev/jargo v0.0.0\n\nreplace github.com/jargo-dev/jargo => "+root+"\n")
		return site
	}
	shared := newSite()
	sites := []string{shared}
	checked := 0
	for _, p := range pages {
		for _, b := range p.Blocks {
			if b.Language != "go" || !strings.HasPrefix(b.Text, "package ") {
				continue
			}
			checked++
			site, dir := shared, fmt.Sprintf("pages/%s-%d", p.Name, b.Line)
			if strings.Contains(b.Text, "func Paths()") || strings.Contains(b.Text, `PathValue("name")`) {
				dir += "/name_"
			}
			if strings.Contains(b.Text, "func Open(") { // which only pages/ itself may have
				site, dir = newSite(), "pages"
				sites = append(sites, site)
			}
			write(t, filepath.Join(site, dir, "page.go"), strings.Repeat("\n", b.Line-1)+b.Text)
		}
	}
	if checked == 0 {
		t.Error("no block is a page")
	}
	for _, site := range sites {
		if out, err := exec.Command(jargo, "check", site).CombinedOutput(); err != nil {
			t.Errorf("%v:\n%s", err, out)
		}
	}
}

// TestPython compiles each block of Python.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("python3 is needed")
		}
		t.Skip("python3 is not installed")
	}
	pages, err := Pages()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var names []string
	for _, p := range pages {
		for _, b := range p.Blocks {
			if b.Language == "python" {
				name := filepath.Join(dir, fmt.Sprintf("%s-%d.py", p.Name, b.Line))
				write(t, name, strings.Repeat("\n", b.Line-1)+b.Text)
				names = append(names, name)
			}
		}
	}
	if len(names) == 0 {
		t.Fatal("no block is of Python")
	}
	if out, err := exec.Command(python, append([]string{"-m", "py_compile"}, names...)...).CombinedOutput(); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}
