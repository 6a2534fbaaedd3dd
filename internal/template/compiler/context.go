package compiler

import (
	"errors"
	html "html/template"
	"slices"
	"sort"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
)

// escapeMistake reports why html/template can choose no escapers for a tree, of which
// nothing is escaped.
func (c *compiler) escapeMistake(err error, tree *parse.ListNode, recursive bool) {
	search := &search{compiler: c, recursive: recursive, left: maxSearch}
	at := diag.Pos{File: c.Set.Files[c.Set.Root]}
	var e *html.Error
	if !errors.As(err, &e) {
		c.mistake(at, "", "%v", err)
		return
	}
	if e.ErrorCode == html.ErrEndContext {
		search.open(at, tree)
		return
	}
	message, code, node := e.Description, e.ErrorCode, e.Node
	if node == nil {
		if pos, n, ok := search.place(nil, tree, code); ok {
			at, node = pos, n
		}
	} else if pos := c.at(node, 0); pos.Line > 0 {
		at = pos
	}
	var kind parse.NodeType
	if node != nil {
		kind = node.Type()
	}
	action, _ := node.(*parse.ActionNode)
	loop, isLoop := node.(*parse.RangeNode) // found by the search
	switch {
	case kind == parse.NodeRange && !(isLoop && leaves(loop)): // no context of what is in it is wrong when it is executed once
		message, code = "the body of {{range}} ends in another context than it begins in", html.ErrRangeLoopReentry
	case kind == parse.NodeIf && code == html.ErrBranchEnd:
		message = "the branches of {{if}} end in different contexts"
	case kind == parse.NodeWith && code == html.ErrBranchEnd:
		message = "the branches of {{with}} end in different contexts"
	case action != nil && code == html.ErrAmbigContext:
		message = "{{" + source(action.Pipe) + "}} is in a part of a URL that depends on the branches before it"
	case action != nil && code == html.ErrPredefinedEscaper:
		for _, cmd := range action.Pipe.Cmds {
			if id, ok := cmd.Args[0].(*parse.IdentifierNode); ok && (id.Ident == "html" || id.Ident == "urlquery") {
				at, message = c.at(id, 0), id.Ident+" can't be used here"
				break
			}
		}
	}
	c.mistake(at, escapeFixes[code], "%s", message)
}

// escapeFixes say what to do about the errors of html/template.
var escapeFixes = map[html.ErrorCode]string{
	html.ErrAmbigContext:      "put the whole URL into one value, or let the branches before it end in the same part of the URL",
	html.ErrBadHTML:           "write the tag with quotes around its attributes",
	html.ErrBranchEnd:         "let all ways end at the same kind of place: in or outside of the same tag, quotes or script",
	html.ErrOutputContext:     "let the template end at the same kind of place as it begins",
	html.ErrPartialCharset:    "close the bracket of the regular expression's character set before the value",
	html.ErrPartialEscape:     "finish the escape sequence before the value",
	html.ErrRangeLoopReentry:  "let the body of range end at the same kind of place as it begins",
	html.ErrSlashAmbig:        "put what the branches give into parentheses, or move the / into them",
	html.ErrPredefinedEscaper: "leave it out: values are escaped by where they stand",
}

// maxSearch is how many bytes of text are escaped to find a place: as many as take about a
// second.
const maxSearch = 8 << 20

// search finds places in a tree by escaping what is before them.
type search struct {
	*compiler
	recursive bool
	left      int
}

// code is why nodes cannot be escaped; html.OK if they can.
func (s *search) code(nodes ...parse.Node) html.ErrorCode {
	list := &parse.ListNode{NodeType: parse.NodeList, Nodes: nodes}
	template.Each(list, func(node parse.Node) {
		s.left -= 64 // as a node that is no text takes about
		if text, ok := node.(*parse.TextNode); ok {
			s.left -= len(text.Text) + len(text.Text)*len(text.Text)>>12 // html/template reads scripts so
		}
	})
	var e *html.Error
	if err := escapeTree(list.CopyList(), s.Set, s.recursive); errors.As(err, &e) {
		return e.ErrorCode
	}
	return html.OK
}

// place is where, and in which node, an error is that html/template gives no node for: it
// fails there and not before.
func (s *search) place(before []parse.Node, l *parse.ListNode, code html.ErrorCode) (diag.Pos, parse.Node, bool) {
	if l == nil {
		return diag.Pos{}, nil, false
	}
	with := func(nodes ...parse.Node) []parse.Node { return slices.Concat(before, nodes) }
	n := sort.Search(len(l.Nodes), func(n int) bool {
		return s.code(with(l.Nodes[:n+1]...)...) == code
	})
	if n == len(l.Nodes) || s.left <= 0 {
		return diag.Pos{}, nil, false
	}
	before = with(l.Nodes[:n]...)
	for _, inner := range lists(l.Nodes[n]) {
		if at, node, ok := s.place(before, inner, code); ok {
			return at, node, true
		}
	}
	text, ok := l.Nodes[n].(*parse.TextNode)
	if !ok {
		return s.at(l.Nodes[n], 0), l.Nodes[n], true
	}
	if code == html.ErrPartialCharset || code == html.ErrPartialEscape {
		return s.in(text, len(text.Text)-1), text, true
	}
	failing := sort.Search(len(text.Text)-1, func(n int) bool {
		return s.code(append(slices.Clone(before), part(text, n+1))...) == code
	})
	return s.in(text, failing), text, true
}

// part is the beginning of a text.
func part(text *parse.TextNode, n int) parse.Node {
	return &parse.TextNode{NodeType: parse.NodeText, Pos: text.Pos, Text: text.Text[:n]}
}

// in is the place of the nth byte of a text.
func (s *search) in(text *parse.TextNode, n int) diag.Pos {
	at := s.at(text, 0)
	before := string(text.Text[:n])
	if i := strings.LastIndexByte(before, '\n'); i >= 0 {
		at.Line += strings.Count(before, "\n")
		at.Col, n = 1, n-i-1
	}
	at.Col += n
	return at
}

// lists are those in a node.
func lists(node parse.Node) []*parse.ListNode {
	switch n := node.(type) {
	case *parse.ListNode:
		return []*parse.ListNode{n}
	case *parse.IfNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.WithNode:
		return []*parse.ListNode{n.List, n.ElseList}
	case *parse.RangeNode:
		if leaves(n) {
			return nil // html/template panics at a break that is in no range
		}
		return []*parse.ListNode{n.List, n.ElseList}
	}
	return nil
}

// leaves reports whether there is a break or a continue in a range.
func leaves(n *parse.RangeNode) bool {
	found := false
	template.Each(n, func(node parse.Node) {
		found = found || node.Type() == parse.NodeBreak || node.Type() == parse.NodeContinue
	})
	return found
}

// closers are what may end what is open at the end of a page, and how that begins.
var closers = []struct{ text, begins, what, fix string }{
	{"</script>", "<script", "this script", "add </script> where it ends"},
	{"</style>", "<style", "this style", "add </style> where it ends"},
	{">", "<", "this tag", "add > where it ends"},
	{"-->", "<!--", "this comment", "add --> where it ends"},
	{"\">", "<", "a quote in this tag", "add \" where the attribute ends"},
	{"'>", "<", "a quote in this tag", "add ' where the attribute ends"},
	{"</textarea>", "<textarea", "this textarea", "add </textarea> where it ends"},
	{"</title>", "<title", "this title", "add </title> where it ends"},
	{"></script>", "<script", "this tag", "add > where it ends"},
	{"\"></script>", "<script", "a quote in this tag", "add \" where the attribute ends"},
	{"></style>", "<style", "this tag", "add > where it ends"},
}

// open reports what is open at the end.
func (s *search) open(at diag.Pos, tree *parse.ListNode) {
	begins, what, fix := "<", "a tag, a comment, a script or a style", "close it"
	for _, c := range closers {
		if s.left <= 0 {
			break
		}
		closer := &parse.TextNode{NodeType: parse.NodeText, Text: []byte(c.text)}
		if s.code(append(slices.Clone(tree.Nodes), closer)...) == html.OK {
			begins, what, fix = c.begins, c.what, c.fix
			break
		}
	}
	s.left = maxSearch
	if pos, ok := s.opening(nil, tree, begins); ok {
		at = pos
	} else {
		what = strings.Replace(what, "this", "a", 1)
	}
	s.mistake(at, fix, "%s is not closed", what)
}

// opening is where something begins that is open at the end of a list: the last place
// with such a text that nothing is open before.
func (s *search) opening(before []parse.Node, l *parse.ListNode, begins string) (diag.Pos, bool) {
	if l == nil {
		return diag.Pos{}, false
	}
	for n := len(l.Nodes) - 1; n >= 0; n-- {
		until := slices.Concat(before, l.Nodes[:n])
		if loop, ok := l.Nodes[n].(*parse.RangeNode); ok && leaves(loop) && s.code(until...) == html.OK && s.code(append(until, loop)...) != html.OK {
			return s.at(loop, 0), true
		}
		for _, inner := range lists(l.Nodes[n]) {
			if at, ok := s.opening(until, inner, begins); ok {
				return at, true
			}
		}
		text, ok := l.Nodes[n].(*parse.TextNode)
		if !ok {
			continue
		}
		lower := strings.ToLower(string(text.Text))
		if len(lower) != len(text.Text) { // a letter whose small one is longer
			lower = string(text.Text)
		}
		for end := strings.LastIndex(lower, begins); end >= 0 && s.left > 0; end = strings.LastIndex(lower[:end], begins) {
			if s.code(append(slices.Clone(until), part(text, end))...) == html.OK {
				return s.in(text, end), true
			}
		}
	}
	return diag.Pos{}, false
}
