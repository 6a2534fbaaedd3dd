package compiler

import (
	"fmt"
	"go/types"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/internal/diag"
)

// builtin is a call of one of text/template's own functions.
type builtin struct {
	*compiler
	dot   value
	name  string
	args  []parse.Node
	final *value
	at    diag.Pos
}

// builtins are the names of text/template's own functions.
var builtins = []string{"and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print", "printf",
	"println", "slice", "urlquery", evalArgs}

// evalArgs is the function that html/template has before html with several arguments.
const evalArgs = "_eval_args_"

// evaluate evaluates the call, which is one of builtins.
func (b *builtin) evaluate() value {
	switch b.name {
	case "and", "or":
		return b.choose()
	case "not":
		return b.not()
	case "eq", "ne", "lt", "le", "gt", "ge":
		return b.compare()
	case "len":
		return b.length()
	case "index":
		return b.index()
	case "slice":
		return b.slice()
	case "call":
		return b.callValue()
	case "html", "js", "urlquery", evalArgs:
		return b.escape()
	default:
		return b.sprint()
	}
}

// operandAt is an argument that is evaluated, and where it is.
type operandAt struct {
	value
	at   diag.Pos
	what string
	lit  bool // it is a literal
}

// operands evaluates all arguments, whatever types they have. It reports too few, or, if
// most is not negative, too many.
func (b *builtin) operands(least, most int) ([]operandAt, bool) {
	given := len(b.args)
	if b.final != nil {
		given++
	}
	if given < least || most >= 0 && given > most {
		want := count(least, "argument")
		switch {
		case most > least:
			want = fmt.Sprintf("%d to %d arguments", least, most)
		case most != least:
			want += " at least"
		}
		b.mistake(b.at, "", "%s takes %s, and gets %d", b.name, want, given)
		b.afterArguments(b.dot, b.args)
		return nil, false
	}
	var list []operandAt
	for _, node := range b.args {
		o := operandAt{at: b.compiler.at(node, argumentStart(node)), what: source(node)}
		switch node.(type) {
		case *parse.NilNode:
			o.value = value{none: true}
		case *parse.BoolNode, *parse.StringNode, *parse.NumberNode:
			o.value, o.lit = b.constant(node), true
		default:
			o.value = b.operand(b.dot, node)
		}
		list = append(list, o)
	}
	if b.final != nil {
		list = append(list, operandAt{value: *b.final, at: b.at, what: "what is piped into " + b.name})
	}
	return list, true
}

// choose is and, or.
func (b *builtin) choose() value {
	given := len(b.args)
	if b.final != nil {
		given++
	}
	if given == 0 {
		b.mistake(b.at, "", "%s takes one argument at least, and gets 0", b.name)
		return unknown
	}
	// What is after the first that decides is not evaluated.
	evaluate := func(i int) operandAt {
		if i == len(b.args) {
			return operandAt{value: *b.final, at: b.at}
		}
		one := &builtin{b.compiler, b.dot, b.name, b.args[i : i+1], nil, b.at}
		list, _ := one.operands(1, 1)
		return list[0]
	}
	first := evaluate(0)
	chosen := b.declareChosen(first)
	for i, v := 1, first; i < given; i++ {
		truth := b.truth(v.value, b.arg(i-1))
		if b.name == "or" {
			truth = "!(" + truth + ")"
		}
		b.line("if %s {", truth)
		v = evaluate(i)
		b.choice(chosen, v)
	}
	for range given - 1 {
		b.line("}")
	}
	return chosen.value
}

// chosen is the result of and, or: of the type that all arguments have, or an any.
type chosen struct {
	value
	start, end int // of the declaration, in the code
	first      string
}

func (b *builtin) declareChosen(v operandAt) *chosen {
	c := &chosen{value: v.value}
	if !v.isKnown() || v.present != "" {
		c.value = value{typ: anyType}
	}
	if v.isAny() || !v.isKnown() || v.present != "" {
		c.first = b.asAny(v.value, v.at)
	} else {
		c.first = b.typed(v.value)
	}
	c.root, c.code = false, b.compiler.name("v")
	b.flush()
	c.start = b.out.Len()
	if isInterface(c.typ) && c.isAny() {
		b.line("var %s any = %s", c.code, c.first)
	} else {
		b.line("%s := %s", c.code, c.first)
	}
	c.end = b.out.Len()
	b.line("_ = %s", c.code)
	return c
}

// choice makes a value the result.
func (b *builtin) choice(c *chosen, v operandAt) {
	same := c.isKnown() && v.isKnown() && v.present == "" && types.Identical(c.typ, v.typ)
	switch {
	case same && c.addressable != v.addressable && needsAddress(v.typ):
		b.cannot(v.at, "the arguments of %s have an address or not", b.name)
	case same:
		c.unsure = c.unsure || v.unsure || c.addressable != v.addressable
		c.addressable = c.addressable && v.addressable
	case !c.isAny():
		b.asAny(value{typ: c.typ, code: c.code, addressable: c.addressable}, v.at)
		if code := b.out.String(); c.end > c.start {
			b.out.Reset()
			b.out.WriteString(code[:c.start] + "var " + c.code + " any = " + c.first + "\n" + code[c.end:])
		}
		c.value = value{typ: anyType, code: c.code}
	}
	if same {
		b.line("%s = %s", c.code, v.code)
	} else {
		b.line("%s = %s", c.code, b.asAny(v.value, v.at))
	}
}

// arg is an argument, for messages.
func (b *builtin) arg(i int) parse.Node {
	if i < len(b.args) {
		return b.args[i]
	}
	return parse.NewIdentifier(b.name)
}

// typed is the code of a value whose type is the one it has here, also if it is a literal.
func (c *compiler) typed(v value) string {
	if isBasic(v.typ, types.Int) && v.code != "" && (v.code[0] == '-' || v.code[0] >= '0' && v.code[0] <= '9') {
		return "int(" + v.code + ")"
	}
	return v.code
}

func (b *builtin) not() value {
	result := value{typ: types.Typ[types.Bool], code: "false"}
	if list, ok := b.operands(1, 1); ok {
		result.code = "!(" + b.truth(list[0].value, b.arg(0)) + ")"
	}
	return result
}

// length is len.
func (b *builtin) length() value {
	result := value{typ: types.Typ[types.Int], code: "0"}
	list, ok := b.operands(1, 1)
	if !ok {
		return result
	}
	v := b.indirect(b.must(list[0].value, list[0].at, "len of nil"), list[0].at, "len of nil pointer")
	switch t := under(v.typ).(type) {
	case nil, *types.Interface:
		if v.none {
			b.mistake(list[0].at, "", "len of nil")
		}
		b.cannot(list[0].at, "the type of %s is known only when it is executed", list[0].what)
		return result
	case *types.Array, *types.Chan, *types.Map, *types.Slice:
		result.code = "len(" + v.code + ")"
		return result
	case *types.Basic:
		if t.Info()&types.IsString != 0 {
			result.code = "len(" + v.code + ")"
			return result
		}
	}
	b.mistake(list[0].at, "len is of strings, slices, arrays, maps and channels", "len of %s, which is of type %s", list[0].what, b.format(v.typ))
	return result
}

// index is index.
func (b *builtin) index() value {
	list, ok := b.operands(1, -1)
	if !ok {
		return unknown
	}
	v := list[0].value
	if v.none {
		b.mistake(list[0].at, "", "index of nil")
		return unknown
	}
	v = b.must(v, list[0].at, "index of untyped nil")
	for i, at := range list[1:] {
		v = b.indirect(v, at.at, "index of nil pointer")
		switch t := under(v.typ).(type) {
		case nil, *types.Interface:
			b.cannot(at.at, "the type of what is indexed is known only when it is executed")
			return unknown
		case *types.Slice:
			v = b.element(v, t.Elem(), true, at)
		case *types.Array:
			unsure := v.unsure
			v = b.element(v, t.Elem(), v.addressable, at)
			v.unsure = unsure
		case *types.Map:
			key := b.key(at, t.Key(), "a key")
			made := value{typ: t.Elem(), code: b.compiler.name("v")}
			b.line("%s := %s[%s]", made.code, v.code, key)
			b.line("_ = %s", made.code)
			v = made
		default:
			if basic(v.typ)&types.IsString != 0 {
				v = b.element(v, types.Typ[types.Uint8], false, at)
				continue
			}
			what := list[0]
			if i > 0 {
				what.at, what.what = at.at, "element "+list[i].what
			}
			b.mistake(what.at, "index is of slices, arrays, strings and maps", "can't index %s, which is of type %s", what.what, b.format(v.typ))
			return unknown
		}
	}
	return v
}

// element is an element of a list.
func (b *builtin) element(list value, elem types.Type, addressable bool, index operandAt) value {
	v := value{typ: elem, addressable: addressable}
	i := b.listIndex(index)
	b.line("if %s < 0 || %s >= len(%s) {", i, i, list.code)
	b.line("return %s", b.fail(b.at, "error calling index: index out of range", ""))
	b.line("}")
	v.code = list.code + "[" + i + "]"
	return v
}

// listIndex is a variable with an index of a list.
func (b *builtin) listIndex(index operandAt) string {
	i := b.compiler.name("i")
	switch {
	case index.none:
		b.mistake(index.at, "", "can't index a list with nil")
	case !index.isKnown() || isInterface(index.typ):
		b.cannot(index.at, "the type of %s is known only when it is executed", index.what)
	case basic(index.typ)&types.IsInteger == 0:
		b.mistake(index.at, "use a number", "can't index a list with %s, which is of type %s", index.what, b.format(index.typ))
	default:
		v := b.must(index.value, index.at, "can't index a list with nil")
		b.line("%s := int(%s)", i, v.code)
	}
	return i
}

// key is the code of an index as a key of a map, or of an argument of call if use is "".
func (b *builtin) key(index operandAt, t types.Type, use string) string {
	if index.present != "" {
		b.cannot(index.at, "%s is an element that a map may not have", index.what)
	}
	switch {
	case index.none:
		if !isNilable(t) {
			if use == "" {
				b.mistake(index.at, "pass a value", "nil cannot be a %s", b.format(t))
			} else {
				b.mistake(index.at, "", "nil cannot be a key: they are of type %s", b.format(t))
			}
		}
		return "nil"
	case !index.isKnown() || isInterface(index.typ) && !types.AssignableTo(index.typ, t):
		b.cannot(index.at, "the type of %s is known only when it is executed", index.what)
		return ""
	case types.AssignableTo(index.typ, t):
		return b.typed(index.value)
	case basic(index.typ)&types.IsInteger != 0 && basic(t)&types.IsInteger != 0:
		wide := b.compiler.name("v") // a constant would have to fit
		b.line("%s := %s", wide, b.typed(index.value))
		return b.typeName(t, index.at) + "(" + wide + ")"
	}
	if use == "" {
		b.misfit(index.value, t, index.at, index.what)
	} else {
		b.mistake(index.at, "", "%s is of type %s, but the keys are of type %s", index.what, b.format(index.typ), b.format(t))
	}
	return ""
}

func (b *builtin) slice() value {
	list, ok := b.operands(1, 4)
	if !ok {
		return unknown
	}
	v := b.indirect(b.must(list[0].value, list[0].at, "slice of nil"), list[0].at, "slice of nil pointer")
	size, made := "cap", value{typ: v.typ}
	switch t := under(v.typ).(type) {
	case nil, *types.Interface:
		if v.none {
			b.mistake(list[0].at, "", "slice of nil")
		}
		b.cannot(list[0].at, "the type of %s is known only when it is executed", list[0].what)
		return unknown
	case *types.Slice:
	case *types.Array:
		made.typ = types.NewSlice(t.Elem())
		if !v.addressable {
			b.cannot(list[0].at, "slice of an array that has no address")
		}
	default:
		if basic(v.typ)&types.IsString == 0 {
			b.mistake(list[0].at, "slice is of strings, slices and arrays", "can't slice %s, which is of type %s", list[0].what, b.format(v.typ))
			return unknown
		}
		if size = "len"; len(list) == 4 {
			b.mistake(list[3].at, "leave it out", "slice of a string takes two numbers at most")
			return made
		}
	}
	var bounds []string
	for i, index := range list[1:] {
		bound := b.listIndex(index)
		b.line("if %s < 0 || %s > %s(%s) {", bound, bound, size, v.code)
		b.line("return %s", b.fail(b.at, "error calling slice: index out of range", ""))
		b.line("}")
		before := "0"
		if i > 0 {
			before = bounds[i-1]
		}
		b.line("if %s > %s {", before, bound)
		b.line("return %s", b.fail(b.at, "error calling slice: invalid slice index", ""))
		b.line("}")
		bounds = append(bounds, bound)
	}
	if len(bounds) == 1 { // up to the length, which may be less than the capacity
		b.line("if %s > len(%s) {", bounds[0], v.code)
		b.line("return %s", b.fail(b.at, "error calling slice: invalid slice index", ""))
		b.line("}")
	}
	for len(bounds) < 2 {
		bounds = append(bounds, "")
	}
	made.code = b.compiler.name("v")
	b.line("%s := %s[%s]", made.code, v.code, strings.Join(bounds, ":"))
	b.line("_ = %s", made.code)
	return made
}

// callValue is call, which calls a value.
func (b *builtin) callValue() value {
	list, ok := b.operands(1, -1)
	if !ok {
		return unknown
	}
	f := list[0]
	t, ok := under(f.typ).(*types.Signature)
	switch {
	case f.none:
		b.mistake(f.at, "", "call of nil")
		return unknown
	case !f.isKnown() || isInterface(f.typ) || f.present != "":
		b.cannot(f.at, "the type of %s is known only when it is executed", f.what)
		return unknown
	case !ok:
		b.mistake(f.at, "", "%s is no function: it is of type %s", f.what, b.format(f.typ))
		return unknown
	case badResults(t) != "":
		b.mistake(f.at, "return one value, or a value and an error", "%s %s", f.what, badResults(t))
		return unknown
	case len(list)-1 != t.Params().Len() && !t.Variadic() || len(list)-1 < t.Params().Len()-1:
		b.mistake(f.at, "it is a "+b.format(t), "%s %s, and gets %d", f.what, takes(t), len(list)-1)
		return b.result(t, "", b.at)
	}
	var args []string
	for i, arg := range list[1:] {
		args = append(args, b.key(arg, paramType(t, i), ""))
	}
	b.notNil(f.value, f.at, "call of nil pointer")
	return b.invoked(t, f.code, b.name, args, b.at)
}

// sprint is print, printf, println.
func (b *builtin) sprint() value {
	function := map[string]string{"print": "fmt.Sprint", "printf": "fmt.Sprintf", "println": "fmt.Sprintln"}[b.name]
	params := []*types.Var{types.NewParam(0, nil, "a", types.NewSlice(anyType))}
	if b.name == "printf" {
		params = append([]*types.Var{types.NewParam(0, nil, "format", types.Typ[types.String])}, params...)
	}
	results := types.NewTuple(types.NewParam(0, nil, "", types.Typ[types.String]))
	sig := types.NewSignatureType(nil, nil, nil, types.NewTuple(params...), results, true)
	return b.invoke(b.dot, function, b.name, sig, b.args, b.final, b.at)
}

// escape is html, js, urlquery, which make a string of any values.
func (b *builtin) escape() value {
	function := map[string]string{
		"html": "escape.BuiltinHTML", "js": "escape.BuiltinJS", "urlquery": "escape.BuiltinURLQuery", evalArgs: "escape.EvalArgs",
	}[b.name]
	list, ok := b.operands(0, -1)
	if !ok {
		return unknown
	}
	var args []string
	for _, o := range list {
		args = append(args, b.fit(o.value, anyType, o.at, o.what))
	}
	v := value{typ: types.Typ[types.String], code: b.compiler.name("v")}
	b.line("%s := %s(%s)", v.code, function, strings.Join(args, ", "))
	b.line("_ = %s", v.code)
	return v
}
