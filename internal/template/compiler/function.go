package compiler

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/internal/diag"
)

// call evaluates a function of templates.
func (c *compiler) call(dot value, n *parse.IdentifierNode, args []parse.Node, final *value) value {
	at, name := c.at(n, 0), n.Ident
	if f, ok := c.Funcs[name]; ok {
		sig, ok := under(f.Type).(*types.Signature)
		if !ok || f.Code == "" {
			c.cannot(at, "the type of the function %s is known only when it is executed", name)
		}
		if !ok {
			return c.afterArguments(dot, args)
		}
		return c.invoke(dot, f.Code, name, sig, args, final, at)
	}
	if strings.HasPrefix(name, escaperPrefix) { // before html or urlquery, which stands for the last one
		c.cannot(at, "a predefined escaper besides others")
		return value{typ: types.Typ[types.String]}
	}
	if slices.Contains(builtins, name) {
		return (&builtin{c, dot, name, args, final, at}).evaluate()
	}
	if c.AnyFunc {
		c.cannot(at, "the function %s is known only when it is executed", name)
		return c.afterArguments(dot, args)
	}
	names := slices.Concat(slices.Collect(maps.Keys(c.Funcs)), builtins)
	fix := "add it to what Funcs returns, in a package of this directory or above"
	if near := nearest(name, names); near != "" {
		fix = "did you mean " + near + "? Else " + fix
	}
	c.mistake(at, fix, "there is no function %s", name)
	return c.afterArguments(dot, args)
}

// invoke calls a function or a method, which is the value of code.
func (c *compiler) invoke(dot value, code, name string, t types.Type, nodes []parse.Node, final *value, at diag.Pos) value {
	sig := under(t).(*types.Signature)
	if message := badResults(sig); message != "" {
		c.mistake(at, "return one value, or a value and an error", "%s %s", name, message)
		return c.afterArguments(dot, nodes)
	}
	given, params := len(nodes), sig.Params().Len()
	if final != nil {
		given++
	}
	if given != params && !sig.Variadic() || given < params-1 {
		c.mistake(at, "it is "+name+c.format(sig)[len("func"):], "%s %s, and gets %d", name, takes(sig), given)
		c.afterArguments(dot, nodes)
		return c.result(sig, "", at)
	}
	var args []string
	for i, node := range nodes {
		args = append(args, c.argument(dot, node, paramType(sig, i)))
	}
	if final != nil {
		args = append(args, c.fit(*final, paramType(sig, given-1), at, "what is piped into "+name))
	}
	return c.invoked(sig, code, name, args, at)
}

// invoked calls a function, which is the value of code, with the code of its arguments.
func (c *compiler) invoked(sig *types.Signature, code, name string, args []string, at diag.Pos) value {
	result := c.name("v")
	call := code + "(" + strings.Join(args, ", ") + ")"
	if sig.Results().Len() == 2 {
		c.line("%s, err := %s", result, call)
		c.line("if err != nil {")
		c.line("return %s", c.fail(at, "error calling "+name, "err"))
		c.line("}")
	} else {
		c.line("%s := %s", result, call)
	}
	c.line("_ = %s", result)
	return c.result(sig, result, at)
}

// result is the value of a call.
func (c *compiler) result(sig *types.Signature, code string, at diag.Pos) value {
	t := sig.Results().At(0).Type()
	if isNamed(t, "reflect", "Value") {
		c.cannot(at, "a function returns a reflect.Value")
		return unknown
	}
	return value{typ: t, code: code}
}

// CheckFunc says why a value of a type can be no function of templates; "" if it can, as
// far as its type tells.
func CheckFunc(t types.Type) string {
	switch t := under(t).(type) {
	case *types.Signature:
		return badResults(t)
	case *types.Interface:
		return ""
	}
	return "is no function"
}

// badResults says what is wrong with the results of a function; "" for nothing.
func badResults(sig *types.Signature) string {
	switch n := sig.Results().Len(); {
	case n == 1, n == 2 && types.Identical(sig.Results().At(1).Type(), types.Universe.Lookup("error").Type()):
		return ""
	case n == 2:
		return "returns two values, of which the second is no error"
	case n == 0:
		return "returns nothing"
	default:
		return fmt.Sprintf("returns %d values", n)
	}
}

// paramType is the type of the nth argument.
func paramType(sig *types.Signature, n int) types.Type {
	if last := sig.Params().Len() - 1; sig.Variadic() && n >= last {
		return under(sig.Params().At(last).Type()).(*types.Slice).Elem()
	}
	return sig.Params().At(n).Type()
}

// argument evaluates an argument for a parameter of type t, and returns its code.
func (c *compiler) argument(dot value, node parse.Node, t types.Type) string {
	at := c.at(node, argumentStart(node))
	switch n := node.(type) {
	case *parse.NilNode:
		if !isNilable(t) {
			c.mistake(at, "pass a value", "nil cannot be a %s", c.format(t))
		}
		return "nil"
	case *parse.BoolNode, *parse.StringNode, *parse.NumberNode:
		return c.literal(n, t, at)
	}
	v := c.operand(dot, node)
	return c.fit(v, t, at, source(node))
}

// argumentStart is where a node that is an argument begins, from its position.
func argumentStart(node parse.Node) int {
	if field, ok := node.(*parse.FieldNode); ok {
		return fieldStart(field)
	}
	return 0
}

// literal is a literal as an argument for a parameter of type t.
func (c *compiler) literal(node parse.Node, t types.Type, at diag.Pos) string {
	if isInterface(t) && under(t).(*types.Interface).NumMethods() == 0 {
		return c.constant(node).code
	}
	if isNamed(t, "reflect", "Value") {
		c.cannot(at, "an argument is a reflect.Value")
		return ""
	}
	info := basic(t)
	wrong := func(want string) string {
		c.mistake(at, "it goes to a parameter of type "+c.format(t), "%s is no %s", node, want)
		return ""
	}
	switch n := node.(type) {
	case *parse.BoolNode:
		if info&types.IsBoolean == 0 {
			return wrong(c.format(t))
		}
		return strconv.FormatBool(n.True)
	case *parse.StringNode:
		if info&types.IsString == 0 {
			return wrong(c.format(t))
		}
		return quote(n.Text)
	case *parse.NumberNode:
		return c.numberArgument(n, t, at, wrong)
	}
	return ""
}

// numberArgument is a number as an argument for a parameter of type t.
func (c *compiler) numberArgument(n *parse.NumberNode, t types.Type, at diag.Pos, wrong func(string) string) string {
	info, code, of := basic(t), "", token.INT
	switch {
	case info&types.IsUnsigned != 0 && n.IsUint:
		code = strconv.FormatUint(n.Uint64, 10)
	case info&types.IsUnsigned != 0:
		return wrong("unsigned integer")
	case info&types.IsInteger != 0 && n.IsInt:
		code = strconv.FormatInt(n.Int64, 10)
	case info&types.IsInteger != 0 && n.IsUint:
		c.mistake(at, tooLarge, "%s overflows int", n)
		return ""
	case info&types.IsInteger != 0:
		return wrong("integer")
	case info&types.IsFloat != 0 && n.IsFloat:
		code, of = strconv.FormatFloat(n.Float64, 'e', -1, 64), token.FLOAT
		if n.Float64 == 0 && n.Text[0] == '-' && n.Text != "-0" {
			c.cannot(at, "%s is a negative zero, which no constant of Go is", n)
		}
	case info&types.IsComplex != 0 && n.IsComplex:
		c.cannot(at, "%s is a complex number", n)
	default:
		return wrong(c.format(t))
	}
	if b, ok := under(t).(*types.Basic); ok && code != "" {
		literal := constant.MakeFromLiteral(strings.TrimPrefix(code, "-"), of, 0)
		if strings.HasPrefix(code, "-") {
			literal = constant.UnaryOp(token.SUB, literal, 0)
		}
		if !representable(literal, b) {
			c.cannot(at, "%s is no %s: html/template makes another number of it", n, b)
		}
	}
	return code
}

// representable reports whether a constant is a value of a type.
func representable(v constant.Value, b *types.Basic) bool {
	fits := func(bits uint) bool {
		unsigned := b.Info()&types.IsUnsigned != 0
		n := constant.ToInt(v)
		if n.Kind() != constant.Int {
			return false
		}
		size := uint(constant.BitLen(n))
		if unsigned {
			return constant.Sign(n) >= 0 && size <= bits
		}
		return size < bits || constant.Sign(n) < 0 && size == bits && constant.Compare(n, token.EQL, constant.UnaryOp(token.SUB, constant.Shift(constant.MakeInt64(1), token.SHL, bits-1), 0))
	}
	switch b.Kind() {
	case types.Int8, types.Uint8:
		return fits(8)
	case types.Int16, types.Uint16:
		return fits(16)
	case types.Int32, types.Uint32, types.Int, types.Uint, types.Uintptr: // of any machine
		return fits(32)
	case types.Float32:
		_, exact := constant.Float32Val(v)
		return exact
	}
	return true
}

// fit is the code of a value as an argument for a parameter of type t. what it is, is
// said where it does not fit.
func (c *compiler) fit(v value, t types.Type, at diag.Pos, what string) string {
	switch {
	case v.none:
		if !isNilable(t) {
			c.mistake(at, "pass a value", "%s is nil, which cannot be a %s", what, c.format(t))
		}
		return "nil"
	case !v.isKnown():
		c.cannot(at, "the type of %s is known only when it is executed", what)
		return ""
	case isNamed(t, "reflect", "Value"):
		c.cannot(at, "an argument is a reflect.Value")
		return ""
	case v.present != "":
		return c.fitPresent(v, t, at, what)
	case types.AssignableTo(v.typ, t):
		return v.code
	case isInterface(v.typ):
		c.cannot(at, "the type of %s is known only when it is executed", what)
		return ""
	}
	if elem, ok := pointer(v.typ); ok && types.AssignableTo(elem, t) {
		c.notNil(v, at, "dereference of nil pointer of type "+c.format(t))
		return "*" + v.code
	}
	if v.addressable && types.AssignableTo(types.NewPointer(v.typ), t) {
		return "&" + v.code
	}
	if v.unsure && types.AssignableTo(types.NewPointer(v.typ), t) {
		c.cannot(at, "%s may have no address", what)
		return ""
	}
	c.misfit(v, t, at, what)
	return ""
}

// misfit reports a value that cannot be an argument for a parameter of type t.
func (c *compiler) misfit(v value, t types.Type, at diag.Pos, what string) {
	fix := "pass another value, or change the type of the parameter"
	if isBasic(t, types.String) {
		fix = "make a string of it with printf"
	}
	c.mistake(at, fix, "%s is of type %s, but %s is wanted", what, c.format(v.typ), c.format(t))
}

// fitPresent is fit of a value that may not be there.
func (c *compiler) fitPresent(v value, t types.Type, at diag.Pos, what string) string {
	there := v
	there.present = ""
	if !isNilable(t) {
		return c.fit(c.must(v, at, what+" is not there"), t, at, what)
	}
	if !isInterface(t) {
		if !types.AssignableTo(v.typ, t) {
			c.cannot(at, "%s is an element that a map may not have", what)
		}
		return c.fit(there, t, at, what)
	}
	name := c.name("arg")
	c.line("var %s %s", name, c.typeName(t, at))
	c.line("if %s {", v.present)
	c.line("%s = %s", name, c.fit(there, t, at, what))
	c.line("}")
	return name
}

// takes says how many arguments a function has.
func takes(sig *types.Signature) string {
	if params := sig.Params().Len(); !sig.Variadic() {
		return "takes " + count(params, "argument")
	} else {
		return "takes " + count(params-1, "argument") + " at least"
	}
}

func count(n int, noun string) string {
	switch n {
	case 0:
		return "no " + noun + "s"
	case 1:
		return "one " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
