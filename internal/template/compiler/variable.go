package compiler

import (
	"go/types"
	"strings"
	"text/template/parse"
)

// variable is one of a template.
type variable struct {
	name string
	decl *parse.VariableNode // nil for $
	value
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

// variable returns the variable that a node names. It reports one that is not there: of
// those that an assignment itself declares the parser knows.
func (c *compiler) variable(n *parse.VariableNode) *variable {
	for i := len(c.vars) - 1; i >= 0; i-- {
		if c.vars[i].name == n.Ident[0] {
			return &c.vars[i]
		}
	}
	c.mistake(c.at(n, 0), "declare it before: {{"+n.Ident[0]+" := …}}", "there is no variable %s yet", n.Ident[0])
	return nil
}

// assign gives a variable another value.
func (c *compiler) assign(decl *parse.VariableNode, v value) {
	if have := c.variable(decl); have != nil {
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
