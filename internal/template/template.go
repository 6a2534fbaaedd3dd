// Package template finds the templates of a project's pages: page.html, layout.html and
// partials as _nav.html, and the same in XML, text and JSON. Package engine/template
// composes and executes them, compiler checks and compiles them.
package template

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// extensions are those of templates.
var extensions = []string{".html", ".json", ".txt", ".xml"}

// Project is the templates of a project.
type Project struct {
	Pages []*Page // by place

	files   map[string]string // the text of each file that a page has, by its name below the project
	invalid map[string]bool   // places of pages whose route cannot be

	dir    string
	parsed map[string]*template.File // nil for one with a mistake
	found  []found
}

// found is a directory with pages, and what is in those that lead to it.
type found struct {
	place  string
	pages  []string
	levels []level
}

// Page is a page whose Render is a template.
type Page struct {
	Place string // below pages/, with slashes; "" is pages/ itself
	Route site.Route
	Files template.Page
	Set   *template.Set // nil if there is a mistake in a file

	digest string
}

// Digest tells the page's templates from others.
func (p *Page) Digest() string { return p.digest }

// Source is where the page begins.
func (p *Page) Source() diag.Pos { return diag.Pos{File: p.Files.Own, Line: 1, Col: 1} }

// Text reports whether text/template executes it, not html/template.
func (p *Page) Text() bool { return template.IsText(p.Files.Own) }

// Type is the extension that the page's Content-Type is that of, "" if its route decides.
func (p *Page) Type() string {
	if p.Text() {
		return path.Ext(p.Files.Own)
	}
	return ""
}

// Is reports whether a file of that name in a directory of pages/ is a template.
func Is(name string) bool {
	ext := path.Ext(name)
	base := strings.TrimSuffix(name, ext)
	return slices.Contains(extensions, ext) && (base == "page" || base == "layout" || isPartial(base))
}

func isPartial(base string) bool { return len(base) > 1 && base[0] == '_' }

// Find reads the templates of a project. Mistakes in them, and in the names of their
// directories, go to diags.
func Find(project string, diags *diag.List) (*Project, error) {
	f := &finder{newProject(project), diags}
	if err := f.walk("", nil); err != nil {
		return nil, err
	}
	return f.addAll()
}

// Again is Find where of all below pages/ only files with these names have changed: those
// that p does not have are not read again. It is nil if it takes Find to know what there is.
func (p *Project) Again(changed []string, diags *diag.List) (*Project, error) {
	if p == nil || len(changed) == 0 {
		return nil, nil
	}
	f := &finder{newProject(p.dir), diags}
	maps.Copy(f.files, p.files)
	for name, parsed := range p.parsed {
		if parsed != nil { // else it is reported again
			f.parsed[name] = parsed
		}
	}
	for _, name := range changed {
		info, err := os.Lstat(filepath.Join(p.dir, filepath.FromSlash(name)))
		if _, known := p.parsed[name]; !known || err != nil || !info.Mode().IsRegular() {
			return nil, nil
		}
		delete(f.parsed, name)
	}
	f.found = p.found
	return f.addAll()
}

func newProject(dir string) *Project {
	return &Project{files: map[string]string{}, invalid: map[string]bool{}, dir: dir, parsed: map[string]*template.File{}}
}

// addAll adds the pages of what was found.
func (f *finder) addAll() (*Project, error) {
	for _, d := range f.found {
		if err := f.add(d.place, d.pages, d.levels); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(f.Pages, func(a, b *Page) int { return strings.Compare(a.Place, b.Place) })
	return f.Project, nil
}

type finder struct {
	*Project
	diags *diag.List
}

// level is the templates of a directory, by their extension.
type level struct {
	layouts  map[string]string
	partials map[string][]string
}

// walk goes through a directory of pages/; above are those that lead to it.
func (f *finder) walk(place string, above []level) error {
	dir := path.Join("pages", place)
	entries, err := os.ReadDir(filepath.Join(f.dir, filepath.FromSlash(dir)))
	if err != nil {
		return err
	}
	here, pages := level{map[string]string{}, map[string][]string{}}, []string(nil)
	for _, e := range entries {
		if e.IsDir() || !Is(e.Name()) {
			continue
		}
		ext := path.Ext(e.Name())
		switch file := path.Join(dir, e.Name()); strings.TrimSuffix(e.Name(), ext) {
		case "page":
			pages = append(pages, file)
		case "layout":
			here.layouts[ext] = file
		default:
			here.partials[ext] = append(here.partials[ext], file)
		}
	}
	above = append(above[:len(above):len(above)], here)
	if len(pages) > 0 {
		f.found = append(f.found, found{place, pages, above})
	}
	for _, e := range entries {
		if e.IsDir() && !site.Private(e.Name()) {
			if err := f.walk(path.Join(place, e.Name()), above); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds the page of a directory, in which these files are pages.
func (f *finder) add(place string, pages []string, levels []level) error {
	own := pages[0]
	if len(pages) > 1 {
		f.diags.Add(diag.Pos{File: pages[1], Line: 1, Col: 1}, "move one of the two into a directory of its own",
			"the directory has another page: %s", own)
	}
	p := &Page{Place: place, Files: template.Page{Own: own}}
	route, ok := site.ParseRoute(place, p.Source(), f.diags)
	if !ok {
		f.invalid[place] = true
		return nil
	}
	p.Route = route
	ext := path.Ext(own)
	for _, l := range levels {
		if layout, is := l.layouts[ext]; is {
			parsed, err := f.parse(layout)
			if err != nil {
				return err
			}
			if parsed != nil && isOnlyContent(parsed) {
				p.Files.Layouts = nil
			} else {
				p.Files.Layouts = append(p.Files.Layouts, layout)
			}
		}
		p.Files.Partials = append(p.Files.Partials, l.partials[ext]...)
	}
	files, h := map[string]*template.File{}, sha256.New()
	for _, name := range p.all() {
		parsed, err := f.parse(name)
		if err != nil {
			return err
		}
		if files[name] = parsed; parsed == nil {
			ok = false
		}
		fmt.Fprintf(h, "%q %d\n%s", name, len(f.files[name]), f.files[name])
	}
	p.digest = string(h.Sum(nil))
	if parsed := files[own]; parsed != nil && len(p.Files.Layouts) > 0 && f.definesContent(parsed) {
		ok = false
	}
	if ok {
		p.Set = template.Compose(p.Files, files)
	}
	f.Pages = append(f.Pages, p)
	return nil
}

// all are the files of a page.
func (p *Page) all() []string {
	return slices.Concat(p.Files.Layouts, p.Files.Partials, []string{p.Files.Own})
}

// isOnlyContent reports whether a layout holds only the content: it ends those above.
func isOnlyContent(f *template.File) bool {
	if len(f.Trees) != 1 {
		return false
	}
	content := 0
	for _, n := range f.Trees[f.Name].Root.Nodes {
		switch n := n.(type) {
		case *parse.TextNode:
			if strings.TrimSpace(string(n.Text)) != "" {
				return false
			}
		case *parse.TemplateNode:
			if n.Name != template.ContentName {
				return false
			}
			content++
		default:
			return false
		}
	}
	return content == 1
}

// parse reads and parses a file once. It is nil if there is a mistake in it, which has
// been reported.
func (f *finder) parse(name string) (*template.File, error) {
	if parsed, done := f.parsed[name]; done {
		return parsed, nil
	}
	f.parsed[name] = nil
	file := filepath.Join(f.dir, filepath.FromSlash(name))
	if info, err := os.Stat(file); err == nil && !info.Mode().IsRegular() {
		f.diags.Add(diag.Pos{File: name}, "put a file there", "it is no file, but has the name of a template")
		return nil, nil
	}
	text, err := os.ReadFile(file)
	switch {
	case os.IsNotExist(err):
		f.diags.Add(diag.Pos{File: name}, "let it lead to a file, or remove it", "the link leads nowhere")
		return nil, nil
	case os.IsPermission(err):
		f.diags.Add(diag.Pos{File: name}, "let it be read: chmod u+r "+name, "it cannot be read")
		return nil, nil
	case err != nil:
		return nil, fmt.Errorf("read a template: %w", err)
	}
	source := strings.TrimPrefix(string(text), "\ufeff") // which would be in the middle of a page
	f.files[name] = source
	parsed, err := template.ParseFile(name, source)
	if err != nil {
		at, fix, message := syntaxError(name, source, err)
		f.diags.Add(at, fix, "%s", message)
		return nil, nil
	}
	if isLayout(name) && f.definesContent(parsed) {
		return nil, nil
	}
	if isLayout(name) && !showsContent(parsed) {
		f.diags.Add(diag.Pos{File: name, Line: 1, Col: 1}, "write {{template \"content\" .}} where the page is to be",
			"the layout shows no content")
		return nil, nil
	}
	f.parsed[name] = parsed
	return parsed, nil
}

// definition is where a template is defined that has the name of what a layout shows.
var definition = regexp.MustCompile(`\{\{-?[ \t\r\n]*(?:define|block)[ \t\r\n]+"` + template.ContentName + `"`)

// definesContent reports a file that defines what a layout shows, which is the page itself,
// all of it that is outside of definitions.
func (f *finder) definesContent(parsed *template.File) bool {
	if parsed.Trees[template.ContentName] == nil {
		return false
	}
	text, at := f.files[parsed.Name], diag.Pos{File: parsed.Name, Line: 1, Col: 1}
	if found := definition.FindStringIndex(text); found != nil {
		at = place(text, found[0], parsed.Name)
	}
	f.diags.Add(at, "remove the definition around it: what is outside of definitions is the content",
		"%q is the page that stands in a layout: it is not defined", template.ContentName)
	return true
}

func isLayout(name string) bool { return strings.HasPrefix(path.Base(name), "layout.") }

// showsContent reports whether a layout says where what it wraps is to be.
func showsContent(f *template.File) bool {
	found := false
	for _, tree := range f.Trees {
		template.Each(tree.Root, func(n parse.Node) {
			call, ok := n.(*parse.TemplateNode)
			found = found || ok && call.Name == template.ContentName
		})
	}
	return found
}

// Page returns the page of a directory below pages/, or nil.
func (p *Project) Page(place string) *Page {
	if p == nil {
		return nil
	}
	i, found := slices.BinarySearchFunc(p.Pages, place, func(p *Page, place string) int { return strings.Compare(p.Place, place) })
	if !found {
		return nil
	}
	return p.Pages[i]
}

// All are the pages, of which nil has none.
func (p *Project) All() []*Page {
	if p == nil {
		return nil
	}
	return p.Pages
}

// Has reports whether a directory below pages/ has a page, whose route may be a mistake.
func (p *Project) Has(place string) bool { return p.Page(place) != nil || p != nil && p.invalid[place] }

// Bundle is the templates of some pages, to be executed as they are.
func (p *Project) Bundle(has func(*Page) bool) *template.Bundle {
	b := &template.Bundle{Files: map[string]string{}, Pages: map[string]template.Page{}}
	for _, page := range slices.SortedFunc(slices.Values(p.Pages), func(a, b *Page) int { return a.Route.Compare(b.Route) }) {
		if !has(page) {
			continue
		}
		b.Routes = append(b.Routes, page.Route.String())
		files := page.Files
		files.Output = page.Route.Output()
		b.Pages[page.Route.String()] = files
		for _, name := range page.all() {
			b.Files[name] = p.files[name]
		}
	}
	return b
}

// WriteBundle writes the bundle of all pages to a file, which is a new one.
func (p *Project) WriteBundle(file string) error {
	data, err := json.Marshal(p.Bundle(func(*Page) bool { return true }))
	if err != nil {
		return err
	}
	// A process may be reading the last one, and an output may have a link to it.
	if err := os.WriteFile(file+".new", data, 0o644); err != nil {
		return fmt.Errorf("write the templates: %w", err)
	}
	return os.Rename(file+".new", file)
}

// Digest tells the templates from others.
func (p *Project) Digest() string {
	if p == nil {
		return ""
	}
	h := sha256.New()
	for _, page := range p.Pages {
		fmt.Fprintf(h, "%q %x\n", page.Place, page.digest)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Unused are warnings of partials that no page uses, and of templates that pages define
// and nothing executes. used has the names of the templates that each page executes.
func (p *Project) Unused(used map[*Page]map[string]bool) diag.List {
	partials, defined := map[string]bool{}, diag.List{}
	for _, page := range p.All() {
		if used[page] == nil {
			return nil // it is not known
		}
		for _, file := range page.Files.Partials {
			if _, known := partials[file]; !known {
				partials[file] = false
			}
		}
		for name, file := range page.Set.Files {
			switch {
			case isPartial(strings.TrimSuffix(path.Base(file), path.Ext(file))):
				partials[file] = partials[file] || used[page][name]
			case file == page.Files.Own && name != file && !used[page][name]:
				defined.Add(position(page.Set.Trees[name].Root, p.files[file], file), "remove it, or define a template that a layout has: {{block \""+name+"\" .}}",
					"no template executes %q", name)
			}
		}
	}
	for _, file := range slices.Sorted(maps.Keys(partials)) {
		if !partials[file] {
			defined.Add(diag.Pos{File: file, Line: 1, Col: 1}, "remove it, or write {{template \""+template.PartialName(file)+"\" .}}",
				"no page executes this template")
		}
	}
	return defined
}

// position is where a node is in the text of a file.
func position(n parse.Node, text, file string) diag.Pos {
	return place(text, min(int(n.Position()), len(text)), file)
}

// place is the position of a byte of the text of a file.
func place(text string, at int, file string) diag.Pos {
	before := text[:at]
	return diag.Pos{File: file, Line: 1 + strings.Count(before, "\n"), Col: len(before) - strings.LastIndexByte(before, '\n')}
}
