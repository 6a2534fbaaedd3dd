package compiler

import (
	"fmt"
	"go/types"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/internal/diag"
)

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
		elem.typ, elem.addressable, elem.unsure = t.Elem(), v.addressable, v.unsure
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
