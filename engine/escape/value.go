package escape

import (
	"fmt"
	"reflect"
	"strconv"
)

// kind is the type of a value as far as the escapers care.
type kind uint8

const (
	kindPlain kind = iota
	kindCSS
	kindHTML
	kindHTMLAttr
	kindJS
	kindJSStr
	kindURL
	kindSrcset
)

// content returns the text of v if it is a string or of a content type of
// html/template, and the kind of the latter.
func content(v any) (string, kind) {
	if s, ok := v.(string); ok {
		return s, kindPlain
	}
	t := reflect.TypeOf(v)
	if t == nil || t.Kind() != reflect.String || t.PkgPath() != "html/template" {
		return "", kindPlain
	}
	s := reflect.ValueOf(v).String()
	switch t.Name() {
	case "CSS":
		return s, kindCSS
	case "HTML":
		return s, kindHTML
	case "HTMLAttr":
		return s, kindHTMLAttr
	case "JS":
		return s, kindJS
	case "JSStr":
		return s, kindJSStr
	case "URL":
		return s, kindURL
	case "Srcset":
		return s, kindSrcset
	}
	return "", kindPlain
}

// text returns v as html/template's escapers see it: pointers are followed to a
// string, to a content type, or to what has the method String or Error.
func text(v any) (string, kind) {
	switch v := v.(type) {
	case nil:
		return "", kindPlain
	case string:
		return v, kindPlain
	}
	if s, ok := integer(v); ok {
		return s, kindPlain
	}
	p := reflect.ValueOf(v)
	for p.Kind() == reflect.Pointer && !p.IsNil() {
		p = p.Elem()
	}
	end := p.Interface()
	if s, k := content(end); k != kindPlain {
		return s, k
	}
	if s, ok := end.(string); ok {
		return s, kindPlain
	}
	return fmt.Sprint(printable(v)), kindPlain
}

// printable follows the pointers of v to what has the method String or Error, or
// to their end.
func printable(v any) any {
	p := reflect.ValueOf(v)
	for p.Kind() == reflect.Pointer && !p.IsNil() {
		if x := p.Interface(); tells(x) {
			return x
		}
		p = p.Elem()
	}
	if !p.IsValid() {
		return nil
	}
	return p.Interface()
}

// tells reports whether v says itself what it is.
func tells(v any) bool {
	switch v.(type) {
	case error, fmt.Stringer:
		return true
	}
	return false
}

// integer returns v in decimal if it is of a predeclared integer type.
func integer(v any) (s string, ok bool) {
	switch v := v.(type) {
	case int:
		return strconv.Itoa(v), true
	case int8:
		return strconv.Itoa(int(v)), true
	case int16:
		return strconv.Itoa(int(v)), true
	case int32:
		return strconv.Itoa(int(v)), true
	case int64:
		return strconv.FormatInt(v, 10), true
	case uint:
		return strconv.FormatUint(uint64(v), 10), true
	case uint8:
		return strconv.Itoa(int(v)), true
	case uint16:
		return strconv.Itoa(int(v)), true
	case uint32:
		return strconv.FormatUint(uint64(v), 10), true
	case uint64:
		return strconv.FormatUint(v, 10), true
	case uintptr:
		return strconv.FormatUint(uint64(v), 10), true
	}
	return "", false
}
