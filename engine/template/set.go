package template

import (
	"path"
	"strings"
	"text/template/parse"
)

// Page names the files that the templates of a page are in, below the project and
// with slashes: "pages/blog/page.html".
type Page struct {
	Output   string   `json:"output,omitempty"` // the page's output path
	Own      string   `json:"own"`
	Layouts  []string `json:"layouts,omitempty"`  // the outer before the inner
	Partials []string `json:"partials,omitempty"` // likewise
}

// ContentName is the template of a layout at which the inner layout, or the page,
// stands.
const ContentName = "content"

// File is a parsed file: the templates that it defines, by name. What is outside of
// all definitions has the name of the file.
type File struct {
	Name  string
	Trees map[string]*parse.Tree
}

// ParseFile parses a file. Which functions there are is not looked at.
func ParseFile(name, text string) (*File, error) {
	f := &File{Name: name, Trees: map[string]*parse.Tree{}}
	t := parse.New(name)
	t.Mode = parse.SkipFuncCheck
	_, err := t.Parse(text, "", "", f.Trees)
	return f, err
}

// Set is all the templates that a page has, by name, and the one it begins with. No
// two files share a tree, but sets of pages with the same files do: who changes trees
// must copy them.
type Set struct {
	Root  string
	Trees map[string]*parse.Tree
	// Files tells in which file a template is defined.
	Files map[string]string
}

// PartialName is the name of the template that a partial is: "nav" for
// "pages/_nav.html".
func PartialName(file string) string {
	base := path.Base(file)
	return strings.TrimPrefix(strings.TrimSuffix(base, path.Ext(base)), "_")
}

// Compose makes the set of a page of its parsed files. Of templates with one name the
// one nearest to the page is in it: its own before those of its directory, a layout's
// before a partial's, an inner directory's before an outer one's. Layouts are the
// exception in what they themselves are: each is in the set under the name of its file.
func Compose(p Page, files map[string]*File) *Set {
	s := &Set{Root: p.Own, Trees: map[string]*parse.Tree{}, Files: map[string]string{}}
	inner := map[string]string{} // what stands in a layout
	for i, layout := range p.Layouts {
		inner[layout] = p.Own
		if i+1 < len(p.Layouts) {
			inner[layout] = p.Layouts[i+1]
		}
	}
	if len(p.Layouts) > 0 {
		s.Root = p.Layouts[0]
	}
	for _, name := range outerFirst(p.Partials, p.Layouts) {
		if content, is := inner[name]; is {
			s.add(files[name], name, content)
		} else {
			s.add(files[name], PartialName(name), "")
		}
	}
	s.add(files[p.Own], p.Own, "")
	return s
}

// outerFirst merges files, each list of which is sorted so, by the depth of their
// directories: partials before layouts of the same.
func outerFirst(partials, layouts []string) []string {
	depth := func(file string) int { return strings.Count(file, "/") }
	var all []string
	for _, layout := range layouts {
		for len(partials) > 0 && depth(partials[0]) <= depth(layout) {
			all, partials = append(all, partials[0]), partials[1:]
		}
		all = append(all, layout)
	}
	return append(all, partials...)
}

// add adds the templates of a file: what is outside of definitions as main, and with
// what content stands for, if that is not "".
func (s *Set) add(f *File, main, content string) {
	if f == nil {
		return
	}
	for name, tree := range f.Trees {
		if name == f.Name {
			name = main
		} else if _, own := f.Trees[main]; own && name == main && main != f.Name {
			continue // a partial that defines its own name: the file is the partial
		}
		if content != "" {
			tree = tree.Copy()
			Each(tree.Root, func(n parse.Node) {
				if call, ok := n.(*parse.TemplateNode); ok && call.Name == ContentName {
					call.Name = content
				}
			})
		}
		s.Trees[name], s.Files[name] = tree, f.Name
	}
}

// Each calls f for the node and all statements in it: not for pipelines and what they
// are made of.
func Each(n parse.Node, f func(parse.Node)) {
	branch := func(b *parse.BranchNode) {
		Each(b.List, f)
		if b.ElseList != nil {
			Each(b.ElseList, f)
		}
	}
	switch n := n.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, inner := range n.Nodes {
			f(inner)
			Each(inner, f)
		}
	case *parse.IfNode:
		branch(&n.BranchNode)
	case *parse.WithNode:
		branch(&n.BranchNode)
	case *parse.RangeNode:
		branch(&n.BranchNode)
	}
}
