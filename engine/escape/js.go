package escape

import "strings"

// jsTable is of strings. What HTML knows is encoded as well, so that the result
// can stand in an attribute.
var jsTable = table{
	0: `\u0000`, 1: `\u0001`, 2: `\u0002`, 3: `\u0003`, 4: `\u0004`, 5: `\u0005`, 6: `\u0006`, 7: `\u0007`,
	8: `\u0008`, '\t': `\t`, '\n': `\n`, '\v': `\u000b`, '\f': `\f`, '\r': `\r`, 14: `\u000e`, 15: `\u000f`,
	16: `\u0010`, 17: `\u0011`, 18: `\u0012`, 19: `\u0013`, 20: `\u0014`, 21: `\u0015`, 22: `\u0016`, 23: `\u0017`,
	24: `\u0018`, 25: `\u0019`, 26: `\u001a`, 27: `\u001b`, 28: `\u001c`, 29: `\u001d`, 30: `\u001e`, 31: `\u001f`,
	'"': `\u0022`, '&': `\u0026`, '\'': `\u0027`, '+': `\u002b`, '/': `\/`, '<': `\u003c`, '>': `\u003e`,
	'\\': `\\`, '`': `\u0060`,
}

// JSStr escapes s for a string of JavaScript (_html_template_jsstrescaper).
func JSStr(s string) string { return lines(replace(s, &jsTable, keepNone)) }

// JSStrAny is JSStr for any value.
func JSStrAny(v any) string {
	s, k := text(v)
	if k == kindJSStr {
		return lines(replace(s, &jsTable, '\\')) // its escapes are meant
	}
	return JSStr(s)
}

// JSTmplLit escapes s for a template literal of JavaScript
// (_html_template_jstmpllitescaper).
func JSTmplLit(s string) string {
	s = JSStr(s)
	if !strings.ContainsAny(s, "${}") {
		return s
	}
	b := make([]byte, 0, len(s)+len(s)/8+16)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '$':
			b = append(b, `\u0024`...)
		case '{':
			b = append(b, `\u007b`...)
		case '}':
			b = append(b, `\u007d`...)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// JSTmplLitAny is JSTmplLit for any value.
func JSTmplLitAny(v any) string {
	s, _ := text(v)
	return JSTmplLit(s)
}

// JSRegexp escapes s for a regular expression of JavaScript, which matches s as
// it is (_html_template_jsregexpescaper).
func JSRegexp(s string) string {
	if s == "" {
		return "(?:)" // nothing between slashes would begin a comment
	}
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		var with string
		switch c {
		case '$', '(', ')', '*', '-', '.', '?', '[', ']', '^', '{', '|', '}':
			with = `\` + s[i:i+1]
		case '`': // a string's, not a regular expression's
			continue
		default:
			if c < 128 {
				with = jsTable[c]
			}
			if with == "" {
				continue
			}
		}
		b.WriteString(s[from:i])
		b.WriteString(with)
		from = i + 1
	}
	if from == 0 {
		return lines(s)
	}
	b.WriteString(s[from:])
	return lines(b.String())
}

// JSRegexpAny is JSRegexp for any value.
func JSRegexpAny(v any) string {
	s, _ := text(v)
	return JSRegexp(s)
}

// lines escapes U+2028 and U+2029, which end a line of JavaScript.
func lines(s string) string {
	if !strings.Contains(s, "\u2028") && !strings.Contains(s, "\u2029") {
		return s
	}
	return strings.ReplaceAll(strings.ReplaceAll(s, "\u2028", `\u2028`), "\u2029", `\u2029`)
}
