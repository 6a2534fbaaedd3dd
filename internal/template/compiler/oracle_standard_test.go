package compiler

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/printer"
	"go/token"
	"maps"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOracleStandard has the inputs of the tests of html/template and text/template as
// templates: of the tables there, which are read and not copied.
func TestOracleStandard(t *testing.T) {
	html, text := parseStandard(t, "html/template/escape_test.go"), parseStandard(t, "text/template/exec_test.go")
	var cases []oracleCase
	for i, row := range html.table("TestEscape", "tests") {
		if input, ok := html.text(row.field("input", 1)); ok {
			cases = append(cases,
				oracleCase{fmt.Sprint("TestEscape ", i), input, "d.NewHTMLTest()", anything},
				oracleCase{fmt.Sprint("TestEscape of a pointer ", i), input, "&[]d.HTMLTest{d.NewHTMLTest()}[0]", anything})
		}
	}
	for i, row := range html.table("TestErrors", "tests") {
		if input, ok := html.text(row.field("input", 0)); ok {
			cases = append(cases, oracleCase{fmt.Sprint("TestErrors ", i), input, "d.NewHTMLTest()", anything})
		}
	}
	for i, row := range html.table("TestEscapeText", "tests") {
		if input, ok := html.text(row.field("input", 0)); ok { // what is open ends at the value
			cases = append(cases, oracleCase{fmt.Sprint("TestEscapeText ", i), input + "{{.H}}", "d.NewHTMLTest()", anything})
		}
	}
	for i, row := range text.table("", "execTests") {
		if input, ok := text.text(row.field("input", 1)); ok {
			for _, is := range []expect{anything, anything | asText} {
				cases = append(cases, oracleCase{fmt.Sprint("execTests ", i), input, text.data(row.field("data", 3)), is})
			}
		}
	}
	for i, row := range text.table("", "cmpTests") {
		if expr, ok := text.text(row.field("expr", 0)); ok {
			cases = append(cases, oracleCase{fmt.Sprint("cmpTests ", i), "{{if " + expr + "}}true{{else}}false{{end}}", "d.NewCompared()", anything})
		}
	}
	count := map[string]int{}
	why := map[string]int{}
	for _, run := range runOracle(t, cases) {
		switch {
		case run.err != nil:
			count["not parsed"]++
			continue
		case len(run.result.Mistakes) > 0:
			count["with mistakes"]++
			if run.Failed == "" {
				t.Errorf("%s: %s\n  a false alarm: %v\n  %s", run.name, run.text, run.result.Mistakes, run.Executed)
			}
		case run.result.Code == "":
			count["not compiled"]++
			why[regexp.MustCompile(`[.$"]?\b[A-Z_0-9]\S*|".*?"`).ReplaceAllString(run.result.Why.Message, "…")]++
		default:
			count["compiled"]++
		}
		run.check(t)
	}
	if len(cases) < 700 || count["compiled"] < len(cases)/2 {
		t.Errorf("only %d inputs, %d compiled: are the tables other ones?", len(cases), count["compiled"])
	}
	t.Logf("%d inputs: %v", len(cases), count)
	for _, reason := range slices.Sorted(maps.Keys(why)) {
		t.Logf("%4d not compiled: %s", why[reason], reason)
	}
}

// standard is a file of the tests of the standard library.
type standard struct {
	t    *testing.T
	name string
	file *ast.File
	fset *token.FileSet
}

func parseStandard(t *testing.T, name string) *standard {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	s := &standard{t: t, name: filepath.Join(strings.TrimSpace(string(root)), "src", filepath.FromSlash(name)), fset: token.NewFileSet()}
	file, err := parser.ParseFile(s.fset, s.name, nil, 0)
	if err != nil {
		t.Fatalf("the tests of the standard library are needed, as %s: %v", s.name, err)
	}
	s.file = file
	return s
}

// row is one of a table.
type row struct{ elements []ast.Expr }

// field is an element, by its name or else its number; nil if there is none.
func (r row) field(name string, n int) ast.Expr {
	for _, e := range r.elements {
		if kv, ok := e.(*ast.KeyValueExpr); ok {
			if id, ok := kv.Key.(*ast.Ident); ok && id.Name == name {
				return kv.Value
			}
		} else if n < len(r.elements) {
			return r.elements[n]
		}
	}
	return nil
}

// table is the rows of a variable, of a function or, for "", of the package.
func (s *standard) table(function, variable string) (rows []row) {
	var in ast.Node = s.file
	for _, d := range s.file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == function {
			in = f
		}
	}
	var list *ast.CompositeLit
	take := func(name, value ast.Expr) {
		id, ok := name.(*ast.Ident)
		if c, isList := value.(*ast.CompositeLit); ok && isList && id.Name == variable && list == nil {
			list = c
		}
	}
	ast.Inspect(in, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.AssignStmt:
			take(n.Lhs[0], n.Rhs[0])
		case *ast.ValueSpec:
			if len(n.Values) > 0 {
				take(n.Names[0], n.Values[0])
			}
		}
		return true
	})
	if list == nil {
		s.t.Fatalf("there is no table %s %s in %s", function, variable, s.name)
	}
	for _, e := range list.Elts {
		if c, ok := e.(*ast.CompositeLit); ok {
			rows = append(rows, row{c.Elts})
		}
	}
	return rows
}

// text is a string that an expression is.
func (s *standard) text(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text, true
		}
	case *ast.BinaryExpr:
		x, ok := s.text(e.X)
		y, ok2 := s.text(e.Y)
		return x + y, ok && ok2
	case *ast.ParenExpr:
		return s.text(e.X)
	case *ast.Ident:
		switch e.Name {
		case "bigInt":
			return constant.MakeUint64(1<<63 - 1).ExactString(), true
		case "bigUint":
			return constant.MakeUint64(1 << 63).ExactString(), true
		}
		if e.Obj != nil {
			if spec, ok := e.Obj.Decl.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				return s.text(spec.Values[0])
			}
		}
	}
	return "", false
}

// simpleData are the data that are the same here.
var simpleData = regexp.MustCompile(`^(\d+|'.'|"[^"]*"|[a-z0-9]+\(\d+\)|map\[string\]\w+\{.*\}|\[\]\w+\{.*\})$`)

// data is an expression for data.
func (s *standard) data(e ast.Expr) string {
	var b strings.Builder
	if e != nil {
		printer.Fprint(&b, s.fset, e)
	}
	switch text := b.String(); {
	case text == "" || text == "nil":
		return ""
	case text == "tVal":
		return "d.TVal()"
	case text == "&iVal":
		return "d.IVal()"
	case text == "T{}":
		return "d.T{}"
	case text == "tSliceOfNil":
		return "[]*d.T{nil}"
	case strings.HasPrefix(text, "fVal"):
		return "d.Value" + text[len("fVal"):]
	case simpleData.MatchString(text) && !strings.Contains(text, "bytes."):
		return text
	}
	return "d.TVal()"
}
