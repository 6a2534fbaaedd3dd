package compiler

import (
	"go/types"
	"slices"
	"text/template/parse"
)

// escaperFuncs are the functions of package escape for the escapers of html/template.
var escaperFuncs = map[string]string{
	"attrescaper": "Attr", "commentescaper": "Comment", "cssescaper": "CSS", "cssvaluefilter": "CSSValue",
	"htmlnamefilter": "HTMLName", "htmlescaper": "HTML", "jsregexpescaper": "JSRegexp", "jsstrescaper": "JSStr",
	"jstmpllitescaper": "JSTmplLit", "jsvalescaper": "JSVal", "nospaceescaper": "Nospace", "rcdataescaper": "RCDATA",
	"srcsetescaper": "Srcset", "urlescaper": "URL", "urlfilter": "URLFilter", "urlnormalizer": "URLNormalize",
}

// plain are the escapers that leave digits and letters as they are.
var plain = []string{"attrescaper", "htmlescaper", "nospaceescaper", "rcdataescaper"}

// print writes the code that prints the value of an action.
func (c *compiler) print(v value, escapers []string, node *parse.PipeNode) {
	switch {
	case len(escapers) == 0:
		c.printAsIs(v, node)
	case v.present != "":
		c.line("if %s {", v.present)
		there := v
		there.present = ""
		c.escaped(there, escapers, node)
		c.line("} else {")
		c.write("nil", "Any", escapers)
		c.line("}")
	default:
		c.escaped(v, escapers, node)
	}
}

// escaped writes a value that is there, by html/template's escapers.
func (c *compiler) escaped(v value, escapers []string, node *parse.PipeNode) {
	isPlain := !slices.ContainsFunc(escapers, func(e string) bool { return !slices.Contains(plain, e) })
	info := basic(v.typ)
	switch {
	case v.none:
		c.write("nil", "Any", escapers)
	case !v.isKnown():
		c.cannot(c.at(node, 0), "the type of %s is known only when it is executed", source(node))
	case isBasic(v.typ, types.String):
		c.write(v.code, "", escapers)
	case isNamed(v.typ, "html/template", "HTML") && len(escapers) == 1 && escapers[0] == "htmlescaper":
		c.line("w.Text(string(%s))", v.code)
	case c.mayBeHTML(v.typ) && (escapers[0] == "attrescaper" || escapers[0] == "nospaceescaper"):
		c.cannot(c.at(node, 0), "%s, of type %s, in an attribute", source(node), c.format(v.typ))
	case hasMethods(v.typ) || isTyped(v.typ):
		c.write(v.code, "Any", escapers)
	case info&types.IsString != 0 && escapers[0] != "jsvalescaper":
		c.write("string("+v.code+")", "", escapers)
	case isPlain && c.printBasic(v):
	default:
		c.write(v.code, "Any", escapers)
	}
}

// isTyped reports whether values of a type are of a content that html/template leaves
// as it is somewhere.
func isTyped(t types.Type) bool {
	for _, name := range []string{"CSS", "HTML", "HTMLAttr", "JS", "JSStr", "Srcset", "URL"} {
		if isNamed(t, "html/template", name) {
			return true
		}
	}
	return false
}

// mayBeHTML reports whether there may be HTML in a value, of which html/template strips
// the tags in attributes.
func (c *compiler) mayBeHTML(t types.Type) bool {
	for elem, ok := pointer(t); ok; elem, ok = pointer(t) {
		t = elem
	}
	return isNamed(t, "html/template", "HTML") || value{typ: t}.isAny()
}

// printBasic writes the code that prints a number or a bool, if v is one whose text no
// method makes.
func (c *compiler) printBasic(v value) bool {
	switch info := basic(v.typ); {
	case hasMethods(v.typ):
		return false
	case info&types.IsUnsigned != 0:
		c.line("w.Uint(uint64(%s))", v.code)
	case info&types.IsInteger != 0:
		c.line("w.Int(int64(%s))", v.code)
	case info&types.IsBoolean != 0:
		c.line("w.Bool(bool(%s))", v.code)
	default:
		return false
	}
	return true
}

// write writes the code that writes an expression by the escapers, of which the first is
// the variant for any type if that is "Any".
func (c *compiler) write(code, variant string, escapers []string) {
	for i, e := range escapers {
		function := escaperFuncs[e]
		if i > 0 {
			variant = ""
		}
		if i == len(escapers)-1 && variant == "" && (function == "HTML" || function == "Attr") {
			c.line("w.%s(%s)", function, code)
			return
		}
		code = "escape." + function + variant + "(" + code + ")"
	}
	c.line("w.Text(%s)", code)
}

// printAsIs writes the code that prints a value as text/template does.
func (c *compiler) printAsIs(v value, node *parse.PipeNode) {
	at := c.at(node, 0)
	switch under(v.typ).(type) {
	case *types.Chan, *types.Signature:
		if c.Text && !hasMethods(v.typ) {
			c.mistake(at, "call the function, or range over the channel", "can't print %s of type %s", source(node), c.format(v.typ))
		}
		return
	}
	code := v.code
	switch {
	case v.none:
		code = "nil"
	case !v.isKnown():
		c.cannot(at, "the type of %s is known only when it is executed", source(node))
		return
	case v.present != "":
		c.line("if %s {", v.present)
		there := v
		there.present = ""
		c.printAsIs(there, node)
		c.line("} else {")
		c.printAsIs(value{none: true}, node)
		c.line("}")
		return
	case basic(v.typ)&types.IsString != 0 && !hasMethods(v.typ) && !hasMethods(types.NewPointer(v.typ)):
		c.line("w.Text(string(%s))", v.code)
		return
	case isInterface(v.typ) && !v.isAny(): // what is in it is printed as it is
		c.line("w.Text(fmt.Sprint(%s))", code)
		return
	case v.unsure && pointerHasMore(v.typ):
		c.cannot(at, "how %s is printed is known only when it is executed", source(node))
		return
	case v.addressable && !isInterface(v.typ) && pointerHasMore(v.typ):
		code = "&" + code
	case c.printBasic(v):
		return
	}
	text := c.name("text")
	c.line("%s, err := escape.Print(%s)", text, code)
	c.line("if err != nil {")
	c.line("return %s", c.fail(at, "", "err"))
	c.line("}")
	c.line("w.Text(%s)", text)
}
