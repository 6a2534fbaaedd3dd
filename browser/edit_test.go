package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const editedPage = `package pages

import "net/http"

func Data(r *http.Request) string { return "first" }

func Render(text string) string {
	return "<!doctype html><html lang=en><title>Edited</title><link rel=icon href='data:,'>" +
		"<link rel=stylesheet href=/style.css><h1>" + text + "</h1><input>"
}
`

// TestEdit edits a site that jargo dev serves and a browser shows, which nobody touches:
// a page of Go is changed, broken, mended, panics; a style sheet changes while a form
// is being filled in; a page of Python fails and is mended.
func TestEdit(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	p.write("go.mod", "module example.com/edited\n\ngo 1.26\n")
	p.write("pages/page.go", editedPage)
	p.write("pages/clock.py", "def render():\n    return '<!doctype html><html lang=en><link rel=icon href=data:,><h1>early</h1>'\n")
	edit := func(old, new string) { p.write("pages/page.go", strings.Replace(editedPage, old, new, 1)) }
	s := start(t, command([]string{"JARGO_EDITOR=editor:{file}:{line}"}, "dev", "--addr", "127.0.0.1:0", p.dir))
	v, clock := s.visit("/"), s.visit("/clock")
	v.until("document.querySelector('h1')?.textContent === 'first'")
	clock.until("document.querySelector('h1')?.textContent === 'early'")

	edit(`"first"`, `"second"`)
	v.until("document.querySelector('h1')?.textContent === 'second'")

	edit(`"first"`, "titel")
	v.until("document.querySelector('h2')?.textContent.includes('undefined: titel')")
	if got := strings.TrimSpace(v.text(".here")); got != `func Data(r *http.Request) string { return titel }` {
		t.Errorf("the line is %q", got)
	}
	if got, want := evaluate[string](v, "document.querySelector('.at a').href"), "editor:"+p.dir+"/pages/page.go:5"; got != want {
		t.Errorf("the editor's link is %s, want %s", got, want)
	}
	edit(`"first"`, `"third"`)
	v.until("document.querySelector('h1')?.textContent === 'third'")

	edit(`"first"`, `r.Header["No"][7]`)
	v.until("document.querySelector('h2')?.textContent.includes('index out of range [7]') && document.querySelector('.here').textContent.includes('[7]')")
	edit(`"first"`, `"fourth"`)
	v.until("document.querySelector('h1')?.textContent === 'fourth' && getComputedStyle(document.querySelector('h1')).color === 'rgb(1, 1, 1)'")

	// The form stays as it is.
	v.do(chromedp.Evaluate[chromedp.Void]("document.querySelector('input').value = 'half a sentence'"))
	p.write("public/style.css", "h1 { color: rgb(2, 2, 2) }")
	v.until("getComputedStyle(document.querySelector('h1')).color === 'rgb(2, 2, 2)'")
	if got := evaluate[string](v, "document.querySelector('input').value"); got != "half a sentence" {
		t.Errorf("the form has %q", got)
	}

	p.write("pages/clock.py", "def render():\n    return 1 / 0\n")
	clock.until("document.querySelector('h2')?.textContent.includes('division by zero') && document.querySelector('.here').textContent.includes('1 / 0')")
	p.write("pages/clock.py", "def render():\n    return '<!doctype html><html lang=en><link rel=icon href=data:,><h1>late</h1>'\n")
	clock.until("document.querySelector('h1')?.textContent === 'late'")
}

// TestEditTemplates edits the HTML of a site that a browser shows: a page, its layout, a
// partial; with a mistake that is found when it is saved, and one that the page runs into.
func TestEditTemplates(t *testing.T) {
	needBrowser(t)
	p := newProject(t)
	const (
		layout  = "<!doctype html><html lang=en><title>{{block \"title\" .}}Edited{{end}}</title><link rel=icon href='data:,'>{{template \"content\" .}}{{template \"foot\" .}}"
		page    = "<h1>{{.Title}}</h1>\n<p>{{(index .Posts 0).Text}}</p>\n"
		partial = "<footer>{{len .Posts}} posts</footer>"
		goFile  = "package pages\n\ntype Post struct{ Text string }\n\ntype Page struct {\n\tTitle string\n\tPosts []Post\n}\n\nfunc Data() Page { return Page{\"first\", []Post{{\"a post\"}}} }\n"
	)
	p.write("go.mod", "module example.com/edited\n\ngo 1.26\n")
	p.write("pages/layout.html", layout)
	p.write("pages/_foot.html", partial)
	p.write("pages/page.html", page)
	p.write("pages/page.go", goFile)
	s := start(t, command([]string{"JARGO_EDITOR=editor:{file}:{line}"}, "dev", "--addr", "127.0.0.1:0", p.dir))
	v := s.visit("/")
	v.until("document.querySelector('h1')?.textContent === 'first' && document.querySelector('footer').textContent === '1 posts'")

	p.write("pages/page.html", strings.Replace(page, "<h1>", "<h1>The ", 1))
	v.until("document.querySelector('h1')?.textContent === 'The first'")
	p.write("pages/layout.html", strings.Replace(layout, "Edited", "Changed", 1))
	v.until("document.title === 'Changed'")
	p.write("pages/_foot.html", strings.Replace(partial, "posts", "articles", 1))
	v.until("document.querySelector('footer').textContent === '1 articles'")

	p.write("pages/page.html", strings.Replace(page, ".Title", ".Titel", 1))
	v.until("document.querySelector('h2')?.textContent.includes('.Titel: Data of / returns pages.Page, which has no Titel')")
	if got := strings.TrimSpace(v.text(".here")); got != "<h1>{{.Titel}}</h1>" {
		t.Errorf("the line is %q", got)
	}
	if got, want := evaluate[string](v, "document.querySelector('.at a').href"), "editor:"+p.dir+"/pages/page.html:1"; got != want {
		t.Errorf("the editor's link is %s, want %s", got, want)
	}
	p.write("pages/page.html", strings.Replace(page, "index .Posts 0", "index .Posts 7", 1))
	v.until("document.querySelector('h2')?.textContent.includes('index out of range: 7') && document.querySelector('.here').textContent.includes('index .Posts 7')")
	p.write("pages/page.html", page)
	v.until("document.querySelector('h1')?.textContent === 'first'")

	// A change of the type reaches the template.
	p.write("pages/page.go", strings.NewReplacer("\tTitle string", "\tName string").Replace(goFile))
	v.until("document.querySelector('h2')?.textContent.includes('which has no Title')")
	p.write("pages/page.html", strings.Replace(page, ".Title", ".Name", 1))
	v.until("document.querySelector('h1')?.textContent === 'first'")
}
