package golang

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/template"
)

// templateSite has pages of each kind that the generated program knows.
const templateSite = `
-- pages/layout.html --
<title>{{block "title" .}}Site{{end}}</title>{{template "content" .}}
-- pages/page.html --
<p>{{now.Year}}</p>
-- pages/funcs.go --
package pages

import (
	"strings"
	"text/template"
	"time"
)

func Funcs() template.FuncMap {
	return template.FuncMap{"upper": strings.ToUpper, "day": func(t time.Time) string { return t.Format(time.DateOnly) }}
}
-- pages/posts/slug_/page.go --
package slug

import (
	"net/http"
	"time"

	"github.com/jargo-dev/jargo"
)

type Post struct {
	Title string
	Date  time.Time
	Tags  []string
}

func Config() jargo.Config { return jargo.Fresh{} }

func Data(r *http.Request) (*Post, error) { return &Post{}, nil }
-- pages/posts/slug_/page.html --
{{define "title"}}{{.Title | upper}}{{end}}<time>{{day .Date}}</time>{{range .Tags}}<a href="/tags/{{.}}">{{.}}</a>{{end}}
-- pages/any/page.go --
package any

func Data() any { return nil }

func Funcs() map[string]any {
	m := map[string]any{}
	m["lower"] = func(s string) string { return s }
	return m
}
-- pages/any/page.html --
{{.Name | lower}}{{upper "x"}}
-- pages/feed/page.xml --
<feed>{{range routes}}<id>{{html .}}</id>{{end}}</feed>
`

// TestTemplates compares what is generated for templates with a golden file: the program
// of a build, and that of a site which is developed.
func TestTemplates(t *testing.T) {
	s, _, diags := checkSite(t, templateSite)
	wantDiags(t, diags, "")
	compareGolden(t, "templates.go.golden", []byte(s.main))
	developed, err := generate(&s.exports, s.templates, "example.com/site/pages/_jargo/engine", "", true)
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "templates-dev.go.golden", developed)
	for _, p := range s.Pages {
		if why := p.Template.Why; (len(why) > 0) != (p.Place == "any") {
			t.Errorf("%s is not compiled: %v", p.Place, why)
		}
	}
}

// TestFuncs has what looks like functions of templates and is none, and what is not known.
func TestFuncs(t *testing.T) {
	_, _, diags := checkSite(t, `
-- pages/a/page.html --
-- pages/a/page.go --
package a

import "strings"

type Func func(string) string

func Funcs() map[string]any {
	return map[string]any{
		"up":    strings.ToUpper,
		"a-b":   strings.ToLower,
		"1a":    strings.ToLower,
		"":      strings.ToLower,
		"one":   1,
		"none":  func() {},
		"three": strings.Cut,
		"any":   any(1),
		"named": Func(strings.ToLower),
		"é_1":   strings.ToLower,
	}
}
`)
	const fix = "\n    use letters, digits and underscores"
	const results = "\n    give a function that returns one value, or a value and an error"
	wantDiags(t, diags, `pages/a/page.go:10:3: a function of templates cannot be named "a-b"`+fix+`
pages/a/page.go:11:3: a function of templates cannot be named "1a"`+fix+`
pages/a/page.go:12:3: a function of templates cannot be named ""`+fix+`
pages/a/page.go:13:12: one is no function`+results+`
pages/a/page.go:14:12: none returns nothing`+results+`
pages/a/page.go:15:12: three returns 3 values`+results)
}

// TestTemplatesRemembered checks that templates are part of what a build remembers.
func TestTemplatesRemembered(t *testing.T) {
	s := newMemoSite(t)
	s.write(t, "pages/page.html", "<p>{{.}}</p>")
	s.write(t, "pages/page.go", "package pages\n\nfunc Data() string { return \"\" }\n")
	check := func() (*pageSet, diag.List) {
		t.Helper()
		s.age(t)
		var diags diag.List
		templates, err := template.Find(s.dir, &diags)
		if err != nil {
			t.Fatal(err)
		}
		s.options.Templates = templates
		set, err := s.options.check(t.Context(), &diags)
		if err != nil {
			t.Fatal(err)
		}
		return set, diags
	}
	first, diags := check()
	if first.typed == nil || len(diags) > 0 {
		t.Fatalf("nothing was analyzed, %v", diags)
	}
	again, diags := check()
	if again.typed != nil || again.main != first.main || len(diags) > 0 {
		t.Errorf("what was analyzed is not remembered, %v", diags)
	}
	s.write(t, "pages/page.html", "<p>{{.Name}}</p>")
	if _, diags = check(); len(diags) != 1 || !strings.HasPrefix(diags[0].String(), "pages/page.html:1:6: .Name: ") {
		t.Errorf("after a change of the template: %v", diags)
	}
}

// TestTemplatesDeveloped checks that a changed template is checked, and nothing else is
// done, when there is a plan; also in a process that has no types yet.
func TestTemplatesDeveloped(t *testing.T) {
	s := newQuickSite(t)
	s.write(t, "pages/templates/page.go", "package templates\n\ntype Page struct{ Title string }\n\nfunc Data() Page { return Page{} }\n")
	s.write(t, "pages/templates/page.html", "<p>{{.Title}}</p>")
	load := func(session *Session) (*pageSet, diag.List) {
		t.Helper()
		var diags diag.List
		templates, err := template.Find(s.options.Dir, &diags)
		if err != nil {
			t.Fatal(err)
		}
		s.options.Templates, s.options.Session = templates, session
		set, _, err := s.options.checkAndCompile(t.Context(), &diags)
		if err != nil {
			t.Fatal(err)
		}
		return set, append(diags, set.checked()...)
	}
	session := new(Session)
	s.age(t)
	if _, diags := load(session); len(diags) > 0 {
		t.Fatal(diags)
	}
	// What a function takes is not among what its package exports.
	const funcs = "package pages\n\nimport \"strings\"\n\nfunc Render() string { return \"\" }\n\nfunc Funcs() map[string]any { return map[string]any{\"upper\": strings.ToUpper} }\n"
	s.write(t, "pages/page.go", funcs)
	s.write(t, "pages/templates/page.html", "<p>{{upper .Title}}</p>")
	s.age(t)
	if _, diags := load(session); len(diags) > 0 {
		t.Fatal(diags)
	}
	s.write(t, "pages/page.go", strings.Replace(funcs, "strings.ToUpper", "strings.Repeat", 1))
	set, diags := load(session)
	if len(diags) != 1 || !strings.HasPrefix(diags[0].Message, "upper takes 2 arguments") || len(set.steps) != 2 || set.steps[0].Name != "compile" {
		t.Errorf("another function took %v: %v", set.steps, diags)
	}
	for name, session := range map[string]*Session{"the same process": session, "another": new(Session)} {
		s.write(t, "pages/templates/page.html", "<b>{{.Title}}</b>")
		if set, diags := load(session); len(diags) > 0 || len(set.steps) > 0 {
			t.Errorf("%s: a change took %v, %v", name, set.steps, diags)
		}
		s.write(t, "pages/templates/page.html", "<b>{{.Titel}}</b>")
		const want = "pages/templates/page.html:1:6: .Titel: Data of /templates returns templates.Page, which has no Titel (pages/templates/page.go:5)\n    did you mean .Title?"
		if set, diags := load(session); len(diags) != 1 || diags[0].String() != want || len(set.steps) > 0 {
			t.Errorf("%s: a mistake took %v: %v", name, set.steps, diags)
		}
	}
}

// TestTemplatesAgain checks that pages are asked what they are when anything but their
// templates has changed, and only then.
func TestTemplatesAgain(t *testing.T) {
	s := newMemoSite(t)
	s.write(t, "pages/slug_/page.go", `package slug

import (
	_ "embed"
	"os"
)

//go:embed _embedded.html
var Embedded string

func Paths() ([]string, error) {
	f, err := os.OpenFile("asked", os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	_, err = f.WriteString("x")
	return []string{"a"}, err
}

func Data() string { return "data" }
`)
	s.write(t, "pages/slug_/page.html", "<p>{{.}}</p>")
	s.write(t, "pages/slug_/_embedded.html", "e")
	session, asked := new(Session), 0
	load := func(more bool, changed ...string) diag.List {
		t.Helper()
		s.age(t)
		var diags diag.List
		templates, err := template.Find(s.dir, &diags)
		if err != nil {
			t.Fatal(err)
		}
		s.options.Templates, s.options.Session, s.options.Changed = templates, session, changed
		program, err := Load(t.Context(), s.options, &diags)
		if err != nil {
			t.Fatal(err)
		}
		defer program.Close()
		if more {
			asked++
		}
		if text, err := os.ReadFile(filepath.Join(s.dir, "asked")); err != nil || len(text) != asked {
			t.Errorf("after a change of %v: the pages were asked %d times, not %d, %v", changed, len(text), asked, err)
		}
		if len(program.Pages()) == 0 && len(diags) == 0 {
			t.Errorf("after a change of %v: there is no page", changed)
		}
		return diags
	}
	const html = "pages/slug_/page.html"
	load(true)
	s.write(t, html, "<b>{{.}}</b>")
	load(false, html)
	s.write(t, html, "<b>{{.Name}}</b>")
	if diags := load(false, html); len(diags) != 1 {
		t.Errorf("a mistake is not one: %v", diags)
	}
	s.write(t, html, "<b>{{.}}</b>")
	load(false, html)
	load(true)
	load(false, html)
	load(true, "content/a.md", html)
	load(true, "pages/slug_/_embedded.html")
	s.write(t, "pages/b/page.html", "new")
	load(true, "pages/b/page.html")
	load(false, html)
}

// TestBundle reads the file with the templates of a site that is developed.
func TestBundle(t *testing.T) {
	dir := writeSite(t, templateSite)
	var diags diag.List
	templates, err := template.Find(dir, &diags)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	file := filepath.Join(t.TempDir(), "templates.json")
	if err := templates.WriteBundle(file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var bundle struct {
		Files map[string]string
		Pages map[string]struct{ Own, Output string }
	}
	if err := json.Unmarshal(data, &bundle); err != nil {
		t.Fatal(err)
	}
	if p := bundle.Pages["/posts/{slug}"]; p.Own != "pages/posts/slug_/page.html" || p.Output != "posts/[slug]" || len(bundle.Files) != 5 {
		t.Errorf("the bundle is %s", data)
	}
}
