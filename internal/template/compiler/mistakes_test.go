package compiler

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"strings"
	"sync"
	"testing"

	"github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
)

// mistake is a row of the table: the templates of the page /about, the Go code of its
// package, and what is reported.
type mistake struct {
	name   string
	page   string // pages/about/page.html
	xml    string // pages/about/page.xml, instead
	layout string // pages/layout.html
	card   string // pages/_card.html
	// code is the package's, below its package clause and imports, which are line 1. It gets
	// a func Data() Page, if it has none. "" is site, "-" is a page without Go. Functions
	// with a lower-case name are those of Funcs.
	code string
	crlf bool // the lines of page end so
	want string
}

// site is the code of most rows. Data is on line 9.
const site = `type Page struct {
	Title, author string
	Post          Post
	Posts         []Post
	Newest        *Post
	Count         int
}
func Data() (Page, error) { return Page{}, nil }

type Post struct {
	Title, Body string
	Draft       bool
	Score       float64
	Stars       uint8
	By          *User
	Tags        []string
	Meta        map[string]string
	ByYear      map[int][]Post
	Notify      chan string
	Hook        func(string) string
	Since       time.Time
}

type User struct{ Name string }

func (u *User) Greeting() string                    { return "" }
func (p Post) Excerpt(words int) string             { return "" }
func (p Post) Related(n int, tags ...string) []Post { return nil }
func (p Post) Publish()                             {}
func (p Post) Size() (int, int)                     { return 0, 0 }
func (p Post) Three() (int, int, error)             { return 0, 0, nil }
func (p Post) On(t time.Time) (string, error)       { return "", nil }
func (p Post) Is(ok bool) bool                      { return ok }
func (p Post) Scaled(f float64) float64             { return f }
func (p Post) Small(n int8, u uint) int             { return 0 }
func (p Post) Signed(s fmt.Stringer) string         { return "" }
func upper(s string) string                         { return strings.ToUpper(s) }
func add(a, b int) int                              { return a + b }
func greet(u *User) string                          { return "" }
`

func TestMistakes(t *testing.T) {
	imports := importStandard(t)
	for _, row := range mistakes {
		t.Run(strings.ReplaceAll(row.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			var list diag.List
			result := Compile(row.load(t, imports))
			for _, m := range result.Mistakes {
				list = append(list, m.Diagnostic)
			}
			got := ""
			if sorted := list.Sorted(); len(sorted) > 0 {
				got = sorted.Error()
				if len(sorted) != len(list) {
					t.Errorf("%d of %d mistakes are reported twice", len(list)-len(sorted), len(list))
				}
			}
			if want := strings.TrimSpace(row.want); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// load makes the page of a row.
func (row mistake) load(t *testing.T, imports types.Importer) Page {
	t.Helper()
	p := template.Page{Own: "pages/about/page.html"}
	files := map[string]*template.File{}
	add := func(name, text string) {
		if text == "" {
			return
		}
		f, err := template.ParseFile(name, text)
		if err != nil {
			t.Fatal(err)
		}
		files[name] = f
	}
	if row.crlf {
		row.page = strings.ReplaceAll(row.page, "\n", "\r\n")
	}
	add(p.Own, row.page)
	if row.xml != "" {
		p.Own = "pages/about/page.xml"
		add(p.Own, row.xml)
	}
	if row.layout != "" {
		p.Layouts = []string{"pages/layout.html"}
		add(p.Layouts[0], row.layout)
	}
	if row.card != "" {
		p.Partials = []string{"pages/_card.html"}
		add(p.Partials[0], row.card)
	}
	page := Page{
		Route: "/about", Set: template.Compose(p, files), Text: row.xml != "", Funcs: map[string]Func{},
		Import: func(p *types.Package) string { return p.Name() },
	}
	if row.code != "-" {
		row.check(t, imports, &page)
	}
	return page
}

// check type-checks the Go code of a row.
func (row mistake) check(t *testing.T, imports types.Importer, page *Page) {
	t.Helper()
	code := row.code
	if code == "" {
		code = site
	}
	if !strings.Contains(code, "func Data()") {
		code += "\nfunc Data() Page { panic(0) }\n"
	}
	const head = `package about; import ("errors"; "fmt"; "html/template"; "io"; "iter"; "strings"; "time")` + "\n"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "pages/about/page.go", head+code, 0)
	if err != nil {
		t.Fatal(err)
	}
	config := types.Config{Importer: imports, DisableUnusedImportCheck: true}
	pkg, err := config.Check("example.com/pages/about", fset, []*ast.File{file}, nil)
	if err != nil {
		t.Fatal(err)
	}
	scope := pkg.Scope()
	for _, name := range scope.Names() {
		if f, ok := scope.Lookup(name).(*types.Func); ok && !f.Exported() {
			page.Funcs[name] = Func{Type: f.Type(), Code: "about." + name}
		}
	}
	data := scope.Lookup("Data")
	at := fset.Position(data.Pos())
	page.Data = data.Type().(*types.Signature).Results().At(0).Type()
	page.DataAt = diag.Pos{File: at.Filename, Line: at.Line, Col: at.Column}
}

// importStandard imports the packages of the standard library that rows use.
func importStandard(t *testing.T) types.Importer {
	t.Helper()
	return &locked{imports: exported(t, ".", "errors", "fmt", "html/template", "io", "iter", "strings", "time")}
}

// locked lets rows share an importer.
type locked struct {
	mu      sync.Mutex
	imports types.Importer
}

func (l *locked) Import(path string) (*types.Package, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.imports.Import(path)
}
