// Package template composes the templates of pages, of layouts, partials and the page
// itself, and executes them by the packages html/template and text/template: those
// that are not compiled, and all while a site is developed. The command composes and
// parses them by this package, too, to check and to compile them.
//
// It is linked into the programs of sites that need it, by the same means as package
// engine, and imports the standard library only.
package template

import (
	"encoding/json"
	"fmt"
	html "html/template"
	"io"
	"os"
	"path"
	"path/filepath"
	"sync"
	text "text/template"
)

// Bundle is the templates of a site: the text of each file, and which files each page
// has, by its route.
type Bundle struct {
	Files map[string]string `json:"files"`
	Pages map[string]Page   `json:"pages"`
	// Routes are those of the pages, in route order.
	Routes []string `json:"routes,omitempty"`

	mu     sync.Mutex
	parsed map[string]*File
}

// BundleName is the name of a bundle's file in a function.
const BundleName = "templates.json"

// Variable is the environment variable that names the file with a bundle.
const Variable = "JARGO_TEMPLATES"

// ReadBundle reads a bundle from a file with JSON.
func ReadBundle(file string) (*Bundle, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the site's templates: %w", err)
	}
	b := new(Bundle)
	if err := json.Unmarshal(data, b); err != nil {
		return nil, fmt.Errorf("read the site's templates: %w", err)
	}
	return b, nil
}

// Given is the bundle that the environment names, which is read once. A name that is no
// absolute path is that of a file beside the program.
func Given() (*Bundle, error) {
	given.once.Do(func() {
		file := variable
		if !filepath.IsAbs(file) {
			program, err := os.Executable()
			if err != nil {
				given.err = err
				return
			}
			file = filepath.Join(filepath.Dir(program), file)
		}
		given.bundle, given.err = ReadBundle(file)
	})
	return given.bundle, given.err
}

// IsGiven reports whether the environment names a bundle.
func IsGiven() bool { return variable != "" }

// variable is what the environment says. It is not for programs that pages start.
var variable = func() string {
	defer os.Unsetenv(Variable)
	return os.Getenv(Variable)
}()

var given struct {
	once   sync.Once
	bundle *Bundle
	err    error
}

// file returns a parsed file.
func (b *Bundle) file(name string) (*File, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if f := b.parsed[name]; f != nil {
		return f, nil
	}
	f, err := ParseFile(name, b.Files[name])
	if err != nil {
		return nil, NewError(err)
	}
	if b.parsed == nil {
		b.parsed = map[string]*File{}
	}
	b.parsed[name] = f
	return f, nil
}

// compose returns the templates of the page with a route.
func (b *Bundle) compose(route string) (*Set, error) {
	p, ok := b.Pages[route]
	if !ok {
		return nil, fmt.Errorf("there are no templates of %s", route)
	}
	files := map[string]*File{}
	for _, names := range [][]string{p.Layouts, p.Partials, {p.Own}} {
		for _, name := range names {
			f, err := b.file(name)
			if err != nil {
				return nil, err
			}
			files[name] = f
		}
	}
	return Compose(p, files), nil
}

// Template is the templates of one page, which are parsed when they are first executed.
type Template struct {
	bundle func() (*Bundle, error)
	route  string
	funcs  []func() html.FuncMap

	once sync.Once
	tree interface {
		Execute(w io.Writer, data any) error
	}
	err error
}

// New returns the template of the page with a route. Of functions with one name those
// of a later one of funcs are taken.
func New(bundle func() (*Bundle, error), route string, funcs ...func() html.FuncMap) *Template {
	return &Template{bundle: bundle, route: route, funcs: funcs}
}

// Execute executes the template. An error that has a place is an *Error.
func (t *Template) Execute(w io.Writer, data any) error {
	t.once.Do(func() {
		defer func() {
			if v := recover(); v != nil { // of Funcs, or of what it returned
				t.err = fmt.Errorf("make the functions of templates: %v", v)
			}
		}()
		t.err = t.parse()
	})
	if t.err != nil {
		return t.err
	}
	if err := t.tree.Execute(w, data); err != nil {
		if _, is := err.(*Error); is {
			return err
		}
		return NewError(err)
	}
	return nil
}

func (t *Template) parse() error {
	bundle, err := t.bundle()
	if err != nil {
		return err
	}
	set, err := bundle.compose(t.route)
	if err != nil {
		return err
	}
	funcs := html.FuncMap{}
	for _, more := range t.funcs {
		for name, f := range more() {
			funcs[name] = f
		}
	}
	if IsText(bundle.Pages[t.route].Own) {
		t.tree, err = set.Text(funcs)
	} else {
		t.tree, err = set.HTML(funcs)
	}
	return err
}

// IsText reports whether package text/template executes a file, and not html/template.
func IsText(file string) bool { return path.Ext(file) != ".html" }

// HTML makes a template of package html/template of the set.
func (s *Set) HTML(funcs html.FuncMap) (*html.Template, error) {
	t := html.New(s.Root).Funcs(funcs)
	for name, tree := range s.Trees {
		if _, err := t.AddParseTree(name, tree.Copy()); err != nil {
			return nil, NewError(err)
		}
	}
	return t.Lookup(s.Root), nil
}

// Text makes a template of package text/template of the set.
func (s *Set) Text(funcs html.FuncMap) (*text.Template, error) {
	t := text.New(s.Root).Funcs(funcs)
	for name, tree := range s.Trees {
		if _, err := t.AddParseTree(name, tree.Copy()); err != nil {
			return nil, NewError(err)
		}
	}
	return t, nil
}
