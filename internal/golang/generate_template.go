package golang

import (
	"maps"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/template"
	"github.com/jargo-dev/jargo/internal/template/compiler"
)

// rangeVersion is the language version of a program whose templates may range over an
// iterator.
const rangeVersion = "//go:build go1.23\n\n"

// isExecuted reports whether html/template executes the templates of a page.
func (g *generator) isExecuted(p *page) bool {
	return p.Template != nil && (g.dev || p.Template.Code == "")
}

// executed are the pages whose templates html/template executes.
func (g *generator) executed() (list []*page) {
	for _, p := range g.Pages {
		if g.isExecuted(p) {
			list = append(list, p)
		}
	}
	return list
}

// compiled is the code of all templates that are.
func (g *generator) compiled() string {
	var code strings.Builder
	for _, p := range g.Pages {
		if p.Template != nil && !g.isExecuted(p) {
			code.WriteString(p.Template.Code)
		}
	}
	return code.String()
}

// used are the Funcs that compiled templates call.
func (g *generator) used() (list []*funcs) {
	code := g.compiled()
	for _, f := range g.Funcs {
		if strings.Contains(code, f.name()+"().") {
			list = append(list, f)
		}
	}
	return list
}

// templateImports writes the imports of what is generated for templates. Text in templates
// may look like code: templateVariables uses what is imported.
func (g *generator) templateImports() {
	code, executed := g.compiled(), len(g.executed()) > 0
	if executed {
		g.line("html %q", "html/template")
		g.line("%q", g.enginePath+"/template")
	}
	if code != "" {
		g.line("%q", g.enginePath+"/escape")
	}
	if executed || strings.Contains(code, "sitefile.") {
		g.line("%q", g.enginePath+"/sitefile")
	}
	if strings.Contains(code, "fmt.") {
		g.line("%q", "fmt")
	}
	if executed || strings.Contains(code, "time.") {
		g.line("%q", "time")
	}
	imports := map[string]string{}
	used := g.used()
	for _, f := range used {
		maps.Copy(imports, f.Imports)
	}
	for _, p := range g.Pages {
		if p.Template != nil && !g.isExecuted(p) {
			maps.Copy(imports, p.Template.Imports)
		}
	}
	if len(used) > 0 || executed && !g.dev {
		g.line("%q", "sync")
	}
	for _, name := range slices.Sorted(maps.Keys(imports)) {
		g.line("%s %q", name, imports[name])
	}
}

// template writes the page's one path from data to response.
func (g *generator) template(p *page, alias string) {
	g.line("Render: func(w *engine.Response, r *http.Request) error {")
	hasData := g.data(p, alias)
	switch {
	case g.isExecuted(p) && hasData:
		g.line("return %s.Execute(w, data)", g.templateName(p))
	case g.isExecuted(p):
		g.line("return %s.Execute(w, nil)", g.templateName(p))
	default:
		g.line("return escape.Write(w, func(w *escape.Writer) error {")
		if hasData {
			g.line("_ = data")
		}
		g.source.WriteString(p.Template.Code)
		g.line("return nil")
		g.line("})")
	}
	g.line("},")
}

// templateName is the name of the variable with a page's template.
func (g *generator) templateName(p *page) string { return "template_" + identifier(p.Place) }

// templateVariables writes what the templates share.
func (g *generator) templateVariables() {
	code, executed := g.compiled(), g.executed()
	if strings.Contains(code, "fmt.") {
		g.line("\nvar _ = fmt.Sprint")
	}
	if strings.Contains(code, "time.") {
		g.line("\nvar _ = time.Now")
	}
	if strings.Contains(code, "sitefile.") {
		g.line("\nvar _ = sitefile.Asset")
	}
	for _, f := range g.used() {
		g.functions(f)
	}
	if len(executed) == 0 {
		return
	}
	g.line("\nvar (")
	for _, p := range executed {
		args := ""
		for _, f := range g.Funcs {
			if slices.Contains(p.Template.Funcs, f.ImportPath) {
				args += ", func() html.FuncMap { return " + g.aliases[f.ImportPath] + ".Funcs() }"
			}
		}
		g.line("%s = template.New(templates, %q, functions%s)", g.templateName(p), p.route, args)
	}
	g.line(")\n")
	g.line("func functions() html.FuncMap {")
	g.line("return html.FuncMap{")
	for _, name := range slices.Sorted(maps.Keys(compiler.OwnCode)) {
		g.line("%q: %s,", name, compiler.OwnCode[name])
	}
	g.line("}")
	g.line("}\n")
	if g.dev {
		g.line("var templates = template.Given")
		return
	}
	g.line("func templates() (*template.Bundle, error) { return bundle(), nil }\n")
	g.line("var bundle = sync.OnceValue(func() *template.Bundle {")
	g.line("return &template.Bundle{")
	bundle := g.templates.Bundle(func(from *template.Page) bool {
		return slices.ContainsFunc(executed, func(p *page) bool { return p.Place == from.Place })
	})
	g.line("Files: map[string]string{")
	for _, name := range slices.Sorted(maps.Keys(bundle.Files)) {
		g.line("%q: %q,", name, bundle.Files[name])
	}
	g.line("},")
	g.line("Pages: map[string]template.Page{")
	for _, route := range slices.Sorted(maps.Keys(bundle.Pages)) {
		files := bundle.Pages[route]
		g.line("%q: {Own: %q, Layouts: %#v, Partials: %#v},", route, files.Own, files.Layouts, files.Partials)
	}
	g.line("},")
	g.line("}")
	g.line("})")
}

// functions writes the variable with what a Funcs has, called once.
func (g *generator) functions(f *funcs) {
	g.line("\nvar %s = sync.OnceValue(func() (f struct {", f.name())
	for _, v := range f.Values {
		g.line("%s %s", v.field(), v.Type)
	}
	g.line("}) {")
	g.line("m := %s.Funcs()", g.aliases[f.ImportPath])
	for _, v := range f.Values {
		g.line("f.%s, _ = m[%q].(%s)", v.field(), v.Name, v.Type)
	}
	g.line("return f")
	g.line("})")
}
