package compiler

import (
	"fmt"
	"go/types"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/internal/diag"
)

// walk goes over a statement.
func (c *compiler) walk(dot value, node parse.Node) {
	if c.nodes++; c.nodes > 2*maxNodes {
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
		if n.Name != probeName && (len(n.Name) <= len(probeName) || n.Name[:len(probeName)] != probeName) {
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
	call.dot.unsure = !needsAddress(dot.typ)
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
		if call.dot.addressable != (isReferred(v) && needsAddress(v.typ)) {
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
	return len(name) > len(of) && name[:len(of)] == of && name[len(of)] == '$'
}

// source is a node as it is written.
func source(n parse.Node) string {
	if pipe, ok := n.(*parse.PipeNode); ok {
		n, _ = split(pipe)
	}
	return n.String()
}

// loop goes over a range.
func (c *compiler) loop(dot value, n *parse.RangeNode) {
	mark := len(c.vars)
	pipe := *n.Pipe
	pipe.Decl = nil
	v := c.pipeline(dot, &pipe)
	at := c.at(n.Pipe, 0)
	if len(n.Pipe.Cmds) > 0 {
		at = c.at(n.Pipe.Cmds[0], 0)
	}
	if n.Pipe.IsAssign { // to what is ranged over, before there is an element
		for _, decl := range n.Pipe.Decl {
			c.assign(decl, v)
		}
	}
	c.lists[n] = v
	v, cannotRange := c.indirect(v, at, "range can't iterate over "+source(&pipe)+", which is nil"), false
	switch t := under(v.typ).(type) {
	case nil:
		if v.none {
			c.line("{")
			c.otherwise(n, dot, "")
			break
		}
		c.cannot(at, "the type of %s is known only when it is executed", source(&pipe))
		c.uncompiled(n, dot, unknown, unknown)
	case *types.Slice, *types.Array:
		c.slice(n, dot, v, t)
	case *types.Map:
		c.mapping(n, dot, v, t)
	case *types.Basic:
		if t.Info()&types.IsInteger == 0 {
			cannotRange = true
			break
		}
		c.integers(n, dot, v, at)
	case *types.Chan:
		if t.Dir() == types.SendOnly {
			c.mistake(at, "", "range over %s, from which nothing can be received: it is of type %s", source(&pipe), c.format(v.typ))
		}
		c.channel(n, dot, v, t)
	case *types.Signature:
		c.iterator(n, dot, v, t, at)
	case *types.Interface:
		c.cannot(at, "the type of %s is known only when it is executed", source(&pipe))
		c.uncompiled(n, dot, unknown, unknown)
	default:
		cannotRange = true
	}
	if cannotRange && v.isKnown() {
		c.mistake(at, "range over a slice, an array, a map, a number, a channel or an iterator", "range can't iterate over %s, which is of type %s", source(&pipe), c.format(v.typ))
		c.uncompiled(n, dot, unknown, unknown)
	}
	c.vars = c.vars[:mark]
}

// ranged is what a range is over, as it is written.
func ranged(n *parse.RangeNode) string {
	pipe := *n.Pipe
	pipe.Decl = nil
	return source(&pipe)
}

// each goes over the body of a range, whose loop begins with head.
func (c *compiler) each(n *parse.RangeNode, dot, index, elem value, loop, head string) {
	mark := len(c.vars)
	c.line("%s", head)
	for name := range strings.SplitSeq(loop, ", ") {
		c.line("_ = %s", name)
	}
	c.bind(n, index, elem)
	c.block(elem, n.List)
	c.line("}")
	c.vars = c.vars[:mark]
}

// uncompiled goes over the body of a range that is not compiled.
func (c *compiler) uncompiled(n *parse.RangeNode, dot, index, elem value) {
	c.cannot(c.at(n, 0), "range over what is known only when it is executed")
	c.each(n, dot, index, elem, "", "")
	c.otherwise(n, dot, "")
}

// bind gives the variables of a range their values.
func (c *compiler) bind(n *parse.RangeNode, index, elem value) {
	values := []value{elem}
	if len(n.Pipe.Decl) > 1 {
		values = []value{index, elem}
	}
	for i, decl := range n.Pipe.Decl {
		if n.Pipe.IsAssign {
			c.assign(decl, values[i])
		} else {
			c.declare(decl, values[i])
		}
	}
}

// slice goes over a range of a slice or an array.
func (c *compiler) slice(n *parse.RangeNode, dot, v value, t types.Type) {
	elem, list, index := value{addressable: true}, c.name("list"), c.name("i")
	switch t := t.(type) {
	case *types.Slice:
		elem.typ = t.Elem()
		c.line("%s := %s", list, v.code)
	case *types.Array:
		elem.typ, elem.addressable = t.Elem(), v.addressable
		if v.addressable {
			c.line("%s := %s[:]", list, v.code)
		} else {
			c.line("%s := %s", list, v.code)
		}
	}
	elem.code = list + "[" + index + "]"
	if v.present != "" { // an array has elements even if it is not there
		c.line("if %s && len(%s) > 0 {", v.present, list)
	} else {
		c.line("if len(%s) > 0 {", list)
	}
	c.each(n, dot, value{typ: types.Typ[types.Int], code: index}, elem, index, "for "+index+" := range "+list+" {")
	c.otherwise(n, dot, "} else {")
}

// otherwise ends the block of a range, with what is done if there are no elements, which
// head begins. There the variables are what is ranged over.
func (c *compiler) otherwise(n *parse.RangeNode, dot value, head string) {
	if n.ElseList != nil {
		mark := len(c.vars)
		if head != "" {
			c.line("%s", head)
		}
		if !n.Pipe.IsAssign {
			for _, decl := range n.Pipe.Decl {
				c.declare(decl, c.lists[n])
			}
		}
		c.block(dot, n.ElseList)
		c.vars = c.vars[:mark]
	}
	c.line("}")
}

// channel goes over a range of a channel.
func (c *compiler) channel(n *parse.RangeNode, dot, v value, t *types.Chan) {
	list, index, item := c.name("list"), c.name("i"), c.name("item")
	c.line("%s, %s := %s, -1", list, index, v.code)
	c.line("if %s != nil {", list)
	elem := value{typ: t.Elem(), code: item}
	c.each(n, dot, value{typ: types.Typ[types.Int], code: index}, elem, item, "for "+item+" := range "+list+" {\n"+index+"++")
	c.line("}")
	c.line("if %s < 0 {", index)
	c.otherwise(n, dot, "")
}

// mapping goes over a range of a map, in the order of its keys.
func (c *compiler) mapping(n *parse.RangeNode, dot, v value, t *types.Map) {
	list, index := c.name("list"), c.name("key")
	if info := basic(t.Key()); info&(types.IsString|types.IsInteger) == 0 {
		c.cannot(c.at(n, 0), "range over a map whose keys are of type %s", c.format(t.Key()))
	}
	c.line("%s := %s", list, v.code)
	c.line("if len(%s) > 0 {", list)
	elem := value{typ: t.Elem(), code: list + "[" + index + "]"}
	c.each(n, dot, value{typ: t.Key(), code: index}, elem, index, "for _, "+index+" := range escape.Keys("+list+") {")
	c.otherwise(n, dot, "} else {")
}

// integers goes over a range of the numbers below one.
func (c *compiler) integers(n *parse.RangeNode, dot, v value, at diag.Pos) {
	if len(n.Pipe.Decl) > 1 {
		c.mistake(at, "take one variable: {{range $i := …}}", "range over %s, a number, has one variable at most", ranged(n))
	}
	end, index := c.name("end"), c.name("i")
	c.line("%s := %s", end, c.typed(v))
	c.line("if %s > 0 {", end)
	elem := value{typ: v.typ, code: index}
	c.each(n, dot, value{none: true}, elem, index, fmt.Sprintf("for %s := %s - %s; %s < %s; %s++ {", index, end, end, index, end, index))
	c.otherwise(n, dot, "} else {")
}

// iterator goes over a range of a function.
func (c *compiler) iterator(n *parse.RangeNode, dot, v value, t *types.Signature, at diag.Pos) {
	var yielded *types.Tuple
	if t.Params().Len() == 1 && t.Results().Len() == 0 && !t.Variadic() {
		if yield, ok := under(t.Params().At(0).Type()).(*types.Signature); ok && yield.Results().Len() == 1 && basic(yield.Results().At(0).Type())&types.IsBoolean != 0 {
			yielded = yield.Params()
		}
	}
	key, item := c.name("key"), c.name("item")
	index, elem, names := value{none: true}, unknown, item
	switch {
	case yielded == nil || yielded.Len() == 0 || yielded.Len() > 2:
		c.mistake(at, "", "range can't iterate over %s, which is of type %s", ranged(n), c.format(t))
		index = unknown
	case yielded.Len() == 1 && len(n.Pipe.Decl) > 1:
		c.mistake(at, "take one variable: {{range $x := …}}", "range over %s, which gives one value at a time, has one variable at most", ranged(n))
		index = unknown
	case len(n.Pipe.Decl) > 1:
		index, elem = value{typ: yielded.At(0).Type(), code: key}, value{typ: yielded.At(1).Type(), code: item}
		names = key + ", " + item
	default: // html/template takes the first of two
		elem = value{typ: yielded.At(0).Type(), code: item}
	}
	if v.present != "" {
		c.cannot(at, "range over an iterator that a map may not have")
	}
	run := c.name("run")
	c.line("%s := false", run)
	c.each(n, dot, index, elem, names, "for "+names+" := range "+v.code+" {\n"+run+" = true")
	c.line("if !%s {", run)
	c.otherwise(n, dot, "")
}

// isReferred reports whether a variable with a value is a reference to it, as all are for
// html/template that have an address.
func isReferred(v value) bool { return v.addressable && !v.isAny() }

// declare makes a variable.
func (c *compiler) declare(decl *parse.VariableNode, v value) {
	v.root = false
	switch {
	case c.dynamic[c.at(decl, 0)]:
		code, name := c.asAny(v, c.at(decl, 0)), c.name("v")
		c.line("var %s any = %s", name, code)
		c.line("_ = %s", name)
		v = value{typ: anyType, code: name}
	case isReferred(v):
		name := c.name("v")
		c.line("%s := &%s", name, v.code)
		c.line("_ = %s", name)
		v.code = "(*" + name + ")"
	case v.isKnown():
		v.addressable = false
		name := c.name("v")
		c.line("%s := %s", name, v.code)
		c.line("_ = %s", name)
		v.code = name
	}
	c.vars = append(c.vars, variable{decl.Ident[0], decl, v})
}

// assign gives a variable another value.
func (c *compiler) assign(decl *parse.VariableNode, v value) {
	for i := len(c.vars) - 1; i >= 0; i-- {
		have := &c.vars[i]
		if have.name != decl.Ident[0] {
			continue
		}
		switch {
		case have.decl == nil:
			c.cannot(c.at(decl, 0), "%s has another value", decl)
		case c.dynamic[c.at(have.decl, 0)]:
			c.line("%s = %s", have.code, c.asAny(v, c.at(decl, 0)))
		case have.isKnown() && v.isKnown() && types.Identical(have.typ, v.typ) && have.present == "" && v.present == "" &&
			(isReferred(have.value) == isReferred(v) || !needsAddress(v.typ)):
			c.set(have, v)
		default:
			c.dynamic[c.at(have.decl, 0)], c.again = true, true
			have.value = value{typ: anyType, code: have.code} // as it will be, to find others at once
		}
		return
	}
}

// set writes the code that gives a variable another value of its type.
func (c *compiler) set(have *variable, v value) {
	reference := strings.TrimSuffix(strings.TrimPrefix(have.code, "(*"), ")")
	switch {
	case reference == have.code:
		c.line("%s = %s", have.code, v.code)
	case isReferred(v):
		c.line("%s = &%s", reference, v.code)
	default:
		name := c.name("v")
		c.line("%s := %s", name, c.typed(v))
		c.line("%s = &%s", reference, name)
	}
	have.unsure = have.unsure || have.addressable != isReferred(v)
	have.addressable = have.addressable && isReferred(v)
}
