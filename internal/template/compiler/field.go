package compiler

import (
	"go/token"
	"go/types"
	"strings"
	"text/template/parse"

	"github.com/jargo-dev/jargo/internal/diag"
)

// indirect follows the pointers that a value is, with code that fails with message where
// one is nil.
func (c *compiler) indirect(v value, at diag.Pos, message string) value {
	for {
		elem, ok := pointer(v.typ)
		if !ok {
			return v
		}
		if v.present != "" {
			c.cannot(at, "a pointer in a map, which may not have it")
		}
		c.line("if %s == nil {", v.code)
		c.line("return %s", c.fail(at, message, ""))
		c.line("}")
		v = value{typ: elem, code: "(*" + v.code + ")", addressable: true, root: v.root}
	}
}

// field evaluates .name of a value.
func (c *compiler) field(dot, v value, node parse.Node, name string, at diag.Pos, args []parse.Node, final *value) value {
	given := len(args) > 0 || final != nil
	switch {
	case v.none:
		if v.root && at.File == c.Own {
			c.Warnings.Add(at, "add func Data to a package beside it", ".%s is never there: the page has no Data", name)
		}
		return value{none: true}
	case !v.isKnown():
		c.cannot(at, "the type of what .%s is of is known only when it is executed", name)
		return c.afterArguments(dot, args)
	}
	receiver := v
	for { // all but the last pointer
		elem, ok := pointer(receiver.typ)
		if _, more := pointer(elem); !ok || !more && !isInterface(elem) {
			break
		}
		if receiver.present != "" || isInterface(elem) {
			c.cannot(at, "a pointer to a pointer")
		}
		c.notNil(receiver, at, "nil pointer evaluating "+c.format(receiver.typ)+"."+name)
		receiver = value{typ: elem, code: "(*" + receiver.code + ")", addressable: true}
	}
	elem, isPointer := pointer(receiver.typ)
	obj, path, through := types.LookupFieldOrMethod(receiver.typ, receiver.addressable || isPointer, nil, name)
	if method, ok := obj.(*types.Func); ok && method.Exported() {
		if isInterface(receiver.typ) {
			c.notNil(receiver, at, "nil pointer evaluating "+c.format(receiver.typ)+"."+name)
		}
		if receiver.present != "" {
			c.cannot(at, ".%s of an element that a map may not have", name)
		}
		return c.invoke(dot, receiver.code+"."+name, name, method.Type(), args, final, at)
	}
	if receiver.unsure {
		if _, isMethod := methodOf(types.NewPointer(receiver.typ), name); isMethod {
			c.cannot(at, "whether .%s can be called is known only when it is executed", name)
			return c.afterArguments(dot, args)
		}
	}
	if isInterface(receiver.typ) { // what is in it may have more
		c.cannot(at, "the type of what .%s is of is known only when it is executed", name)
		return c.afterArguments(dot, args)
	}
	if _, isMap := under(receiver.typ).(*types.Map); isMap {
		receiver.present = "" // one that is not there is nil
	}
	if receiver.present != "" && (isPointer || through) {
		c.cannot(at, ".%s of an element that a map may not have", name)
	}
	base := receiver
	if isPointer {
		base = value{typ: elem, code: receiver.code, addressable: true}
	}
	switch t := under(base.typ).(type) {
	case *types.Struct:
		if f, ok := obj.(*types.Var); ok && f.Exported() {
			if given {
				fix := "remove the arguments, or make it a method"
				if _, is := under(f.Type()).(*types.Signature); is {
					fix = "use call: {{call ." + name + " …}}"
				}
				c.mistake(at, fix, ".%s has arguments, but it is a field of %s", name, c.format(base.typ))
				return c.afterArguments(dot, args)
			}
			if isPointer {
				c.notNil(receiver, at, "nil pointer evaluating "+c.format(receiver.typ)+"."+name)
			}
			c.embedded(base, path[:len(path)-1], at)
			return value{
				typ: f.Type(), code: receiver.code + "." + name, present: receiver.present,
				addressable: base.addressable || through, unsure: base.unsure && !through,
			}
		}
	case *types.Map:
		if types.AssignableTo(types.Typ[types.String], t.Key()) && isStringKey(t.Key()) {
			if given {
				c.mistake(at, "remove the arguments", ".%s has arguments, but it is an element of a map", name)
				return c.afterArguments(dot, args)
			}
			return c.element(base, isPointer, name, t, at)
		}
	}
	c.noSuchField(v, base.typ, node, name, at)
	return c.afterArguments(dot, args)
}

// methodOf returns an exported method of a type.
func methodOf(t types.Type, name string) (*types.Func, bool) {
	obj, _, _ := types.LookupFieldOrMethod(t, true, nil, name)
	method, ok := obj.(*types.Func)
	return method, ok && method.Exported()
}

// embedded writes code that fails where a pointer is nil that is embedded on the path to
// a field.
func (c *compiler) embedded(v value, path []int, at diag.Pos) {
	for _, i := range path {
		f := under(v.typ).(*types.Struct).Field(i)
		if !f.Exported() { // the program cannot name it
			return
		}
		v = value{typ: f.Type(), code: v.code + "." + f.Name()}
		if elem, ok := pointer(v.typ); ok {
			c.notNil(v, at, "reflect: indirection through nil pointer to embedded struct field "+f.Name())
			v.typ = elem
		}
	}
}

// isStringKey reports whether a string is a key of maps with keys of type t, as reflect
// has it.
func isStringKey(t types.Type) bool {
	return isBasic(t, types.String) || isInterface(t)
}

// element evaluates .name of a map.
func (c *compiler) element(m value, isPointer bool, name string, t *types.Map, at diag.Pos) value {
	code := m.code
	if isPointer {
		c.notNil(m, at, "nil pointer evaluating "+c.format(m.typ)+"."+name)
		code = "(*" + code + ")"
	}
	v := value{typ: t.Elem(), code: c.name("v")}
	if v.isAny() { // nil is the same as none
		c.line("%s := %s[%q]", v.code, code, name)
		c.line("_ = %s", v.code)
		return v
	}
	v.present = c.name("ok")
	c.line("%s, %s := %s[%q]", v.code, v.present, code, name)
	c.line("_, _ = %s, %s", v.code, v.present)
	return v
}

// notNil writes code that fails where a value is nil.
func (c *compiler) notNil(v value, at diag.Pos, message string) {
	c.line("if %s == nil {", v.code)
	c.line("return %s", c.fail(at, message, ""))
	c.line("}")
}

// afterArguments looks at arguments of what is not known.
func (c *compiler) afterArguments(dot value, args []parse.Node) value {
	for _, arg := range args {
		if _, isNil := arg.(*parse.NilNode); !isNil {
			c.operand(dot, arg)
		}
	}
	return unknown
}

// noSuchField reports a field that there is not.
func (c *compiler) noSuchField(v value, base types.Type, node parse.Node, name string, at diag.Pos) {
	fix := c.fieldFix(v, base, name)
	if v.root {
		c.mistake(at, fix, ".%s: Data of %s returns %s, which has no %s (%s:%d)", name, c.Route, c.format(v.typ), name, c.DataAt.File, c.DataAt.Line)
		return
	}
	c.mistake(at, fix, ".%s: %s has no %s", name, c.format(v.typ), name)
}

// fieldFix says what may be meant by a name that is not there.
func (c *compiler) fieldFix(v value, base types.Type, name string) string {
	if obj, index, _ := types.LookupFieldOrMethod(types.NewPointer(base), true, nil, name); obj != nil {
		if v.root {
			return "it is a method of *" + c.format(base) + ": let Data return a pointer"
		}
		return "it is a method of *" + c.format(base) + ": a pointer is needed here"
	} else if index != nil {
		return "several of the embedded types have it: name the one that you mean before it"
	}
	for _, member := range members(types.NewPointer(base), true) {
		if !token.IsExported(member) && strings.EqualFold(member, name) {
			return "templates see only names that begin with a capital letter: rename " + member + " in Go"
		}
	}
	names := members(types.NewPointer(base), false)
	if near := nearest(name, names); near != "" {
		return "did you mean ." + near + "?"
	}
	switch under(base).(type) {
	case *types.Struct:
		if len(names) == 0 {
			return "it has no field or method that templates can use"
		}
		return "it has " + list(names)
	case *types.Slice, *types.Array:
		return "use {{range}}, or {{index}} for one of its elements"
	case *types.Map:
		return "use {{index}}: its keys are no strings"
	case *types.Basic:
		return "it has no fields: leave ." + name + " out"
	}
	return ""
}

// members are the names of the fields and methods of a type.
func members(t types.Type, hidden bool) []string {
	var names []string
	add := func(obj types.Object) {
		if obj.Exported() || hidden {
			names = append(names, obj.Name())
		}
	}
	base := t
	if elem, ok := pointer(t); ok {
		base = elem
	}
	seen := map[types.Type]bool{}
	var fields func(types.Type)
	fields = func(t types.Type) {
		s, ok := under(t).(*types.Struct)
		if !ok || seen[t] {
			return
		}
		seen[t] = true
		for f := range s.Fields() {
			if f.Embedded() {
				inner := f.Type()
				if elem, ok := pointer(inner); ok {
					inner = elem
				}
				fields(inner)
			}
			add(f)
		}
	}
	fields(base)
	for m := range types.NewMethodSet(t).Methods() {
		add(m.Obj())
	}
	return names
}
