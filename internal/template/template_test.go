package template_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/template"
)

func write(t *testing.T, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		file := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func find(t *testing.T, dir string) (*template.Project, diag.List) {
	t.Helper()
	var diags diag.List
	p, err := template.Find(dir, &diags)
	if err != nil {
		t.Fatal(err)
	}
	return p, diags
}

// TestFind has pages in each kind of place, and what is none.
func TestFind(t *testing.T) {
	p, diags := find(t, write(t, `
-- pages/layout.html --
outer {{template "content" .}}
-- pages/layout.xml --
xml {{template "content" .}}
-- pages/_nav.html --
-- pages/page.html --
-- pages/about/about.html --
{{not a template
-- pages/about/page.go --
-- pages/blog/layout.html --
inner {{template "content" .}}
-- pages/blog/slug_/_nav.html --
-- pages/blog/slug_/page.html --
-- pages/docs/path__/page.txt --
-- pages/feed.xml/page.xml --
-- pages/plain/layout.html --

{{- template "content" . -}}

-- pages/plain/page.html --
-- pages/plain/below/layout.html --
below {{template "content" .}}
-- pages/plain/below/page.html --
-- pages/_parts/page.html --
{{not a page
-- pages/testdata/page.html --
{{not a page
-- pages/unused/layout.html --
{{not for any page
-- pages/unused/Page.html --
-- pages/unused/page.htm --
-- pages/unused/_.html --
`))
	if len(diags) > 0 {
		t.Error(diags)
	}
	var got strings.Builder
	for _, page := range p.Pages {
		fmt.Fprintln(&got, page.Route, page.Files.Own, page.Files.Layouts, page.Files.Partials, page.Text(), page.Type())
	}
	const want = `/ pages/page.html [pages/layout.html] [pages/_nav.html] false 
/blog/{slug} pages/blog/slug_/page.html [pages/layout.html pages/blog/layout.html] [pages/_nav.html pages/blog/slug_/_nav.html] false 
/docs/{path...} pages/docs/path__/page.txt [] [] true .txt
/feed.xml pages/feed.xml/page.xml [pages/layout.xml] [] true .xml
/plain pages/plain/page.html [] [pages/_nav.html] false 
/plain/below pages/plain/below/page.html [pages/plain/below/layout.html] [pages/_nav.html] false 
`
	if got.String() != want {
		t.Errorf("found\n%swant\n%s", &got, want)
	}
	if p.Page("blog/slug_") == nil || p.Page("blog") != nil || !p.Has("") || p.Has("about") {
		t.Error("a page is not where it is")
	}
}

// TestMistakes has all that is wrong with files alone.
func TestMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"a\n  {{if}}\n":          `2:3: missing value for if`,
		"{{.A}} {{with}}{{end}}": `1:8: missing value for with`,
		"{{range .A}}\n<p>":      "1:1: this range has no {{end}}\n    end it where it is to end: {{end}}",
		"{{.A}}{{end}}":          "1:7: unexpected {{end}}\n    remove it, or write the if, with or range that it belongs to",
		"<p>{{.A}</p>":           `1:8: bad character U+007D '}'`,
		"<p>{{.A":                "1:4: unclosed action\n    close it: }}",
		"{{template .X}}":        `1:12: unexpected ".X" in template clause`,
		"{{$x}}":                 "1:1: undefined variable \"$x\"\n    declare it before, in the same template: {{$x := …}}",
		"{{break}}":              `1:1: {{break}} outside {{range}}`,
		"{{define \"a\"}}x{{end}}\n{{define \"a\"}}y{{end}}": "2:1: multiple definition of template \"a\"\n    keep one of the definitions",
		"{{\"a}}": `1:1: unterminated quoted string`,
		"{{/* a":  "1:1: unclosed comment\n    close it: */}}",
	} {
		_, diags := find(t, write(t, "-- pages/page.html --\n"+text))
		if len(diags) != 1 || diags[0].String() != "pages/page.html:"+want {
			t.Errorf("%q:\n%v\nwant\npages/page.html:%s", text, diags, want)
		}
	}
	dir := write(t, `
-- pages/layout.html --
<p>nothing
-- pages/page.html --
-- pages/page.txt --
-- pages/a b/page.html --
-- pages/pipe/page.go --
-- pages/link/page.go --
-- pages/content/layout.html --
{{template "content" .}}
<footer>
-- pages/content/page.html --
<p>
 {{- define "content"}}page{{end}}
-- pages/content/below/layout.html --
{{block "content" .}}layout{{end}}
-- pages/content/below/page.html --
page
`)
	if err := os.Symlink("nowhere", filepath.Join(dir, "pages/link/page.html")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pages/pipe/page.html"), 0o644); err != nil {
		t.Fatal(err)
	}
	p, diags := find(t, dir)
	const want = `pages/a b/page.html:1:1: "a b" cannot be a part of a URL: it contains ' '
    use letters, digits and - . _ ~ + only
pages/content/below/layout.html:1:1: "content" is the page that stands in a layout: it is not defined
    remove the definition around it: what is outside of definitions is the content
pages/content/page.html:2:2: "content" is the page that stands in a layout: it is not defined
    remove the definition around it: what is outside of definitions is the content
pages/layout.html:1:1: the layout shows no content
    write {{template "content" .}} where the page is to be
pages/link/page.html: the link leads nowhere
    let it lead to a file, or remove it
pages/page.txt:1:1: the directory has another page: pages/page.html
    move one of the two into a directory of its own
pages/pipe/page.html: it is no file, but has the name of a template
    put a file there`
	if diags.Err() == nil || diags.Err().Error() != want {
		t.Errorf("%v\nwant\n%s", diags.Err(), want)
	}
	if !p.Has("a b") || p.Page("a b") != nil || p.Page("").Set != nil {
		t.Error("what is wrong is taken for right")
	}
}

// TestUnused warns of what nothing executes, but not when a page is not known.
func TestUnused(t *testing.T) {
	p, diags := find(t, write(t, `
-- pages/layout.html --
{{block "title" .}}{{end}}{{template "content" .}}
-- pages/_used.html --
-- pages/_unused.html --
-- pages/a/page.html --

{{define "title"}}A{{end}}{{define "titel"}}{{end}}
-- pages/b/page.html --
-- pages/b/_used.html --
`))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	used := map[*template.Page]map[string]bool{p.Page("a"): {"title": true, "used": true}}
	if got := p.Unused(used); got != nil {
		t.Errorf("with a page that is not known: %v", got)
	}
	used[p.Page("b")] = map[string]bool{"title": true}
	const want = `pages/_unused.html:1:1: no page executes this template
    remove it, or write {{template "unused" .}}
pages/a/page.html:2:45: no template executes "titel"
    remove it, or define a template that a layout has: {{block "titel" .}}
pages/b/_used.html:1:1: no page executes this template
    remove it, or write {{template "used" .}}`
	if got := p.Unused(used).Err(); got == nil || got.Error() != want {
		t.Errorf("%v\nwant\n%s", got, want)
	}
}

// TestAgain finds what has changed in files that are known, and says so of others.
func TestAgain(t *testing.T) {
	dir := write(t, `
-- pages/layout.html --
{{template "content" .}}
-- pages/page.html --
a
-- pages/_part.html --
{{if}}
-- pages/b/page.html --
b
-- pages/b/unused.html --
`)
	p, diags := find(t, dir)
	if len(diags) != 1 {
		t.Fatal(diags)
	}
	again := func(changed ...string) (*template.Project, diag.List) {
		t.Helper()
		var diags diag.List
		made, err := p.Again(changed, &diags)
		if err != nil {
			t.Fatal(err)
		}
		return made, diags
	}
	change := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// What is wrong is said again.
	change("pages/b/page.html", "c")
	if q, again := again("pages/b/page.html"); q == nil || again.Err().Error() != diags.Err().Error() {
		t.Errorf("after a change of another file: %v", again)
	}
	change("pages/_part.html", "part")
	q, diags := again("pages/_part.html", "pages/b/page.html")
	full, _ := find(t, dir)
	if q == nil || len(diags) > 0 || q.Digest() != full.Digest() || q.Page("b").Set == nil {
		t.Errorf("after the mistake is mended: %v", diags)
	}
	// A layout can become one that ends those above.
	p = q
	change("pages/layout.html", "<p>{{template \"content\" .}}")
	q, _ = again("pages/layout.html")
	if full, _ := find(t, dir); q == nil || q.Digest() != full.Digest() || q.Digest() == p.Digest() || len(q.Page("b").Files.Layouts) != 1 {
		t.Error("a changed layout is not seen")
	}
	if err := os.Remove(filepath.Join(dir, "pages/b/page.html")); err != nil {
		t.Fatal(err)
	}
	for _, changed := range [][]string{nil, {"pages/new/page.html"}, {"pages/page.html", "go.mod"}, {"pages/b/page.html"}, {"pages/b/unused.html"}} {
		if q, _ := again(changed...); q != nil {
			t.Errorf("a change of %q is taken for one of known files", changed)
		}
	}
	p = nil
	if q, _ := again("pages/page.html"); q != nil {
		t.Error("there is something without a last one")
	}
}

// TestDigest checks that all that makes a page is in the digest.
func TestDigest(t *testing.T) {
	const files = "-- pages/layout.html --\n{{template \"content\" .}}!\n-- pages/page.html --\na\n"
	digest := func(archive string) string {
		p, _ := find(t, write(t, archive))
		return p.Digest()
	}
	if one, two := digest(files), digest(files); one != two {
		t.Error("it is different each time")
	}
	for _, other := range []string{
		strings.ReplaceAll(files, "!", "?"), strings.ReplaceAll(files, "\na\n", "\nb\n"),
		strings.ReplaceAll(files, "page.html", "page.txt"), files + "-- pages/_a.html --\n", files + "-- pages/b/page.html --\n",
	} {
		if digest(other) == digest(files) {
			t.Errorf("it is the same with\n%s", other)
		}
	}
}
