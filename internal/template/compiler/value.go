package compiler

import (
	"go/types"
	"strconv"
	"text/template/parse"

	"github.com/jargo-dev/jargo/internal/diag"
)

// value is what is known of a value before it is there.
type value struct {
	typ  types.Type // nil if it is not known, or none
	code string     // an expression without effects
	// addressable says that package reflect can take the address of it, so that methods of
	// the pointer can be called. Of code Go can.
	addressable bool
	unsure      bool   // whether it has an address is known only when it is executed
	present     string // an expression that tells whether there is the value; "" if there is
	none        bool   // it is the nil without a type, or of a page without Data
	root        bool   // it is what Data returns
}

var unknown = value{}

// anyType is the type any.
var anyType = types.Universe.Lookup("any").Type()

// must is a value that is there, after code that fails with message if it is not.
func (c *compiler) must(v value, at diag.Pos, message string) value {
	if v.present != "" {
		c.line("if !%s {", v.present)
		c.line("return %s", c.fail(at, message, ""))
		c.line("}")
		v.present = ""
	}
	return v
}

// asAny is the code of a value as an any, in which it is for html/template what it was.
func (c *compiler) asAny(v value, at diag.Pos) string {
	switch {
	case v.none:
		return "nil"
	case !v.isKnown():
		c.cannot(at, "a type is known only when it is executed")
		return "nil"
	case c.Text && (isInterface(v.typ) && !v.isAny() || (v.addressable || v.unsure) && pointerHasMore(v.typ)):
		c.cannot(at, "a value of type %s is one of several types", c.format(v.typ)) // text/template prints what is in an any in another way
	case v.present != "":
		name := c.name("any")
		c.line("var %s any", name)
		c.line("if %s {", v.present)
		c.line("%s = %s", name, v.code)
		c.line("}")
		return name
	}
	return v.code
}

// needsAddress reports whether it matters if a value has an address: not only as the
// argument of a function.
func needsAddress(t types.Type) bool {
	switch under(t).(type) {
	case nil:
		return false
	case *types.Struct, *types.Array:
		return true
	}
	return pointerHasMore(t)
}

// pointerHasMore reports whether a pointer has methods that the values of a type lack.
func pointerHasMore(t types.Type) bool {
	return !isInterface(t) && types.NewMethodSet(types.NewPointer(t)).Len() > types.NewMethodSet(t).Len()
}

// isKnown reports whether the type of a value is.
func (v value) isKnown() bool { return v.typ != nil }

// isAny reports whether a value is of a type that says nothing.
func (v value) isAny() bool {
	i, ok := under(v.typ).(*types.Interface)
	return ok && i.NumMethods() == 0
}

func under(t types.Type) types.Type {
	if t == nil {
		return nil
	}
	return t.Underlying()
}

// pointer returns what a pointer points to.
func pointer(t types.Type) (elem types.Type, ok bool) {
	p, ok := under(t).(*types.Pointer)
	if !ok {
		return nil, false
	}
	return p.Elem(), true
}

// isInterface reports whether values of a type have another one when they are there.
func isInterface(t types.Type) bool {
	_, is := under(t).(*types.Interface)
	return is
}

// hasMethods reports whether a value of a type has any.
func hasMethods(t types.Type) bool { return types.NewMethodSet(t).Len() > 0 }

// basic returns the flags of a basic type.
func basic(t types.Type) types.BasicInfo {
	if b, ok := under(t).(*types.Basic); ok {
		return b.Info()
	}
	return 0
}

func isBasic(t types.Type, kind types.BasicKind) bool {
	b, ok := types.Unalias(t).(*types.Basic)
	return ok && b.Kind() == kind
}

func isNamed(t types.Type, path, name string) bool {
	n, ok := types.Unalias(t).(*types.Named)
	return ok && n.Obj().Name() == name && n.Obj().Pkg() != nil && n.Obj().Pkg().Path() == path
}

// isNilable reports whether nil is a value of a type, as reflect has it.
func isNilable(t types.Type) bool {
	switch under(t).(type) {
	case *types.Chan, *types.Signature, *types.Interface, *types.Map, *types.Pointer, *types.Slice:
		return true
	}
	return isNamed(t, "reflect", "Value")
}

// constant is the value of a literal where no type is asked for.
func (c *compiler) constant(node parse.Node) value {
	switch n := node.(type) {
	case *parse.BoolNode:
		return value{typ: types.Typ[types.Bool], code: strconv.FormatBool(n.True)}
	case *parse.StringNode:
		return value{typ: types.Typ[types.String], code: quote(n.Text)}
	case *parse.NumberNode:
		return c.number(n)
	}
	return unknown
}

// tooLarge says what to do about a number that is no int.
const tooLarge = "pass it from Go, in a type that can hold it"

// number is the value of a number: the type is that of the way it is written in.
func (c *compiler) number(n *parse.NumberNode) value {
	isFloat := n.IsFloat && !isHexadecimal(n.Text) && n.Text[0] != '\'' && hasFraction(n.Text)
	switch {
	case n.IsComplex:
		c.cannot(c.at(n, 0), "%s is a complex number", n)
		return value{typ: types.Typ[types.Complex128]}
	case isFloat && n.Float64 == 0 && n.Text[0] == '-':
		c.cannot(c.at(n, 0), "%s is a negative zero, which no constant of Go is", n)
		return value{typ: types.Typ[types.Float64]}
	case isFloat:
		return value{typ: types.Typ[types.Float64], code: "float64(" + strconv.FormatFloat(n.Float64, 'g', -1, 64) + ")"}
	case n.IsInt:
		return value{typ: types.Typ[types.Int], code: strconv.FormatInt(n.Int64, 10)}
	case n.IsUint:
		c.mistake(c.at(n, 0), tooLarge, "%s overflows int", n.Text)
	}
	return unknown
}

func isHexadecimal(s string) bool {
	if len(s) < 3 || s[0] != '0' || s[1] != 'x' && s[1] != 'X' {
		return false
	}
	for i := range len(s) {
		if s[i] == 'p' || s[i] == 'P' {
			return false
		}
	}
	return true
}

func hasFraction(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '.', 'e', 'E', 'p', 'P':
			return true
		}
	}
	return false
}

// quote is a Go string literal that is easy to read.
func quote(s string) string {
	if len(s) > 20 && strconv.CanBackquote(s) {
		return "`" + s + "`"
	}
	return strconv.Quote(s)
}
