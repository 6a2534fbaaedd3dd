package golang

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/template"
	"github.com/jargo-dev/jargo/internal/template/compiler"
)

// templateShape is what the generated program must know of a page whose Render is a
// template. It is kept between builds as JSON.
type templateShape struct {
	Type  string   // the extension whose Content-Type it has; "" for that of the route
	Funcs []string // import paths of packages whose Funcs it has, the outer before the inner

	Code    string            // what it is compiled to; "" for none
	Imports map[string]string // that Code needs: import paths, by the names in it
	Why     diag.List         // why it is not compiled: one at most
}

// funcs is the Funcs of a package, as far as it is known before it is called.
type funcs struct {
	export
	Values  []funcValue
	Imports map[string]string // that the types of Values need, as in a templateShape

	all   map[string]types.Type // by name
	known bool                  // all are
}

// funcValue is a function whose type the program can name.
type funcValue struct{ Name, Type string }

// name is the name of a variable of the program that has the functions.
func (f *funcs) name() string { return "functions_" + identifier(f.Place) }

// field is the name of one of them in it.
func (v funcValue) field() string { return "F_" + v.Name }

// typed is what the types of a site's packages say to its templates. It cannot be kept
// between builds.
type typed struct {
	data map[string]types.Type // what Data returns, by place
	at   map[string]diag.Pos   // where Data is, likewise
	own  map[string]compiler.Func

	wrongFuncs bool // a Funcs was reported: which functions there are is not known
}

// newTyped says what is known without any package of the site.
func newTyped(imports types.Importer) *typed {
	pkg, err := imports.Import("time")
	if err != nil {
		pkg = nil
	}
	return &typed{data: map[string]types.Type{}, at: map[string]diag.Pos{}, own: compiler.OwnFuncs(pkg)}
}

// templatePage is a page whose Render is a template, with the exports of the package
// beside it; c is nil if there is none.
func (t *typed) templatePage(from *template.Page, c *checker, importPath string) *page {
	p := &page{route: from.Route, Place: from.Place, ImportPath: importPath, Source: from.Source(), Template: &templateShape{Type: from.Type()}}
	if c == nil {
		return p
	}
	for _, name := range []string{"Render", "Handler"} {
		if c.scope.Lookup(name) != nil && c.src.has(name) {
			c.report(name, "keep one of the two", "the page has both %s and %s, which is its Render", name, path.Base(from.Files.Own))
		}
	}
	p.ConfigAt, p.PathsAt = c.at("Config"), c.at("Paths")
	c.config()
	p.Paths, p.Data = c.paths(), c.data(true)
	if c.wrong {
		return nil
	}
	if p.Data != nil {
		t.data[p.Place], t.at[p.Place] = p.Data.typ, c.at("Data")
	}
	return p
}

// funcs tells what the Funcs of a package has; nil if there is none.
func (c *checker) funcs(place string, pkg *types.Package, imports types.Importer) *funcs {
	sig := c.directoryFunction("Funcs", funcsShapes)
	if sig == nil {
		return nil
	}
	if len(params(sig)) != 0 || len(results(sig)) != 1 || !isFuncMap(results(sig)[0]) {
		c.shape("Funcs", sig, funcsShapes)
		return nil
	}
	f := &funcs{export: export{place, pkg.Path(), c.at("Funcs")}, Imports: map[string]string{}, all: map[string]types.Type{}}
	f.read(c, pkg, imports)
	for name, t := range f.all {
		if t != nil && compiler.CanName(t) {
			f.Values = append(f.Values, funcValue{name, types.TypeString(t, nameImports(f.Imports))})
		}
	}
	slices.SortFunc(f.Values, func(a, b funcValue) int { return strings.Compare(a.Name, b.Name) })
	return f
}

// isFuncMap reports whether a type is template.FuncMap, or what it is made of.
func isFuncMap(t types.Type) bool {
	if isNamed(t, "text/template", "FuncMap") {
		return true
	}
	m, ok := types.Unalias(t).(*types.Map)
	if !ok || !types.Identical(m.Key(), types.Typ[types.String]) {
		return false
	}
	elem, ok := m.Elem().Underlying().(*types.Interface)
	return ok && elem.Empty()
}

// nameImports returns what names packages in generated code, and notes in imports what it has named.
func nameImports(imports map[string]string) func(*types.Package) string {
	return func(p *types.Package) string {
		name := "import_" + identifier(p.Path())
		imports[name] = p.Path()
		return name
	}
}

// identifier makes a part of an identifier of a path. Letters cannot follow two
// underscores unless they are the numbers of characters.
func identifier(path string) string {
	var b strings.Builder
	for _, r := range path {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == '/':
			b.WriteByte('_')
		default:
			fmt.Fprintf(&b, "__%x", r)
		}
	}
	return b.String()
}

// read reads which functions there are, and their types, from the source of Funcs: if it
// does nothing but return a map, this is all there is to know.
func (f *funcs) read(c *checker, pkg *types.Package, imports types.Importer) {
	src := c.src
	decl, ok := declaredFunc(src, "Funcs")
	if !ok || decl.Body == nil || len(decl.Body.List) != 1 {
		return
	}
	returned, ok := decl.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(returned.Results) != 1 {
		return
	}
	literal, ok := returned.Results[0].(*ast.CompositeLit)
	if !ok {
		return
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	config := types.Config{Importer: imports, Error: func(error) {}, FakeImportC: true}
	own, _ := config.Check(pkg.Path(), src.fset, src.files, info) // what is wrong the compiler has said
	f.known = true
	for _, e := range literal.Elts {
		entry, ok := e.(*ast.KeyValueExpr)
		if !ok {
			f.known = false
			continue
		}
		key := info.Types[entry.Key].Value
		if key == nil || key.Kind() != constant.String {
			f.known = false
			continue
		}
		name := constant.StringVal(key)
		f.all[name] = nil
		if !isFuncName(name) {
			c.reportAt(entry.Key, "use letters, digits and underscores", "a function of templates cannot be named %q", name)
			continue
		}
		value := info.Types[entry.Value].Type
		sig, isFunc := value.Underlying().(*types.Signature)
		if why := compiler.CheckFunc(value); why != "" {
			c.reportAt(entry.Value, "give a function that returns one value, or a value and an error", "%s %s", name, why)
			continue
		}
		t := &translation{own: own, exported: pkg}
		if _, isNamed := types.Unalias(value).(*types.Named); isFunc && !isNamed {
			if translated := t.typ(sig); !t.failed {
				f.all[name] = translated
			}
		}
	}
}

// isFuncName reports whether templates can call a function of that name.
func isFuncName(name string) bool {
	for i, r := range name {
		if r != '_' && !unicode.IsLetter(r) && (i == 0 || !unicode.IsDigit(r)) {
			return false
		}
	}
	return name != ""
}

// translation puts the types that a package exports in the place of those that were
// made of its source: to the type checker they are different.
type translation struct {
	own, exported *types.Package
	failed        bool // it has a type that is not exported
}

func (t *translation) typ(from types.Type) types.Type {
	switch from := types.Unalias(from).(type) {
	case *types.Basic:
		return from
	case *types.Pointer:
		return types.NewPointer(t.typ(from.Elem()))
	case *types.Slice:
		return types.NewSlice(t.typ(from.Elem()))
	case *types.Array:
		return types.NewArray(t.typ(from.Elem()), from.Len())
	case *types.Map:
		return types.NewMap(t.typ(from.Key()), t.typ(from.Elem()))
	case *types.Signature:
		if from.TypeParams().Len() == 0 {
			return types.NewSignatureType(nil, nil, nil, t.tuple(from.Params()), t.tuple(from.Results()), from.Variadic())
		}
	case *types.Interface:
		if from.NumMethods() == 0 && from.NumEmbeddeds() == 0 {
			return from
		}
	case *types.Named:
		switch {
		case from.Obj().Pkg() != t.own && t.isForeign(from.TypeArgs()):
			return from
		case from.Obj().Parent() == t.own.Scope() && from.TypeArgs().Len() == 0:
			if obj := t.exported.Scope().Lookup(from.Obj().Name()); obj != nil {
				return obj.Type()
			}
		}
	}
	t.failed = true
	return types.Typ[types.Invalid]
}

// isForeign reports whether none of the arguments of a type is of the package.
func (t *translation) isForeign(args *types.TypeList) bool {
	for arg := range args.Types() {
		if translated := t.typ(arg); !types.Identical(translated, arg) {
			return false
		}
	}
	return true
}

func (t *translation) tuple(from *types.Tuple) *types.Tuple {
	var list []*types.Var
	for v := range from.Variables() {
		list = append(list, types.NewParam(token.NoPos, nil, v.Name(), t.typ(v.Type())))
	}
	return types.NewTuple(list...)
}

// setFuncs says which Funcs each page has that is a template.
func (e *exports) setFuncs() {
	for _, p := range e.Pages {
		for _, f := range e.Funcs {
			if p.Template != nil && f.covers(p) {
				p.Template.Funcs = append(p.Template.Funcs, f.ImportPath)
			}
		}
	}
}

// checkTemplates checks the templates of the pages, and compiles them if there is no
// session: then they are executed. It needs the types that an analysis has left.
func (e *exports) checkTemplates(templates *template.Project, session *Session, diags *diag.List) {
	type job struct {
		page   *page
		from   *template.Page
		result *compiler.Result
	}
	var jobs []*job
	for _, p := range e.Pages {
		if p.Template == nil {
			continue
		}
		p.Template.Code, p.Template.Why, p.Template.Imports = "", nil, nil
		from := templates.Page(p.Place)
		if p.wrong = from.Set == nil; !p.wrong {
			jobs = append(jobs, &job{page: p, from: from})
		}
	}
	next := make(chan *job, len(jobs))
	for _, j := range jobs {
		if j.result = session.take(j.from, e.typed); j.result == nil {
			next <- j
		}
	}
	close(next)
	var working sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		working.Go(func() {
			for j := range next {
				j.result = e.compile(j.page, j.from, session == nil)
			}
		})
	}
	working.Wait()
	var shared compiler.Shared
	var warnings diag.List
	used, results := map[*template.Page]map[string]bool{}, map[*template.Page]*compiler.Result{}
	for _, j := range jobs {
		shared.Add(j.result.Mistakes)
		used[j.from], results[j.from] = j.result.Used, j.result
		j.page.wrong = len(j.result.Mistakes) > 0
		warnings = append(warnings, j.result.Warnings...)
	}
	session.keep(e.typed, results)
	e.Warnings = nil
	if mistakes := shared.List(); len(mistakes) > 0 {
		*diags = append(*diags, mistakes...)
	} else {
		e.Warnings = append(warnings, templates.Unused(used)...)
	}
}

// compile checks and compiles the templates of a page.
func (e *exports) compile(p *page, from *template.Page, code bool) *compiler.Result {
	c := compiler.Page{
		Route: p.route.String(), Own: from.Files.Own, Set: from.Set, Text: from.Text(),
		Data: e.typed.data[p.Place], DataAt: e.typed.at[p.Place], Funcs: map[string]compiler.Func{},
	}
	for name, f := range e.typed.own {
		c.Funcs[name] = f
	}
	c.AnyFunc = e.typed.wrongFuncs
	for _, f := range e.Funcs {
		if !f.covers(p) {
			continue
		}
		c.AnyFunc = c.AnyFunc || !f.known
		if !f.known { // it may have other functions by these names
			for name := range c.Funcs {
				c.Funcs[name] = compiler.Func{}
			}
		}
		for name, t := range f.all {
			c.Funcs[name] = compiler.Func{Type: t}
		}
		for _, v := range f.Values {
			c.Funcs[v.Name] = compiler.Func{Type: f.all[v.Name], Code: f.name() + "()." + v.field()}
		}
	}
	if code {
		p.Template.Imports = map[string]string{}
		c.Import = nameImports(p.Template.Imports)
	}
	result := compiler.Compile(c)
	p.Template.Code = result.Code
	maps.DeleteFunc(p.Template.Imports, func(name, _ string) bool { return !strings.Contains(result.Code, name+".") })
	if result.Why.Message != "" {
		p.Template.Why = diag.List{result.Why}
	}
	return result
}
