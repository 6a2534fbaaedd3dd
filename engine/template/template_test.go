package template

import (
	"encoding/json"
	"errors"
	html "html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// bundle makes the bundle of a site with one page at /, of files whose names say what
// they are.
func bundle(t *testing.T, archive string) *Bundle {
	t.Helper()
	b := &Bundle{Files: map[string]string{}, Pages: map[string]Page{}}
	var p Page
	for _, f := range txtar.Parse([]byte(archive)).Files {
		b.Files[f.Name] = strings.TrimSuffix(string(f.Data), "\n")
		switch base := filepath.Base(f.Name); {
		case strings.HasPrefix(base, "page."):
			p.Own = f.Name
		case strings.HasPrefix(base, "layout."):
			p.Layouts = append(p.Layouts, f.Name)
		default:
			p.Partials = append(p.Partials, f.Name)
		}
	}
	b.Pages["/"] = p
	return b
}

// execute executes the page of a bundle.
func execute(b *Bundle, data any, funcs ...func() html.FuncMap) (string, error) {
	var body strings.Builder
	err := New(func() (*Bundle, error) { return b, nil }, "/", funcs...).Execute(&body, data)
	return body.String(), err
}

// TestCompose executes pages with layouts and partials.
func TestCompose(t *testing.T) {
	for name, test := range map[string]struct{ files, want string }{
		"alone": {"-- pages/page.html --\n<p>{{.}}</p>", "<p>&lt;x&gt;</p>"},
		"text":  {"-- pages/page.txt --\n<p>{{.}}</p>", "<p><x></p>"},
		"nested layouts": {`
-- pages/layout.html --
<a>{{template "content" .}}</a>
-- pages/b/layout.html --
<b>{{template "content" .}}{{template "content" .}}</b>
-- pages/b/page.html --
{{.}}`, "<a><b>&lt;x&gt;&lt;x&gt;</b></a>"},
		"blocks are filled by the nearest": {`
-- pages/layout.html --
{{block "one" .}}outer{{end}}{{block "two" .}}outer{{end}}{{block "three" .}}outer{{end}}{{template "content" .}}
-- pages/b/layout.html --
{{define "two"}}inner{{end}}{{define "three"}}inner{{end}}{{template "content" .}}
-- pages/b/page.html --
{{define "three"}}page{{end}}`, "outerinnerpage"},
		"an empty definition counts": {`
-- pages/layout.html --
{{block "one" .}}outer{{end}}{{template "content" .}}
-- pages/page.html --
{{define "one"}}{{end}}page`, "page"},
		"partials": {`
-- pages/_nav.html --
outer
-- pages/b/_nav.html --
inner {{template "more" .}}
-- pages/b/_more.html --
{{.}}
-- pages/layout.html --
{{template "nav" .}},{{template "content" .}}
-- pages/b/page.html --
{{template "nav" "y"}}`, "inner &lt;x&gt;,inner y"},
		"a partial with definitions": {`
-- pages/_list.html --
{{define "item"}}<li>{{.}}{{end}}{{define "list"}}not this{{end}}<ul>{{template "item" .}}</ul>
-- pages/page.html --
{{template "list" .}}`, "<ul><li>&lt;x&gt;</ul>"},
		"a layout before a partial of its directory": {`
-- pages/_foot.html --
partial
-- pages/layout.html --
{{define "foot"}}layout{{end}}{{template "content" .}}{{template "foot"}}
-- pages/page.html --
page,`, "page,layout"},
	} {
		got, err := execute(bundle(t, test.files), "<x>")
		if err != nil || got != test.want {
			t.Errorf("%s: %q, %v; want %q", name, got, err, test.want)
		}
	}
}

// TestFunctions checks which of functions with one name is taken, and that they are
// asked for once.
func TestFunctions(t *testing.T) {
	asked := 0
	own := func() html.FuncMap {
		asked++
		return html.FuncMap{"a": func() string { return "own" }, "b": func() string { return "own" }}
	}
	inner := func() html.FuncMap { return html.FuncMap{"b": func() string { return "inner" }} }
	b := bundle(t, "-- pages/page.html --\n{{a}} {{b}}")
	made := New(func() (*Bundle, error) { return b, nil }, "/", own, inner)
	for range 2 {
		var body strings.Builder
		if err := made.Execute(&body, nil); err != nil || body.String() != "own inner" {
			t.Errorf("%q, %v", &body, err)
		}
	}
	if asked != 1 {
		t.Errorf("functions were asked for %d times", asked)
	}
}

// TestFunctionsPanic checks that what cannot be functions is said of each execution.
func TestFunctionsPanic(t *testing.T) {
	b := bundle(t, "-- pages/page.html --\n{{.}}")
	made := New(func() (*Bundle, error) { return b, nil }, "/", func() html.FuncMap { return html.FuncMap{"no name": strings.ToUpper} })
	for range 2 {
		if err := made.Execute(new(strings.Builder), nil); err == nil || !strings.Contains(err.Error(), `function name "no name" is not a valid identifier`) {
			t.Errorf("%v", err)
		}
	}
}

// TestErrors checks that errors are at their places.
func TestErrors(t *testing.T) {
	failure := errors.New("broken")
	funcs := func() html.FuncMap {
		return html.FuncMap{"fail": func() (string, error) { return "", failure }}
	}
	for name, test := range map[string]struct{ files, want string }{
		"a field":     {"-- pages/page.html --\n<p>\n{{.Name}}</p>", `pages/page.html:2:3: <.Name>: can't evaluate field Name in type string`},
		"a partial":   {"-- pages/_a.html --\n{{.Name}}\n-- pages/page.html --\n{{template \"a\" .}}", `pages/_a.html:1:3: <.Name>: can't evaluate field Name in type string`},
		"a function":  {"-- pages/page.html --\n{{fail}}", "pages/page.html:1:3: <fail>: error calling fail: broken"},
		"no function": {"-- pages/page.html --\n{{nope}}", `pages/page.html:1:3: <nope>: "nope" is not a defined function`},
		"escaping":    {"-- pages/page.html --\n<a href=\"{{if .}}?{{end}}{{.}}\">", "pages/page.html:1:28: {{.}} appears in an ambiguous context within a URL"},
		"syntax":      {"-- pages/page.html --\n\n{{if}}", "pages/page.html:2: missing value for if"},
		"text":        {"-- pages/page.txt --\n\n {{.Name}}", `pages/page.txt:2:4: <.Name>: can't evaluate field Name in type string`},
	} {
		_, err := execute(bundle(t, test.files), "x", funcs)
		var e *Error
		if !errors.As(err, &e) || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", name, err, test.want)
		}
		if name == "a function" && !errors.Is(err, failure) {
			t.Errorf("the error of the function is lost: %v", err)
		}
	}
	if _, err := execute(&Bundle{}, nil); err == nil || err.Error() != "there are no templates of /" {
		t.Errorf("without a page: %v", err)
	}
}

// TestReadBundle reads a bundle as a function does.
func TestReadBundle(t *testing.T) {
	file := filepath.Join(t.TempDir(), "templates.json")
	if _, err := ReadBundle(file); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is no file: %v", err)
	}
	data, err := json.Marshal(bundle(t, "-- pages/page.html --\n{{.}}"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	b, err := ReadBundle(file)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := execute(b, "<x>"); err != nil || got != "&lt;x&gt;" {
		t.Errorf("%q, %v", got, err)
	}
}
