package compiler

import (
	"fmt"
	"go/types"
	"strings"
)

// comparison is a kind of values that can be compared.
type comparison string

func kindOf(t types.Type) comparison {
	switch info := basic(t); {
	case info&types.IsBoolean != 0:
		return "bool"
	case info&types.IsUnsigned != 0:
		return "uint"
	case info&types.IsInteger != 0:
		return "int"
	case info&types.IsFloat != 0:
		return "float"
	case info&types.IsComplex != 0:
		return "complex"
	case info&types.IsString != 0:
		return "string"
	}
	return ""
}

// operators are those of Go for the names of text/template.
var operators = map[string]string{"eq": "==", "ne": "==", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}

// compare is eq, ne, lt, le, gt, ge.
func (b *builtin) compare() value {
	most := 2
	if b.name == "eq" {
		most = -1
	}
	result := value{typ: types.Typ[types.Bool], code: "false"}
	list, ok := b.operands(2, most)
	if !ok {
		return result
	}
	var equal []string
	for _, o := range list[1:] {
		equal = append(equal, b.compareTwo(list[0], o))
	}
	result.code = "(" + strings.Join(equal, " || ") + ")"
	if b.name == "ne" {
		result.code = "!" + result.code
	}
	return result
}

// compareTwo is an expression that compares two values.
func (b *builtin) compareTwo(x, y operandAt) string {
	isEq, operator := b.name == "eq" || b.name == "ne", operators[b.name]
	for _, o := range []operandAt{x, y} {
		switch {
		case o.none && !isEq:
			b.mistake(o.at, "", "%s can't compare nil", b.name)
			return "false"
		case o.none:
		case o.present != "" && isEq && basic(o.typ) != 0:
		case o.present != "" && !isEq && basic(o.typ) != 0:
			b.must(o.value, o.at, b.name+" can't compare nil")
		case o.present != "" && o.isKnown() && !isInterface(o.typ):
			b.cannot(o.at, "%s is an element that a map may not have", o.what)
		case !o.isKnown() || isInterface(o.typ):
			b.cannot(o.at, "the type of %s is known only when it is executed", o.what)
			return "false"
		}
	}
	switch {
	case x.none && y.none:
		return "true"
	case y.none:
		return b.isNil(x)
	case x.none:
		return b.isNil(y)
	}
	kx, ky := kindOf(x.typ), kindOf(y.typ)
	if !isEq {
		for _, o := range []operandAt{x, y} {
			if k := kindOf(o.typ); k == "" || k == "bool" || k == "complex" {
				b.mistake(o.at, "it compares numbers and strings", "%s can't compare %s, which is of type %s", b.name, o.what, b.format(o.typ))
				return "false"
			}
		}
	}
	equal := b.compareKinds(x, y, kx, ky, operator)
	if !isEq {
		return equal
	}
	switch { // what is not there equals what is not there either
	case x.present != "" && y.present != "":
		return fmt.Sprintf("(%s && %s && %s || !%s && !%s)", x.present, y.present, equal, x.present, y.present)
	case x.present != "" || y.present != "":
		return "(" + x.present + y.present + " && " + equal + ")"
	}
	return equal
}

// compareKinds is an expression that compares two values of these kinds.
func (b *builtin) compareKinds(x, y operandAt, kx, ky comparison, operator string) string {
	code := func(o operandAt, t string) string { return t + "(" + o.code + ")" }
	switch {
	case kx == "int" && ky == "uint":
		return fmt.Sprintf("escape.CompareInt(int64(%s), uint64(%s)) %s 0", x.code, y.code, operator)
	case kx == "uint" && ky == "int":
		return fmt.Sprintf("0 %s escape.CompareInt(int64(%s), uint64(%s))", operator, y.code, x.code)
	case kx != ky:
		b.mistake(y.at, "compare values of one kind", "%s can't compare %s (%s) with %s (%s)", b.name, x.what, b.format(x.typ), y.what, b.format(y.typ))
		return "false"
	case kx == "" && types.Identical(x.typ, y.typ) && hasEquality(x.typ):
		return x.code + " == " + y.code
	case kx == "":
		b.cannot(y.at, "%s of values of type %s", b.name, b.format(x.typ))
		b.comparable(x, y)
		return "false"
	case kx == "bool" || kx == "string":
		return code(x, string(kx)) + " " + operator + " " + code(y, string(ky))
	case kx == "complex":
		return code(x, "complex128") + " " + operator + " " + code(y, "complex128")
	case kx == "float" && b.name == "gt": // as text/template has it, of what is no number, too
		return "!(" + code(x, "float64") + " <= " + code(y, "float64") + ")"
	case kx == "float" && b.name == "ge":
		return "!(" + code(x, "float64") + " < " + code(y, "float64") + ")"
	default:
		return code(x, string(kx)+"64") + " " + operator + " " + code(y, string(ky)+"64")
	}
}

// hasEquality reports whether == of two values of a type does not fail.
func hasEquality(t types.Type) bool {
	switch t := under(t).(type) {
	case *types.Pointer, *types.Chan, *types.Basic:
		return true
	case *types.Array:
		return hasEquality(t.Elem())
	case *types.Struct:
		for f := range t.Fields() {
			if !hasEquality(f.Type()) {
				return false
			}
		}
		return true
	}
	return false
}

// comparable reports values of which html/template compares none.
func (b *builtin) comparable(x, y operandAt) {
	if kind(x.typ) != kind(y.typ) {
		b.mistake(y.at, "compare values of one kind", "%s can't compare %s (%s) with %s (%s)", b.name, x.what, b.format(x.typ), y.what, b.format(y.typ))
		return
	}
	if _, isStruct := under(y.typ).(*types.Struct); isStruct && !types.Comparable(y.typ) {
		b.mistake(y.at, "", "%s can't compare %s: values of type %s are not comparable", b.name, y.what, b.format(y.typ))
	}
}

// kind is reflect's, of what is no basic type.
func kind(t types.Type) string { return fmt.Sprintf("%T", under(t)) }

// isNil is an expression that tells whether a value is nil.
func (b *builtin) isNil(o operandAt) string {
	if o.present != "" && !isNilable(o.typ) {
		return "!" + o.present
	}
	if isNilable(o.typ) && !isNamed(o.typ, "reflect", "Value") {
		return o.code + " == nil"
	}
	return "false"
}
