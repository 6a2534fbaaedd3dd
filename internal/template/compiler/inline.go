package compiler

import (
	"errors"
	html "html/template"
	"io"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/engine/template"
)

// call is a template in the place where it is executed.
type call struct {
	node *parse.TemplateNode
	name string
	// recursive says that the template executes itself: it becomes a function.
	recursive bool
	probe     *parse.TemplateNode // at its beginning, if it is recursive

	// of the function, while it is walked
	function string
	dot      value
}

// probeName is the name of an empty template. What html/template makes of the name of a
// template that is executed tells the context.
const probeName = "jargo probe"

// inline puts all templates of the page into one tree, with the escapers that
// html/template chooses: there is a list in the place of each template that is executed,
// which is in calls.
func (c *compiler) inline() *parse.ListNode {
	tree, recursive := c.unescaped()
	if c.Text {
		return tree
	}
	if err := escapeTree(tree, c.Set, recursive); err != nil {
		mistakes := c.Mistakes  // are reported
		tree, _ = c.unescaped() // it is half escaped
		c.Mistakes = mistakes
		c.escapeMistake(err, tree, recursive)
	}
	return tree
}

// unescaped is the tree of inline without escapers, and whether a template is recursive.
func (c *compiler) unescaped() (tree *parse.ListNode, recursive bool) {
	i := &inliner{compiler: c}
	tree = i.list(c.Set.Trees[c.Set.Root].Root)
	c.calls = i.calls
	return tree, i.recursive
}

// inliner copies trees into one.
type inliner struct {
	*compiler
	calls     map[*parse.ListNode]*call
	stack     []*call
	recursive bool // one of the templates is
	nodes     int
}

// list copies a list, with what is executed in it.
func (i *inliner) list(l *parse.ListNode) *parse.ListNode {
	if l == nil {
		return nil
	}
	made := l.CopyList()
	i.replace(made)
	return made
}

// replace replaces the templates that are executed in a list.
func (i *inliner) replace(l *parse.ListNode) {
	if l == nil {
		return
	}
	for n, node := range l.Nodes {
		i.nodes++
		switch node := node.(type) {
		case *parse.IfNode:
			i.branch(&node.BranchNode)
		case *parse.WithNode:
			i.branch(&node.BranchNode)
		case *parse.RangeNode:
			i.branch(&node.BranchNode)
		case *parse.TemplateNode:
			l.Nodes[n] = i.call(node)
		}
	}
}

func (i *inliner) branch(b *parse.BranchNode) {
	i.replace(b.List)
	i.replace(b.ElseList)
}

// call is what stands in the place of a template that is executed.
func (i *inliner) call(node *parse.TemplateNode) parse.Node {
	tree := i.Set.Trees[node.Name]
	i.Used[node.Name] = true
	if n := slices.IndexFunc(i.stack, func(c *call) bool { return c.name == node.Name }); n >= 0 {
		i.stack[n].recursive, i.recursive = true, true
		return node
	}
	made := &parse.ListNode{NodeType: parse.NodeList, Pos: node.Pos}
	if i.calls == nil {
		i.calls = map[*parse.ListNode]*call{}
	}
	c := &call{node: node, name: node.Name}
	i.calls[made] = c
	switch {
	case tree == nil:
		i.missing(node)
		return made
	case i.nodes > maxNodes:
		i.cannot(i.at(node, 0), "with the templates that it executes, the page's has more than %d parts", maxNodes)
		return made
	}
	i.stack = append(i.stack, c)
	body := i.list(tree.Root)
	i.stack = i.stack[:len(i.stack)-1]
	made.Nodes = body.Nodes
	if c.recursive {
		c.probe = &parse.TemplateNode{NodeType: parse.NodeTemplate, Pos: node.Pos, Line: node.Line, Name: probeName}
		made.Nodes = slices.Insert(made.Nodes, 0, parse.Node(c.probe))
	}
	return made
}

// missing reports a template that there is not.
func (i *inliner) missing(node *parse.TemplateNode) {
	at := i.at(node, 0)
	if node.Name == template.ContentName {
		i.mistake(at, "move it into a layout, or give the template another name",
			"template %q is for layouts, and this file is none", node.Name)
		return
	}
	ext := at.File[strings.LastIndexByte(at.File, '.'):]
	fix := "add _" + template.PartialName(node.Name) + ext + " in the page's directory or above, or {{define \"" + node.Name + "\"}}"
	var names []string
	for name := range i.Set.Trees {
		if !strings.HasSuffix(name, ext) { // else the name of a file
			names = append(names, name)
		}
	}
	near := nearest(node.Name, names)
	if partial := template.PartialName(node.Name); i.Set.Trees[partial] != nil {
		near = partial
	}
	if near != "" {
		fix = "did you mean \"" + near + "\"? Else " + fix
	}
	i.mistake(at, fix, "there is no template %q", node.Name)
}

var errStop = errors.New("only escaping was wanted")

// escapeTree has html/template choose the escapers of a tree. The templates of the set
// are needed if there is a recursive one.
func escapeTree(tree *parse.ListNode, set *template.Set, recursive bool) error {
	const stop = "jargo_stop"
	// Templates are escaped when they are executed first, as a whole: this one is stopped
	// before it does anything.
	stopping := &parse.CommandNode{NodeType: parse.NodeCommand, Args: []parse.Node{parse.NewIdentifier(stop)}}
	action := &parse.ActionNode{NodeType: parse.NodeAction, Pipe: &parse.PipeNode{NodeType: parse.NodePipe, Cmds: []*parse.CommandNode{stopping}}}
	root := &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{action, tree}}
	t := html.New("").Funcs(html.FuncMap{stop: func() (string, error) { return "", errStop }})
	t, err := t.AddParseTree("", &parse.Tree{Root: root})
	if err != nil {
		return err
	}
	if recursive {
		for name, tree := range set.Trees {
			if _, err := t.AddParseTree(name, tree.Copy()); err != nil {
				return err
			}
		}
		empty := &parse.Tree{Root: &parse.ListNode{NodeType: parse.NodeList, Nodes: []parse.Node{&parse.TextNode{NodeType: parse.NodeText}}}}
		if _, err := t.AddParseTree(probeName, empty); err != nil {
			return err
		}
	}
	if err := t.Execute(io.Discard, nil); !errors.Is(err, errStop) {
		return err
	}
	return nil
}
