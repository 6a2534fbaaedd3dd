package compiler

import (
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"regexp"
	"testing"
	"text/template/parse"

	"github.com/jargo-dev/jargo/engine/template"
)

// large matches what may take long to execute.
var large = regexp.MustCompile(`[0-9]{3}|[0-9][eExXpPbBoO_]|\*|'|define|block|template`)

// byData matches errors that only the data can tell.
var byData = regexp.MustCompile(`nil pointer|untyped nil|invalid value|out of range|invalid slice index|now$|reflect: |negative|non-comparable type|runtime error`)

// branches matches what may not be reached.
var branches = regexp.MustCompile(`\b(if|with|range|and|or|else)\b|\bnow\b|Fail`)

// FuzzCompile holds what is said of any template to what html/template does when it
// executes it: where nothing is wrong it succeeds, but for what the data decides, and where
// something is wrong it fails, if it comes there.
func FuzzCompile(f *testing.F) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "fuzzed_test.go", nil, 0)
	if err != nil {
		f.Fatal(err)
	}
	pkg, err := new(types.Config).Check("compiler", fset, []*ast.File{file}, nil)
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		`{{.S}} {{.I | printf "%d"}} {{range $i, $x := .L}}{{$i}}{{.Name}}{{.Upper}}{{.Add 1}}{{else}}{{$.S}}{{end}}`,
		`<a href="{{.S}}?q={{.S}}" title={{.S}} onclick="f({{.M}})">{{with .P}}{{.Name}}{{.Add 2 | print}}{{end}}</a>`,
		`{{if and .B (eq .I 1 2) (lt .S "x")}}{{len .L}}{{index .M "a"}}{{(index .L 0).Name}}{{end}}{{.P.Join 1 nil "x"}}`,
		`{{$x := .S}}{{$x = .I}}{{not $x}}{{slice .S 1 2}}{{html .S}}{{js .I}}{{.Fail.Now}}{{nil}}{{.X.Y}}{{.S.Z}}`,
		`<script>var x = {{.L}}; var s = "{{.S}}"; /{{.S}}/</script><style>p { color: {{.S}} }</style><!-- {{.S}} -->`,
	} {
		f.Add(seed, false)
		f.Add(seed, true)
	}
	data := fuzzed{"s", 1, true, []fuzzedItem{{"a", 1}, {"b", 2}}, &fuzzedItem{"p", 3}, map[string]int{"a": 1}, fuzzedFail{}}
	f.Fuzz(func(t *testing.T, text string, asText bool) {
		if large.MatchString(text) {
			return
		}
		name := "pages/page.html"
		if asText {
			name = "pages/page.txt"
		}
		file, err := template.ParseFile(name, text)
		if err != nil || parse.IsEmptyTree(file.Trees[name].Root) {
			return
		}
		set := template.Compose(template.Page{Own: name}, map[string]*template.File{name: file})
		result := Compile(Page{
			Route: "/", Own: name, Set: set, Text: asText, Data: pkg.Scope().Lookup("fuzzed").Type(),
			Import: func(p *types.Package) string { return p.Name() },
		})
		var made interface {
			Execute(io.Writer, any) error
		}
		if asText {
			made, err = set.Text(nil)
		} else {
			made, err = set.HTML(nil)
		}
		if err == nil {
			err = made.Execute(io.Discard, data)
		}
		switch {
		case len(result.Mistakes) == 0 && result.Why.Message == "" && err != nil && !byData.MatchString(err.Error()):
			t.Errorf("%q: nothing is wrong, but it fails: %v", text, err)
		case len(result.Mistakes) > 0 && err == nil && !branches.MatchString(text):
			t.Errorf("%q: a false alarm: %v", text, result.Mistakes[0])
		}
	})
}
