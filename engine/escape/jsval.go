package escape

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// JSVal returns s as a string of JavaScript with its quotes
// (_html_template_jsvalescaper). It is what encoding/json makes of s.
func JSVal(s string) string {
	b := make([]byte, 0, len(s)+len(s)/8+2)
	b = append(b, '"')
	from := 0
	for i, n := 0, 0; i < len(s); i += n {
		c := s[i]
		n = 1
		if c >= utf8.RuneSelf {
			var r rune
			r, n = utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && n == 1:
				b = append(append(b, s[from:i]...), `\ufffd`...)
			case r == '\u2028' || r == '\u2029':
				b = append(append(b, s[from:i]...), `\u202`...)
				b = append(b, hexLower[r&15])
			default:
				continue
			}
			from = i + n
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' {
			continue
		}
		b = append(b, s[from:i]...)
		from = i + 1
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\b':
			b = append(b, '\\', 'b')
		case '\t':
			b = append(b, '\\', 't')
		case '\n':
			b = append(b, '\\', 'n')
		case '\f':
			b = append(b, '\\', 'f')
		case '\r':
			b = append(b, '\\', 'r')
		default:
			b = append(b, '\\', 'u', '0', '0', hexLower[c>>4], hexLower[c&15])
		}
	}
	b = append(b, s[from:]...)
	return string(append(b, '"'))
}

// JSValAny returns v as an expression of JavaScript, mostly as JSON. It panics
// if a method of v does.
func JSValAny(v any) string {
	if s, ok := jsBasic(v); ok {
		return s
	}
	v = marshalable(v)
	if _, ok := v.(json.Marshaler); !ok {
		s, k := content(v)
		switch k {
		case kindJS:
			return s
		case kindJSStr:
			return `"` + s + `"`
		}
		if s, ok := v.(fmt.Stringer); ok {
			return JSVal(s.String())
		}
	}
	b, err := json.Marshal(v)
	if err != nil {
		// The spaces keep a slash before it from making it the comment of a line.
		return " /* " + commentSafe(err.Error()) + " */null "
	}
	return padded(b)
}

// jsBasic is JSValAny for the basic types, without encoding/json.
func jsBasic(v any) (s string, ok bool) {
	switch v := v.(type) {
	case nil:
		return " null ", true
	case string:
		return JSVal(v), true
	case bool:
		return " " + strconv.FormatBool(v) + " ", true
	case float64:
		return jsFloat(v, 64, v < 0 && v > -1e-6 || v > 0 && v < 1e-6 || v <= -1e21 || v >= 1e21)
	case float32: // the limits are of its own precision
		return jsFloat(float64(v), 32, v < 0 && v > -1e-6 || v > 0 && v < 1e-6 || v <= -1e21 || v >= 1e21)
	}
	if s, ok = integer(v); ok {
		s = " " + s + " "
	}
	return s, ok
}

// jsFloat writes a number as JavaScript does; exp asks for an exponent. It is not
// ok for what JSON cannot tell: NaN and the infinities.
func jsFloat(f float64, bits int, exp bool) (s string, ok bool) {
	if f-f != 0 {
		return "", false
	}
	if !exp {
		return " " + strconv.FormatFloat(f, 'f', -1, bits) + " ", true
	}
	s = strconv.FormatFloat(f, 'e', -1, bits)
	if n := len(s) - 4; n >= 0 && s[n:n+3] == "e-0" {
		s = s[:n+2] + s[n+3:]
	}
	return " " + s + " ", true
}

// marshalable follows the pointers of v to a json.Marshaler or to their end.
func marshalable(v any) any {
	p := reflect.ValueOf(v)
	for p.Kind() == reflect.Pointer && !p.IsNil() {
		if m, ok := p.Interface().(json.Marshaler); ok {
			return m
		}
		p = p.Elem()
	}
	return p.Interface()
}

// padded returns b with spaces around a name or a number, lest it grows together
// with a word beside it.
func padded(b []byte) string {
	if isWord(b[0]) || isWord(b[len(b)-1]) {
		return " " + string(b) + " "
	}
	return string(b)
}

func isWord(c byte) bool { return isAlnum(c) || c == '_' || c == '$' }

// commentSafe returns s such that it ends neither the comment nor the script it
// is in.
func commentSafe(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 {
			break
		}
		b.WriteString(s[:i])
		s = s[i+1:]
		slash := strings.HasPrefix(s, "/")
		if slash {
			s = s[1:]
		}
		if rest, ok := cutScript(s); ok {
			s = rest
			b.WriteString(`\x3C`)
			if slash {
				b.WriteByte('/')
			}
			b.WriteString("script")
			continue
		}
		b.WriteByte('<')
		if slash {
			b.WriteByte('/')
		}
	}
	b.WriteString(s)
	s = strings.ReplaceAll(b.String(), "*/", "* /")
	return strings.ReplaceAll(s, "<!--", `\x3C!--`)
}

// cutScript returns s without the word script it begins with, in any case.
func cutScript(s string) (rest string, ok bool) {
	n := len("script")
	if strings.HasPrefix(s, "ſ") { // its upper case is S
		n++
	}
	if len(s) < n || !strings.EqualFold(s[:n], "script") {
		return s, false
	}
	return s[n:], true
}
