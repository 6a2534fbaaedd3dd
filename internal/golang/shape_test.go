package golang

import (
	"context"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// imports reads the types of what the pages of the tables import, which one run
// of the Go command has compiled.
var imports = sync.OnceValues(func() (types.Importer, error) {
	root, err := filepath.Abs("../..")
	if err != nil {
		return nil, err
	}
	tool, err := newGoTool(context.Background(), root)
	if err != nil {
		return nil, err
	}
	packages, err := tool.list(context.Background(), []string{".", "bytes", "fmt", "html/template", "net/http"})
	if err != nil {
		return nil, err
	}
	return newImporter(packages), nil
})

// typeCheck makes a package at place of source, which must compile, and begins
// after the package clause.
func typeCheck(t *testing.T, place, source string) (*source, *types.Package) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "page.go"), []byte("package page\n"+source+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	importer, err := imports()
	if err != nil {
		t.Fatal(err)
	}
	src := parse(candidate{place: place}.dir(), dir, []string{"page.go"})
	config := types.Config{Importer: importer}
	pkg, err := config.Check("example.com/site/pages/"+place, src.fset, src.files, nil)
	if err != nil {
		t.Fatalf("%v in\n%s", err, source)
	}
	return src, pkg
}

// checkSource checks the page at place. It is nil when something is wrong.
func checkSource(t *testing.T, place, source string) (*page, diag.List) {
	t.Helper()
	var diags diag.List
	route, ok := site.ParseRoute(place, diag.Pos{}, &diags)
	if !ok {
		t.Fatal(diags)
	}
	src, pkg := typeCheck(t, place, source)
	if !isPage(src, &listed{Name: pkg.Name()}, &diags) {
		return nil, diags
	}
	return checkPage(candidate{place, route}, src, pkg, &diags), diags
}

// wantDiags compares diagnostics with what is printed of them; "" is none.
func wantDiags(t *testing.T, diags diag.List, want string) {
	t.Helper()
	got := ""
	if err := diags.Err(); err != nil {
		got = err.Error()
	}
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

const (
	dataFix = `
    Data takes nothing or the request, and returns a value or a value and an error:
        func Data() T
        func Data(r *http.Request) (T, error)`
	renderFix = `
    Render takes nothing or what Data returns, and returns a body, then optionally
    jargo.Info, then optionally error. With an io.Writer first it returns no body:
        func Render(data T) string
        func Render(data T) (template.HTML, jargo.Info, error)
        func Render(w io.Writer, data T) error
    A body is a string, []byte, template.HTML, io.WriterTo, io.Reader, or has the method
    Render(context.Context, io.Writer) error or Render(io.Writer) error.`
	configFix = `
    func Config() jargo.Config`
	pathsFix = `
    func Paths() []string
    func Paths() ([]string, error)`
	handlerFix = `
    func Handler(w http.ResponseWriter, r *http.Request)
    func Handler(w http.ResponseWriter, r *http.Request) error
    var Handler http.Handler = …`
	handlerAloneFix = `
    keep one of the two: a Handler writes the whole response itself`
)

// wrongShapes are pages with one export that the generated program could not
// call, and what is said of it.
var wrongShapes = []struct{ source, want string }{
	// Config
	{`
func Config() string { return "fresh" }
func Render() string { return "" }`,
		`pages/page.go:3:6: Config has a shape that Jargo cannot call: func() string` + configFix},
	{`
import "github.com/jargo-dev/jargo"
func Config() jargo.Fresh { return jargo.Fresh{} }
func Render() string { return "" }`,
		`pages/page.go:4:6: Config has a shape that Jargo cannot call: func() jargo.Fresh` + configFix},
	{`
import "github.com/jargo-dev/jargo"
func Config(n int) jargo.Config { return nil }
func Render() string { return "" }`,
		`pages/page.go:4:6: Config has a shape that Jargo cannot call: func(n int) jargo.Config` + configFix},
	{`
import "github.com/jargo-dev/jargo"
func Config() (jargo.Config, error) { return nil, nil }
func Render() string { return "" }`,
		`pages/page.go:4:6: Config has a shape that Jargo cannot call: func() (jargo.Config, error)` + configFix},
	{`
type Config struct{}
func Render() string { return "" }`,
		`pages/page.go:3:6: Config is not a function, but a page's Config is one` + configFix},

	// Paths
	{`
func Paths() []int { return nil }
func Render() string { return "" }`,
		`pages/page.go:3:6: Paths has a shape that Jargo cannot call: func() []int` + pathsFix},
	{`
func Paths() ([]string, bool) { return nil, false }
func Render() string { return "" }`,
		`pages/page.go:3:6: Paths has a shape that Jargo cannot call: func() ([]string, bool)` + pathsFix},
	{`
func Paths(n int) []string { return nil }
func Render() string { return "" }`,
		`pages/page.go:3:6: Paths has a shape that Jargo cannot call: func(n int) []string` + pathsFix},
	{`
func Paths() {}
func Render() string { return "" }`,
		`pages/page.go:3:6: Paths has a shape that Jargo cannot call: func()` + pathsFix},
	{`
type names []string
func Paths() names { return nil }
func Render() string { return "" }`,
		`pages/page.go:4:6: Paths has a shape that Jargo cannot call: func() names` + pathsFix},

	// Data
	{`
func Data(n int) string { return "" }
func Render(s string) string { return s }`,
		`pages/page.go:3:6: Data has a shape that Jargo cannot call: func(n int) string` + dataFix},
	{`
import "net/http"
func Data(r ...*http.Request) string { return "" }
func Render(s string) string { return s }`,
		`pages/page.go:4:6: Data has a shape that Jargo cannot call: func(r ...*http.Request) string` + dataFix},
	{`
import "net/http"
func Data(r http.Request) string { return "" }
func Render(s string) string { return s }`,
		`pages/page.go:4:6: Data has a shape that Jargo cannot call: func(r http.Request) string` + dataFix},
	{`
func Data() error { return nil }
func Render() string { return "" }`,
		`pages/page.go:3:6: Data has a shape that Jargo cannot call: func() error` + dataFix},
	{`
func Data() {}
func Render() string { return "" }`,
		`pages/page.go:3:6: Data has a shape that Jargo cannot call: func()` + dataFix},
	{`
func Data() (string, string) { return "", "" }
func Render(s string) string { return s }`,
		`pages/page.go:3:6: Data has a shape that Jargo cannot call: func() (string, string)` + dataFix},
	{`
func Data() (string, error, int) { return "", nil, 0 }
func Render(s string) string { return s }`,
		`pages/page.go:3:6: Data has a shape that Jargo cannot call: func() (string, error, int)` + dataFix},
	{`
func Data[T any]() (t T) { return t }
func Render(s string) string { return s }`,
		`pages/page.go:3:6: Data has type parameters: Jargo would not know their types` + dataFix},
	{`
type Data struct{}
func Render(d Data) string { return "" }`,
		`pages/page.go:3:6: Data is not a function, but a page's Data is one` + dataFix},
	{`
func Data() int { return 1 }`,
		`pages/page.go:3:6: the package has Data but no Render
    add func Render, or move the package to a directory whose name starts with _`},

	// Render
	{`
func Render() int { return 1 }`,
		`pages/page.go:3:6: Render has a shape that Jargo cannot call: func() int` + renderFix},
	{`
func Render() {}`,
		`pages/page.go:3:6: Render has a shape that Jargo cannot call: func()` + renderFix},
	{`
import "io"
func Render(w io.Writer) string { return "" }`,
		`pages/page.go:4:6: Render has a shape that Jargo cannot call: func(w io.Writer) string` + renderFix},
	{`
import "io"
func Data() string { return "" }
func Render(data string, w io.Writer) {}`,
		`pages/page.go:5:6: Render has a shape that Jargo cannot call: func(data string, w io.Writer)` + renderFix},
	{`
func Render() (string, error, int) { return "", nil, 0 }`,
		`pages/page.go:3:6: Render has a shape that Jargo cannot call: func() (string, error, int)` + renderFix},
	{`
import "github.com/jargo-dev/jargo"
func Render() (string, error, jargo.Info) { return "", nil, jargo.Info{} }`,
		`pages/page.go:4:6: Render has a shape that Jargo cannot call: func() (string, error, jargo.Info)` + renderFix},
	{`
func Data() []string { return nil }
func Render(data ...string) string { return "" }`,
		`pages/page.go:4:6: Render has a shape that Jargo cannot call: func(data ...string) string` + renderFix},
	{`
type T struct{}
func (*T) Render() error { return nil }
func Render() T { return T{} }`,
		`pages/page.go:5:6: Render has a shape that Jargo cannot call: func() T` + renderFix},
	{`
var Render = func() string { return "" }`,
		`pages/page.go:3:5: Render is not a function, but a page's Render is one` + renderFix},
	{`
func Render[T any](data T) string { return "" }`,
		`pages/page.go:3:6: Render has type parameters: Jargo would not know their types` + renderFix},

	// Render beside Data
	{`
import "net/http"
func Render(r *http.Request) string { return "" }`,
		`pages/page.go:4:6: Render takes the request, which only Data can have
    add func Data(r *http.Request) T and let Render take the T`},
	{`
import . "bytes"
func Render(b *Buffer) string { return "" }`,
		`pages/page.go:4:6: Render takes *bytes.Buffer, but the page has no Data to make it
    add func Data() *bytes.Buffer
    what a dot-import brings, as that of "bytes", is not the page's own`},
	{`
func Render(n int) string { return "" }`,
		`pages/page.go:3:6: Render takes int, but the page has no Data to make it
    add func Data() int`},
	{`
func Data() int { return 1 }
func Render() string { return "" }`,
		`pages/page.go:4:6: Render does not take the int that Data returns (pages/page.go:3:6)
    take it: func Render(data int) …, or remove Data`},
	{`
type Post struct{}
func Data() (*Post, error) { return nil, nil }
func Render(p Post) string { return "" }`,
		`pages/page.go:5:6: Render takes Post, but Data returns *Post (pages/page.go:4:6)
    let Render take *Post, or Data return Post`},
	{`
import "html/template"
func Data() template.HTML { return "" }
func Render(s string) string { return "" }`,
		`pages/page.go:5:6: Render takes string, but Data returns template.HTML (pages/page.go:4:6)
    let Render take template.HTML, or Data return string`},

	// Handler
	{`
func Handler() {}`,
		`pages/page.go:3:6: Handler has a shape that Jargo cannot call: func()` + handlerFix},
	{`
type Handler struct{}`,
		`pages/page.go:3:6: Handler is not a function, but a page's Handler is one` + handlerFix},
	{`
import "net/http"
func Handler(w http.ResponseWriter, r *http.Request) string { return "" }`,
		`pages/page.go:4:6: Handler has a shape that Jargo cannot call: func(w http.ResponseWriter, r *http.Request) string` + handlerFix},
	{`
import "net/http"
var Handler = func(w http.ResponseWriter, r *http.Request) {}`,
		`pages/page.go:4:5: Handler is a variable of type func(w http.ResponseWriter, r *http.Request), which is no http.Handler` + handlerFix},
	{`
import "net/http"
var Handler http.Handler
func Render() string { return "" }`,
		`pages/page.go:5:6: the page has both Handler and Render` + handlerAloneFix},
	{`
import "net/http"
func Handler(w http.ResponseWriter, r http.Request) {}`,
		`pages/page.go:4:6: Handler has a shape that Jargo cannot call: func(w http.ResponseWriter, r http.Request)` + handlerFix},
	{`
import "net/http"
func Handler(http.ResponseWriter, *http.Request) {}
func Render() string { return "" }`,
		`pages/page.go:5:6: the page has both Handler and Render` + handlerAloneFix},
	{`
import "net/http"
func Handler(http.ResponseWriter, *http.Request) {}
func Data() string { return "" }`,
		`pages/page.go:5:6: the page has both Handler and Data` + handlerAloneFix},
	{`
import "net/http"
func Handler(http.ResponseWriter, *http.Request) {}
func Paths() []string { return nil }`,
		`pages/page.go:5:6: the page has both Handler and Paths` + handlerAloneFix},

	// Several at once: each export is looked at.
	{`
func Config() {}
func Paths() {}
func Data() {}
func Render() {}`,
		`pages/page.go:3:6: Config has a shape that Jargo cannot call: func()` + configFix + `
pages/page.go:4:6: Paths has a shape that Jargo cannot call: func()` + pathsFix + `
pages/page.go:5:6: Data has a shape that Jargo cannot call: func()` + dataFix + `
pages/page.go:6:6: Render has a shape that Jargo cannot call: func()` + renderFix},
}

func TestWrongShapes(t *testing.T) {
	for _, tt := range wrongShapes {
		p, diags := checkSource(t, "", tt.source)
		if p != nil {
			t.Errorf("a page is made of\n%s", tt.source)
		}
		wantDiags(t, diags, tt.want)
	}
}

// rightShapes are pages that can be called, and how. Of a ConfigAt only counts
// whether there is one.
var rightShapes = []struct {
	source string
	want   page
}{
	{`
func Render() string { return "" }`,
		page{Render: renderShape{Body: bodyString}}},
	{`
func Render() (string, error) { return "", nil }`,
		page{Render: renderShape{Body: bodyString, Err: true}}},
	{`
import "github.com/jargo-dev/jargo"
func Render() (string, jargo.Info) { return "", jargo.Info{} }`,
		page{Render: renderShape{Body: bodyString, Info: true}}},
	{`
import "github.com/jargo-dev/jargo"
func Data() int { return 0 }
func Render(n int) ([]byte, jargo.Info, error) { return nil, jargo.Info{}, nil }`,
		page{Data: &dataShape{}, Render: renderShape{Data: true, Body: bodyBytes, Info: true, Err: true}}},
	{`
import "io"
func Render(w io.Writer) {}`,
		page{Render: renderShape{Writer: true}}},
	{`
import ("io"; "github.com/jargo-dev/jargo")
func Data() (int, error) { return 0, nil }
func Render(w io.Writer, n int) (jargo.Info, error) { return jargo.Info{}, nil }`,
		page{Data: &dataShape{Err: true}, Render: renderShape{Writer: true, Data: true, Info: true, Err: true}}},
	{`
import "net/http"
func Data(r *http.Request) (string, error) { return "", nil }
func Render(s string) string { return s }`,
		page{Data: &dataShape{Request: true, Err: true}, Render: renderShape{Data: true, Body: bodyString}}},

	// What Data returns need only be assignable.
	{`
import "fmt"
type Name string
func (n Name) String() string { return string(n) }
func Data() Name { return "" }
func Render(s fmt.Stringer) string { return s.String() }`,
		page{Data: &dataShape{}, Render: renderShape{Data: true, Body: bodyString}}},
	{`
func Data() any { return nil }
func Render(a interface{}) string { return "" }`,
		page{Data: &dataShape{}, Render: renderShape{Data: true, Body: bodyString}}},
	{`
type names []string
func Data() []string { return nil }
func Render(n names) string { return "" }`,
		page{Data: &dataShape{}, Render: renderShape{Data: true, Body: bodyString}}},

	// Other names for the same types.
	{`
import ("net/http"; "io"; web "net/http")
type Request = http.Request
type Out = io.Writer
func Data(r *Request) []web.Cookie { return nil }
func Render(w Out, cookies []http.Cookie) {}`,
		page{Data: &dataShape{Request: true}, Render: renderShape{Writer: true, Data: true}}},
	{`
type T struct{ Name string }
func Data() T { return T{} }
func Render(data struct{ Name string }) string { return "" }`,
		page{Data: &dataShape{}, Render: renderShape{Data: true, Body: bodyString}}},

	{`
func Paths() []string { return nil }
func Render() string { return "" }`,
		page{Paths: pathsShape{Present: true}, Render: renderShape{Body: bodyString}}},
	{`
func Paths() ([]string, error) { return nil, nil }
func Render() string { return "" }`,
		page{Paths: pathsShape{Present: true, Err: true}, Render: renderShape{Body: bodyString}}},
	{`
import "github.com/jargo-dev/jargo"
func Config() jargo.Config { return jargo.Fresh{} }
func Render() string { return "" }`,
		page{ConfigAt: diag.Pos{Line: 1}, Render: renderShape{Body: bodyString}}},
	{`
import "net/http"
func Handler(w http.ResponseWriter, r *http.Request) {}`,
		page{Handler: handlerFunc}},
	{`
import "net/http"
func Handler(http.ResponseWriter, *http.Request) error { return nil }`,
		page{Handler: handlerError}},
	{`
import "net/http"
var Handler http.Handler = http.NotFoundHandler()`,
		page{Handler: handlerValue}},
	{`
import "net/http"
var Handler = http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})`,
		page{Handler: handlerValue}},
	{`
import "net/http"
var Handler http.ServeMux`, // its pointer is a handler
		page{Handler: handlerValue}},
	{`
import "net/http"
func Handler(http.ResponseWriter, *http.Request) {}
type Data struct{}`,
		page{Handler: handlerFunc}},

	// A method or a local name is no export of the package.
	{`
type T struct{}
func (T) Handler() {}
func (T) Config() {}
func (T) Data() {}
func Render() string { Paths := ""; return Paths }`,
		page{Render: renderShape{Body: bodyString}}},
}

func TestRightShapes(t *testing.T) {
	for _, tt := range rightShapes {
		p, diags := checkSource(t, "", tt.source)
		if p == nil || len(diags) > 0 {
			t.Errorf("%v in\n%s", diags, tt.source)
			continue
		}
		got := page{Handler: p.Handler, Data: p.Data, Render: p.Render, Paths: p.Paths, ConfigAt: diag.Pos{Line: min(p.ConfigAt.Line, 1)}}
		if got.Data != nil {
			got.Data.typ = nil
		}
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("got %+v, want %+v of\n%s", got, tt.want, tt.source)
		}
	}
}

// TestPositions has the exports of a page found where they are declared, however
// they are, and nothing that is not the package's.
func TestPositions(t *testing.T) {
	p, diags := checkSource(t, "blog/slug_", `
import "github.com/jargo-dev/jargo"

func Render(data string) string { return data }

// Paths has a comment.
func Paths() []string {
	return nil
}

func (T) Data() {}
type T struct{}
func Data() (s string, err error) { return }; func Config() jargo.Config { return nil }`)
	wantDiags(t, diags, "")
	for _, tt := range []struct {
		name string
		at   diag.Pos
		want string
	}{
		{"Render", p.Source, "pages/blog/slug_/page.go:5:6"},
		{"Paths", p.PathsAt, "pages/blog/slug_/page.go:8:6"},
		{"Config", p.ConfigAt, "pages/blog/slug_/page.go:14:52"},
	} {
		if got := tt.at.String(); got != tt.want {
			t.Errorf("%s is at %s, want %s", tt.name, got, tt.want)
		}
	}
	if p.ImportPath != "example.com/site/pages/blog/slug_" || p.Place != "blog/slug_" || p.route.String() != "/blog/{slug}" {
		t.Errorf("the page is %+v", p)
	}

	src, _ := typeCheck(t, "", `
type A int
const B, C = 1, 2
var D struct{ E int }
type (F interface{ G() })
func (A) H() {}`)
	for name, want := range map[string]string{
		"A": "pages/page.go:3:6", "B": "pages/page.go:4:7", "C": "pages/page.go:4:10", "D": "pages/page.go:5:5",
		"E": "", "F": "pages/page.go:6:7", "G": "", "H": "",
	} {
		if got := src.pos(name).String(); got != want || src.has(name) != (want != "") {
			t.Errorf("%s is at %q, want %q", name, got, want)
		}
	}
	if got := src.packagePos().String(); got != "pages/page.go:1:9" {
		t.Errorf("the package is at %s", got)
	}
	if got := parse("pages/none", t.TempDir(), []string{"gone.go"}).packagePos().String(); got != "pages/none" {
		t.Errorf("a package without files is at %s", got)
	}
}

// TestBodyOf has the types of each kind of body, and some that are almost one.
func TestBodyOf(t *testing.T) {
	for _, tt := range []struct {
		typ  string // of a value that Render returns
		want body
	}{
		{"string", bodyString},
		{"[]byte", bodyBytes},
		{"[]uint8", bodyBytes},
		{"template.HTML", bodyHTML},
		{"component", bodyComponent},
		{"*component", bodyComponent},
		{"interface{ Render(context.Context, io.Writer) error }", bodyComponent},
		{"node", bodyNode},
		{"*pointerNode", bodyNode},
		{"struct{ node }", bodyNode},
		{"*bytes.Buffer", bodyWriterTo}, // an io.Reader, too: it is written at once
		{"io.WriterTo", bodyWriterTo},
		{"io.Reader", bodyReader},
		{"io.ReadCloser", bodyReader},
		{"*http.Request", ""},
		{"name", ""}, // neither string nor []byte is told from a type of one's own
		{"bytesType", ""},
		{"template.JS", ""},
		{"pointerNode", ""}, // the method is the pointer's
		{"bytes.Buffer", ""},
		{"variadic", ""},
		{"silent", ""},
		{"hidden", ""},
		{"any", ""},
		{"error", ""},
		{"func() string", ""},
	} {
		_, pkg := typeCheck(t, "", `
import ("bytes"; "context"; "html/template"; "io"; "net/http")
type name string
type bytesType []byte
type component struct{}
func (component) Render(context.Context, io.Writer) error { return nil }
type node struct{}
func (node) Render(w io.Writer) error { return nil }
type pointerNode struct{}
func (*pointerNode) Render(w io.Writer) error { return nil }
type variadic struct{}
func (variadic) Render(w ...io.Writer) error { return nil }
type silent struct{}
func (silent) Render(w io.Writer) {}
type hidden struct{}
func (hidden) render(w io.Writer) error { return nil }
var (_ bytes.Buffer; _ context.Context; _ template.HTML; _ io.Writer; _ http.Request)
var body `+tt.typ)
		if got := bodyOf(pkg.Scope().Lookup("body").Type()); got != tt.want {
			t.Errorf("%s is %q, want %q", tt.typ, got, tt.want)
		}
	}
}
