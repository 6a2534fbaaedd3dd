// Package compiler checks the templates of a page against the type of its data, and
// writes Go code that makes the same bytes as package html/template, or text/template,
// would of the same data.
//
// One walk does both. It goes over the page's templates as one tree (inline.go), in which
// html/template itself has chosen the escapers, with the type of each value at hand
// (value.go). What cannot be known before the data is, as what an any holds, is no
// mistake, and makes a page that html/template executes: Result.Why says where.
//
// Why it is done so: docs/decisions/0013-templates-become-code.md.
package compiler

import (
	"fmt"
	"go/types"
	"slices"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
)

// Page is the templates of a page and what they can use.
type Page struct {
	Route string
	Own   string // the page's file
	Set   *template.Set
	Text  bool // text/template executes it

	Data   types.Type // what dot is; nil without Data
	DataAt diag.Pos   // of Data

	Funcs map[string]Func // in addition to those of text/template
	// AnyFunc says that there may be functions besides Funcs, which are not known before
	// the program runs.
	AnyFunc bool
	// Import names a package in the generated code, which is told that it is needed. nil
	// if the code is not needed.
	Import func(*types.Package) string
}

// Func is a function of templates.
type Func struct {
	Type types.Type // nil if it is not known
	Code string     // an expression whose value it is; "" if there is none
}

// Result is what has come of a page.
type Result struct {
	// Code is the body of func(w *escape.Writer) error, in which the variable data is the
	// page's. "" if it cannot be compiled.
	Code string
	Why  diag.Diagnostic // why it cannot be
	// Used are the templates that are executed, by name.
	Used     map[string]bool
	Mistakes []Mistake
	Warnings diag.List // what is no mistake and may be one
}

// Mistake is a diagnostic. Pages that share a file share mistakes: of two at one place
// and of one kind one is enough.
type Mistake struct {
	diag.Diagnostic
	Kind string
}

// DataName is the name of the variable in Result.Code that has the data.
const DataName = "data"

// maxNodes is how many nodes a page's templates may have with those that they execute in
// the place of the calls, to be compiled: as many as take the compiler a second.
const maxNodes = 20_000

// Compile checks and compiles the templates of a page.
func Compile(p Page) *Result {
	c := &compiler{Page: p, Result: &Result{Used: map[string]bool{}}, dynamic: map[diag.Pos]bool{}}
	tree := c.inline()
	inlined := *c.Result
	inlined.Mistakes = slices.Clip(inlined.Mistakes)
	for {
		result := inlined
		c.Result = &result
		c.begin()
		dot := value{none: true, root: true}
		if p.Data != nil {
			dot = value{typ: p.Data, code: DataName, root: true}
		}
		c.vars = []variable{{name: "$", value: dot}}
		c.walk(dot, tree)
		c.flush()
		if !c.again {
			break
		}
	}
	if len(c.Mistakes) == 0 && c.Why.Message == "" && p.Import != nil {
		if c.out.Len() == 0 {
			c.statement("_ = w") // of a page that shows nothing there is code, too
		}
		c.Code = c.out.String()
	}
	return c.Result
}

type compiler struct {
	Page
	*Result
	calls map[*parse.ListNode]*call
	lists map[*parse.RangeNode]value // what is ranged over

	out   strings.Builder // statements
	text  []byte          // that is to be written next
	names int             // taken, of variables
	nodes int
	vars  []variable
	stack []*call // those that are walked, the outer first
	// dynamic has the places of the declarations of variables that get values of several
	// types. When some are found, the walk begins again after its end.
	dynamic map[diag.Pos]bool
	again   bool
}

func (c *compiler) begin() {
	c.out.Reset()
	c.lists = map[*parse.RangeNode]value{}
	c.text, c.names, c.nodes, c.stack, c.again = nil, 0, 0, nil, false
}

// line writes a line of code, after the text that comes before it.
func (c *compiler) line(format string, args ...any) {
	c.flush()
	c.statement(format, args...)
}

// statement writes a line of code that computes something and writes nothing.
func (c *compiler) statement(format string, args ...any) {
	if c.Import != nil && c.Why.Message == "" {
		fmt.Fprintf(&c.out, format+"\n", args...)
	}
}

// flush writes the code that writes text.
func (c *compiler) flush() {
	if len(c.text) > 0 {
		text := c.text
		c.text = nil
		c.statement("w.Text(%s)", quote(string(text)))
	}
}

// name makes the name of a variable.
func (c *compiler) name(prefix string) string {
	c.names++
	return fmt.Sprintf("%s%d", prefix, c.names)
}

// at is the place of a node, n bytes on.
func (c *compiler) at(node parse.Node, n int) diag.Pos {
	// The line and the column that it counts from 0 are behind the name, which may have colons.
	location := locate(node)
	pos := diag.Pos{File: location}
	if i := strings.LastIndexByte(location, ':'); i >= 0 {
		fmt.Sscan(location[i+1:], &pos.Col)
		pos.File = location[:i]
	}
	if i := strings.LastIndexByte(pos.File, ':'); i >= 0 {
		fmt.Sscan(pos.File[i+1:], &pos.Line)
		pos.File = pos.File[:i]
	}
	pos.Col += 1 + n
	return pos
}

// locate is where a node is, as package parse says it; "" for one that was not parsed.
func locate(node parse.Node) (location string) {
	defer func() { _ = recover() }() // there is no other way to ask whether it has a tree
	location, _ = new(parse.Tree).ErrorContext(node)
	return location
}

// mistake reports what html/template would fail at.
func (c *compiler) mistake(at diag.Pos, fix, format string, args ...any) {
	same := func(m Mistake) bool { return m.Pos == at && m.Kind == format }
	if slices.ContainsFunc(c.Mistakes, same) { // of a template that is executed in two places
		return
	}
	c.Mistakes = append(c.Mistakes, Mistake{diag.Diagnostic{Pos: at, Message: fmt.Sprintf(format, args...), Fix: fix}, format})
}

// cannot notes the first reason why there is no code.
func (c *compiler) cannot(at diag.Pos, format string, args ...any) {
	if c.Why.Message == "" {
		c.Why = diag.Diagnostic{Pos: at, Message: fmt.Sprintf(format, args...)}
	}
}

// fail is code that makes an error.
func (c *compiler) fail(at diag.Pos, message, err string) string {
	code := fmt.Sprintf("&escape.Error{File: %q, Line: %d, Col: %d, Message: %q", at.File, at.Line, at.Col, message)
	if err != "" {
		code += ", Err: " + err
	}
	return code + "}"
}
