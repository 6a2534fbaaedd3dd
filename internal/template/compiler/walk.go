package compiler

import (
	"fmt"
	"go/types"
	"strings"
	"text/template/parse"
)

// walk goes over a statement.
func (c *compiler) walk(dot value, node parse.Node) {
	if c.nodes++; c.nodes > 2*maxNodes { // lists are counted, too
		c.cannot(c.at(node, 0), "the page's templates have more than %d parts", maxNodes)
	}
	switch n := node.(type) {
	case *parse.TextNode:
		c.text = append(c.text, n.Text...)
	case *parse.ActionNode:
		pipe, escapers := split(n.Pipe)
		v := c.pipeline(dot, pipe)
		if len(pipe.Decl) == 0 {
			c.print(v, escapers, n.Pipe)
		}
	case *parse.ListNode:
		if call := c.calls[n]; call != nil {
			c.execute(dot, call, n)
			return
		}
		for _, inner := range n.Nodes {
			c.walk(dot, inner)
		}
	case *parse.IfNode:
		c.branch(dot, &n.BranchNode, false)
	case *parse.WithNode:
		c.branch(dot, &n.BranchNode, true)
	case *parse.RangeNode:
		c.loop(dot, n)
	case *parse.BreakNode:
		c.line("break")
	case *parse.ContinueNode:
		c.line("continue")
	case *parse.TemplateNode:
		if !strings.HasPrefix(n.Name, probeName) {
			c.recur(dot, n)
		}
	}
}

// branch goes over an if or a with.
func (c *compiler) branch(dot value, b *parse.BranchNode, with bool) {
	mark := len(c.vars)
	v := c.pipeline(dot, b.Pipe)
	inner := dot
	if with {
		inner = v
		inner.present = ""
	}
	c.line("if %s {", c.truth(v, b.Pipe))
	c.block(inner, b.List)
	if b.ElseList != nil {
		c.line("} else {")
		c.block(dot, b.ElseList)
	}
	c.line("}")
	c.vars = c.vars[:mark]
}

// block goes over a list in a block of its own.
func (c *compiler) block(dot value, l *parse.ListNode) {
	mark := len(c.vars)
	c.walk(dot, l)
	c.flush()
	c.vars = c.vars[:mark]
}

// truth is an expression that tells whether a value is taken for true.
func (c *compiler) truth(v value, node parse.Node) string {
	code := c.truthOf(v, node)
	if v.present != "" {
		code = v.present + " && " + code
	}
	return code
}

func (c *compiler) truthOf(v value, node parse.Node) string {
	switch t := under(v.typ).(type) {
	case nil:
		if v.none {
			return "false"
		}
		c.cannot(c.at(node, 0), "the type of %s is known only when it is executed", source(node))
	case *types.Basic:
		switch info := t.Info(); {
		case info&types.IsBoolean != 0:
			return "bool(" + v.code + ")"
		case info&types.IsNumeric != 0:
			return v.code + " != 0"
		case info&types.IsString != 0:
			return "len(" + v.code + ") > 0"
		}
		c.cannot(c.at(node, 0), "%s is of type %s", source(node), t)
	case *types.Array, *types.Map, *types.Slice:
		return "len(" + v.code + ") > 0"
	case *types.Pointer, *types.Chan, *types.Signature:
		return v.code + " != nil"
	case *types.Interface:
		return "escape.Truth(" + v.code + ")"
	case *types.Struct:
		return "true"
	}
	return "false"
}

// execute goes over a template that is executed.
func (c *compiler) execute(dot value, call *call, body *parse.ListNode) {
	inner := value{none: true}
	if call.node.Pipe != nil {
		inner = c.pipeline(dot, call.node.Pipe)
	}
	if inner.present != "" && call.recursive {
		c.cannot(c.at(call.node, 0), "template %q is executed with an element that a map may not have", call.name)
		inner.present = ""
	}
	inner.root = inner.root && call.node.Pipe != nil
	vars := c.vars
	c.stack = append(c.stack, call)
	if call.recursive {
		c.function(inner, call, body)
	} else {
		c.vars = []variable{{name: "$", value: inner}}
		for _, n := range body.Nodes {
			c.walk(inner, n)
		}
	}
	c.stack = c.stack[:len(c.stack)-1]
	c.vars = vars
}

// function makes a function of a template that executes itself, and calls it.
func (c *compiler) function(dot value, call *call, body *parse.ListNode) {
	at := c.at(call.node, 0)
	call.function = c.name("template")
	call.dot = value{typ: dot.typ, addressable: isReferred(dot) && needsAddress(dot.typ), none: dot.none}
	call.dot.unsure = !call.dot.addressable // which the next may have
	param, arg := "", ""
	if dot.isKnown() {
		name := c.name("dot")
		param, arg, call.dot.code = name+" "+c.typeName(dot.typ, at), dot.code, name
		if call.dot.addressable {
			param, arg, call.dot.code = name+" *"+c.typeName(dot.typ, at), "&"+dot.code, "(*"+name+")"
		}
	} else if !dot.none {
		c.cannot(at, "template %q executes itself, with what is known only then", call.name)
	}
	depth := c.name("depth")
	c.line("%s := 0", depth)
	c.line("var %s func(%s) error", call.function, param)
	c.line("%s = func(%s) error {", call.function, param)
	c.line("if %s++; %s > %d {", depth, depth, maxDepth)
	c.line("return %s", c.fail(at, fmt.Sprintf("template %q has executed itself %d times", call.name, maxDepth), ""))
	c.line("}")
	c.vars = []variable{{name: "$", value: call.dot}}
	for _, n := range body.Nodes {
		c.walk(call.dot, n)
	}
	c.line("%s--", depth)
	c.line("return nil")
	c.line("}")
	c.callFunction(call, arg)
}

// maxDepth is how deep package text/template lets templates execute each other.
const maxDepth = 100_000

func (c *compiler) callFunction(call *call, arg string) {
	c.line("if err := %s(%s); err != nil {", call.function, arg)
	c.line("return err")
	c.line("}")
}

// recur calls the function of a template that executes itself.
func (c *compiler) recur(dot value, n *parse.TemplateNode) {
	at := c.at(n, 0)
	v := value{none: true}
	if n.Pipe != nil {
		v = c.pipeline(dot, n.Pipe)
	}
	for i := len(c.stack) - 1; i >= 0; i-- {
		call := c.stack[i]
		if call.probe == nil || n.Name != call.name && !isDerived(n.Name, call.name) {
			continue
		}
		switch {
		case n.Name[len(call.name):] != call.probe.Name[len(probeName):]:
			c.cannot(at, "template %q executes itself in another context", call.name)
		case v.present != "" || v.none != call.dot.none || v.typ != nil && call.dot.typ != nil && !types.Identical(v.typ, call.dot.typ) || (v.typ == nil) != (call.dot.typ == nil):
			c.cannot(at, "template %q executes itself with data of another type", call.name)
		}
		arg := v.code
		if call.dot.addressable && !isReferred(v) {
			c.cannot(at, "template %q executes itself with data that has no address", call.name)
		} else if call.dot.addressable {
			arg = "&" + arg
		}
		c.callFunction(call, arg)
		return
	}
	c.cannot(at, "%s is executed by itself", n)
}

// isDerived reports whether html/template has made a name of a template's for the
// context in which it is executed.
func isDerived(name, of string) bool {
	return strings.HasPrefix(name, of+"$")
}

// source is a node as it is written.
func source(n parse.Node) string {
	if pipe, ok := n.(*parse.PipeNode); ok {
		n, _ = split(pipe)
	}
	return n.String()
}
