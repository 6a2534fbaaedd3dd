package golang

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/template"
)

// exports is what the packages below pages/ export to Jargo. It is kept between
// builds as JSON.
type exports struct {
	Pages []*page // in route order
	Kinds []kind  // if a page has a Config
	Open  *export // nil: the site has none

	Middleware []*export // the outer before the inner
	Funcs      []*funcs  // likewise

	// Drivers are the packages of this module that a program with a host has clients from, by
	// their paths in it.
	Drivers []string

	Root     string    // import path of pages/
	Hints    diag.List // what may be meant otherwise, if the site has no Open
	Warnings diag.List // of templates

	typed *typed // nil when the rest was kept
}

// page is a page package whose exports have shapes that the generated program
// can call. It is kept between builds as JSON.
type page struct {
	route      site.Route
	Place      string   // below pages/, with slashes
	ImportPath string   // "" for templates without a package
	Source     diag.Pos // of Render or Handler, or the template
	ConfigAt   diag.Pos // of Config; the zero Pos when there is none
	PathsAt    diag.Pos // likewise

	Handler handlerShape
	Data    *dataShape // nil: the page has no Data
	Render  renderShape
	Paths   pathsShape

	Template *templateShape // nil: the page has Render or Handler
	wrong    bool           // there is a mistake in a template, which has been reported
}

// source is the parsed source of a page package.
type source struct {
	fset  *token.FileSet
	dir   string // below the project, with slashes
	decls map[string]ast.Node
	files []*ast.File
}

// parse reads the files of a package as far as they can be read: what the
// parser does not understand is the compiler's to report.
func parse(dir, absolute string, names []string) *source {
	s := &source{fset: token.NewFileSet(), dir: dir, decls: map[string]ast.Node{}}
	for _, name := range names {
		f, _ := parser.ParseFile(s.fset, filepath.Join(absolute, name), nil, parser.SkipObjectResolution)
		if f == nil {
			continue
		}
		s.files = append(s.files, f)
		for _, decl := range f.Decls {
			s.addDecl(decl)
		}
	}
	return s
}

// addDecl notes the names that a top-level declaration brings.
func (s *source) addDecl(decl ast.Decl) {
	switch decl := decl.(type) {
	case *ast.FuncDecl:
		if decl.Recv == nil {
			s.decls[decl.Name.Name] = decl.Name
		}
	case *ast.GenDecl:
		for _, spec := range decl.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				s.decls[spec.Name.Name] = spec.Name
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					s.decls[name.Name] = name
				}
			}
		}
	}
}

// has reports whether the package declares name.
func (s *source) has(name string) bool { return s.decls[name] != nil }

// pos is where the package declares name; the zero Pos when it does not.
func (s *source) pos(name string) diag.Pos {
	if node := s.decls[name]; node != nil {
		return s.at(node.Pos())
	}
	return diag.Pos{}
}

// packagePos is the package clause of the first file.
func (s *source) packagePos() diag.Pos {
	if len(s.files) == 0 {
		return diag.Pos{File: s.dir}
	}
	return s.at(s.files[0].Name.Pos())
}

func (s *source) at(pos token.Pos) diag.Pos {
	p := s.fset.Position(pos)
	return diag.Pos{File: path.Join(s.dir, filepath.Base(p.Filename)), Line: p.Line, Col: p.Column}
}

// analyze tells the pages among the candidates and checks the shape of their
// exports, by the types in the compiler's own export data: the Go tool's build
// cache is thus also the cache of this analysis. Packages that do not compile
// have no export data and are left out.
func analyze(candidates []candidate, templates *template.Project, packages map[string]*listed, project string, diags *diag.List) (*exports, error) {
	byDir := map[string]*listed{}
	for _, p := range packages {
		byDir[p.Dir] = p
	}
	imports := newImporter(packages)
	e, beside := &exports{typed: newTyped(imports), Drivers: driversIn(packages)}, map[string]bool{}
	for _, c := range candidates {
		p := byDir[filepath.Join(project, filepath.FromSlash(c.dir()))]
		if p == nil {
			continue
		}
		e.Root = strings.TrimSuffix(strings.TrimSuffix(p.ImportPath, c.place), "/")
		src := parse(c.dir(), p.Dir, slices.Concat(p.GoFiles, p.CgoFiles))
		from := templates.Page(c.place)
		beside[c.place] = len(src.files) > 0
		inGo := from == nil && isPage(src, p, diags)
		meant := from != nil || src.has("Open") || src.has("Middleware") || src.has("Funcs")
		if !inGo && !meant || p.Export == "" || from != nil && !notMain(src, p, diags) {
			continue
		}
		pkg, err := imports.Import(p.ImportPath)
		if err != nil {
			diags.Add(src.packagePos(), "", "read the package's types: %v", err)
			continue
		}
		e.directory(c, src, p, pkg, imports, diags)
		var page *page
		switch {
		case from != nil:
			page = e.typed.templatePage(from, &checker{src: src, scope: pkg.Scope(), diags: diags}, pkg.Path())
		case inGo:
			page = checkPage(c, src, pkg, diags)
		}
		if page != nil {
			e.Pages = append(e.Pages, page)
		}
	}
	for _, from := range templates.All() {
		if !beside[from.Place] && e.Root != "" {
			e.Pages = append(e.Pages, e.typed.templatePage(from, nil, ""))
		}
	}
	slices.SortFunc(e.Pages, func(a, b *page) int { return a.route.Compare(b.route) })
	slices.SortFunc(e.Middleware, func(a, b *export) int { return strings.Compare(a.Place, b.Place) })
	slices.SortFunc(e.Funcs, func(a, b *funcs) int { return strings.Compare(a.Place, b.Place) })
	e.setFuncs()
	if !slices.ContainsFunc(e.Pages, (*page).hasConfig) {
		return e, nil
	}
	jargo, err := imports.Import(jargoPath)
	if err != nil {
		return nil, fmt.Errorf("read the types of package jargo: %w", err)
	}
	e.Kinds, err = kindsOf(jargo, engineConfig)
	return e, err
}

// newImporter reads the types of packages from their export data.
func newImporter(packages map[string]*listed) types.Importer {
	return importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		p := packages[path]
		if p == nil || p.Export == "" {
			return nil, fmt.Errorf("no export data for %s", path)
		}
		return os.Open(p.Export)
	})
}

// isPage reports whether a package below pages/ is a page. One that looks like
// a page but cannot be one goes to diags.
func isPage(src *source, p *listed, diags *diag.List) bool {
	if src.has("Render") || src.has("Handler") {
		return notMain(src, p, diags)
	}
	if _, isFunc := declaredFunc(src, "Data"); isFunc {
		diags.Add(src.pos("Data"), "add func Render, or move the package to a directory whose name starts with _",
			"the package has Data but no Render")
	}
	return false
}

// notMain reports to diags a package that the program cannot import.
func notMain(src *source, p *listed, diags *diag.List) bool {
	if p.Name == "main" {
		diags.Add(src.packagePos(), "name the package after its directory, or move the program out of pages/",
			"a page's package cannot be named main: Go does not let it be imported")
		return false
	}
	return true
}

// declaredFunc returns the declaration of a top-level function.
func declaredFunc(src *source, name string) (*ast.FuncDecl, bool) {
	for _, f := range src.files {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == name {
				return fn, true
			}
		}
	}
	return nil, false
}

// checkPage checks the shape of each export of a page. It returns nil when one
// of them is wrong.
func checkPage(from candidate, src *source, pkg *types.Package, diags *diag.List) *page {
	c := &checker{src: src, scope: pkg.Scope(), diags: diags}
	p := &page{
		route: from.route, Place: from.place, ImportPath: pkg.Path(), Source: src.pos("Render"),
		ConfigAt: c.at("Config"), PathsAt: c.at("Paths"),
	}
	c.config()
	p.Paths = c.paths()
	if src.has("Handler") {
		p.Source, p.Handler = src.pos("Handler"), c.handler()
	} else {
		p.Data = c.data(false)
		p.Render = c.render(p.Data)
	}
	if c.wrong {
		return nil
	}
	return p
}
