// Package content has the pages of the documentation: the Markdown files beside it.
package content

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	chroma "github.com/alecthomas/chroma/v2/formatters/html"
	"github.com/yuin/goldmark"
	highlighting "github.com/yuin/goldmark-highlighting/v2"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

//go:embed *.md
var files embed.FS

// Part is a group of pages, in the order in which they are read.
type Part struct {
	Title string
	Pages []*Page
}

// order is what the parts have, by the names of the files.
var order = []struct {
	title string
	names []string
}{
	{"Start", []string{"quick-start"}},
	{"Pages", []string{"pages", "routes", "kinds", "templates", "python", "middleware", "revalidation", "assets", "environment", "vercel-json"}},
	{"On a server", []string{"hosting", "machines", "admin", "deploying"}},
	{"Reference", []string{"glossary"}},
}

// Page is one page.
type Page struct {
	Name        string // the file's name without its extension; its path is "/" + Name
	Title       string
	Description string
	HTML        template.HTML
	Sections    []Section // of level two
	Blocks      []Block

	Previous, Next *Page // nil at the ends
}

// Section is a part of a page below a heading.
type Section struct {
	ID, Title string
	Text      string // without its code
}

// Block is a block of code.
type Block struct {
	Language string
	Text     string
	Line     int // of its first line, in the file
}

// Parts are all pages, read and rendered once.
var Parts = sync.OnceValues(func() ([]Part, error) { return read(files) })

// Pages are all pages, in their order.
func Pages() ([]*Page, error) {
	parts, err := Parts()
	var all []*Page
	for _, p := range parts {
		all = append(all, p.Pages...)
	}
	return all, err
}

// Find is the page of this name. It wraps fs.ErrNotExist if there is none.
func Find(name string) (*Page, error) {
	pages, err := Pages()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(pages, func(p *Page) bool { return p.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("page %q: %w", name, fs.ErrNotExist)
	}
	return pages[i], nil
}

// read reads all pages. All mistakes in them are one error.
func read(dir fs.FS) ([]Part, error) {
	var parts []Part
	var mistakes []error
	var last *Page
	listed := map[string]bool{}
	for _, o := range order {
		part := Part{Title: o.title}
		for _, name := range o.names {
			listed[name+".md"] = true
			page, err := readPage(dir, name)
			if err != nil {
				mistakes = append(mistakes, err)
				continue
			}
			if page.Previous = last; last != nil {
				last.Next = page
			}
			last = page
			part.Pages = append(part.Pages, page)
		}
		parts = append(parts, part)
	}
	names, err := fs.Glob(dir, "*.md")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		if !listed[name] {
			mistakes = append(mistakes, fmt.Errorf("content/%s: no part has it: add it to order in content.go", name))
		}
	}
	return parts, errors.Join(mistakes...)
}

func readPage(dir fs.FS, name string) (*Page, error) {
	source, err := fs.ReadFile(dir, name+".md")
	if err != nil {
		return nil, err
	}
	page, err := parse(dir, name, source)
	if err != nil {
		return nil, fmt.Errorf("content/%s.md: %w", name, err)
	}
	return page, nil
}

// markdown highlights code with classes, whose colours are in public/style.css.
var markdown = goldmark.New(
	goldmark.WithExtensions(
		extension.Table,
		highlighting.NewHighlighting(highlighting.WithFormatOptions(chroma.WithClasses(true))),
	),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
)

// parse makes a page of a file: lines "name: value" between two lines "---", then Markdown.
func parse(dir fs.FS, name string, source []byte) (*Page, error) {
	rest, opened := bytes.CutPrefix(source, []byte("---\n"))
	head, body, closed := bytes.Cut(rest, []byte("\n---\n"))
	if !opened || !closed {
		return nil, errors.New(`a page begins with a head between two lines "---"`)
	}
	page := &Page{Name: name}
	for line := range strings.Lines(string(head)) {
		switch key, value, _ := strings.Cut(strings.TrimSpace(line), ": "); key {
		case "title":
			page.Title = value
		case "description":
			page.Description = value
		default:
			return nil, fmt.Errorf("%q is neither title nor description", key)
		}
	}
	if page.Title == "" || page.Description == "" {
		return nil, errors.New("a page has a title and a description")
	}
	document := markdown.Parser().Parse(text.NewReader(body))
	above := bytes.Count(source[:len(source)-len(body)], []byte("\n"))
	if err := page.look(document, dir, body, above); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, body, document); err != nil {
		return nil, err
	}
	page.HTML = template.HTML(out.String())
	return page, nil
}

// look takes from a document what else is known of the page, and has its links lead to the
// site's pages. There are so many lines above the document in the file.
func (p *Page) look(document ast.Node, dir fs.FS, source []byte, above int) error {
	var mistakes []error
	var prose strings.Builder
	section := Section{Title: p.Title}
	end := func() {
		section.Text = strings.Join(strings.Fields(prose.String()), " ")
		if section.ID != "" || section.Text != "" {
			p.Sections = append(p.Sections, section)
		}
		prose.Reset()
	}
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			if n.Type() == ast.TypeBlock {
				prose.WriteByte(' ')
			}
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			switch n.Level {
			case 1:
				mistakes = append(mistakes, errors.New("the title is in the head: a page has no heading of level one"))
			case 2:
				end()
				id, _ := n.AttributeString("id")
				section = Section{ID: string(id.([]byte)), Title: plain(n, source)}
				return ast.WalkSkipChildren, nil
			}
		case *ast.Link:
			to, err := destination(dir, string(n.Destination))
			if err != nil {
				mistakes = append(mistakes, err)
			}
			n.Destination = []byte(to)
		case *ast.FencedCodeBlock:
			block := Block{Language: string(n.Language(source)), Text: string(n.Lines().Value(source))}
			if n.Lines().Len() > 0 {
				block.Line = above + bytes.Count(source[:n.Lines().At(0).Start], []byte("\n")) + 1
			}
			p.Blocks = append(p.Blocks, block)
		case *ast.Text:
			prose.Write(n.Value(source))
			if n.SoftLineBreak() {
				prose.WriteByte(' ')
			}
		}
		return ast.WalkContinue, nil
	})
	end()
	return errors.Join(append(mistakes, err)...)
}

// plain is the text of a node.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(t.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// repository is where the files are that no page is made of.
const repository = "https://github.com/jargo-dev/jargo/blob/main/"

// destination is where a link leads to that stands in a file of the repository.
func destination(dir fs.FS, link string) (string, error) {
	name, fragment, marked := strings.Cut(link, "#")
	if name == "" || strings.Contains(link, ":") {
		return link, nil
	}
	to := repository + path.Join("docs/content", name)
	if base, ok := strings.CutSuffix(name, ".md"); ok && !strings.Contains(base, "/") {
		if _, err := fs.Stat(dir, name); err != nil {
			return link, fmt.Errorf("a link leads to %s, which is not there", name)
		}
		to = "/" + base
	}
	if marked {
		to += "#" + fragment
	}
	return to, nil
}
