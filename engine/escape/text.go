package escape

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Print returns what an action of text/template prints of v; of nil that is
// "<no value>". It fails for channels and functions.
//
// text/template can take the address of what it reaches through a pointer, such
// as a field, and finds methods of the pointer then. For the same, v must be that
// pointer.
func Print(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	}
	if s, ok := integer(v); ok {
		return s, nil
	}
	x, err := toPrint(v)
	if err != nil {
		return "", err
	}
	return fmt.Sprint(x), nil
}

// toPrint returns what fmt is to print of v. It fails for channels and functions.
func toPrint(v any) (any, error) {
	p := reflect.ValueOf(v)
	if p.Kind() == reflect.Pointer {
		for (p.Kind() == reflect.Pointer || p.Kind() == reflect.Interface) && !p.IsNil() {
			p = p.Elem()
		}
	}
	if !p.IsValid() {
		return "<no value>", nil
	}
	x := p.Interface()
	switch {
	case tells(x):
	case p.CanAddr() && tells(p.Addr().Interface()):
		return p.Addr().Interface(), nil
	case p.Kind() == reflect.Chan || p.Kind() == reflect.Func:
		return nil, fmt.Errorf("can't print value of type %T", v)
	}
	return x, nil
}

// Truth reports whether v is true for if, with, and, or and not: it is neither
// nil nor zero nor empty; a struct always is.
func Truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	}
	p := reflect.ValueOf(v)
	switch p.Kind() {
	case reflect.Array, reflect.Map, reflect.Slice, reflect.String:
		return p.Len() > 0
	case reflect.Struct:
		return true
	case reflect.Complex64, reflect.Complex128:
		return p.Complex() != 0
	case reflect.Float32, reflect.Float64:
		return p.Float() != 0 // -0 is no truth, though reflect does not call it zero
	}
	return !p.IsZero()
}

// BuiltinHTML is the function html of templates, text/template's HTMLEscaper.
func BuiltinHTML(args ...any) string { return html(join(args), '+') }

// BuiltinJS is the function js of templates, text/template's JSEscaper.
func BuiltinJS(args ...any) string {
	s := join(args)
	var b strings.Builder
	from := 0
	for i, n := 0, 0; i < len(s); i += n {
		c := s[i]
		n = 1
		switch {
		case c >= utf8.RuneSelf:
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			if unicode.IsPrint(r) {
				continue
			}
			b.WriteString(s[from:i])
			fmt.Fprintf(&b, `\u%04X`, r)
		case c == '\\' || c == '\'' || c == '"':
			b.WriteString(s[from:i])
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ' || c == '<' || c == '>' || c == '&' || c == '=':
			b.WriteString(s[from:i])
			b.WriteString(`\u00`)
			b.WriteByte(hexUpper[c>>4])
			b.WriteByte(hexUpper[c&15])
		default:
			continue
		}
		from = i + n
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// BuiltinURLQuery is the function urlquery of templates, text/template's
// URLQueryEscaper.
func BuiltinURLQuery(args ...any) string {
	s := join(args)
	b := make([]byte, 0, len(s)+len(s)/4)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isUnreserved(c):
			b = append(b, c)
		case c == ' ':
			b = append(b, '+')
		default:
			b = append(b, '%', hexUpper[c>>4], hexUpper[c&15])
		}
	}
	return string(b)
}

// EvalArgs is _eval_args_, which html/template puts in the place of a function
// html or urlquery with arguments, before the function itself.
func EvalArgs(args ...any) string {
	if len(args) == 1 {
		if s, ok := args[0].(string); ok {
			return s
		}
	}
	list := make([]any, len(args))
	for i, arg := range args {
		list[i] = printable(arg)
	}
	return fmt.Sprint(list...)
}

// join returns args as text/template's functions see them.
func join(args []any) string {
	if len(args) == 1 {
		if s, ok := args[0].(string); ok {
			return s
		}
	}
	list := make([]any, len(args)) // args is the caller's
	for i, arg := range args {
		list[i] = arg
		if x, err := toPrint(arg); err == nil {
			list[i] = x
		}
	}
	return fmt.Sprint(list...)
}
