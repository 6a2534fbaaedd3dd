package escape

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cssTable has the characters of CSS and HTML in hexadecimal.
var cssTable = table{
	0: `\0`, '\t': `\9`, '\n': `\a`, '\f': `\c`, '\r': `\d`,
	'"': `\22`, '&': `\26`, '\'': `\27`, '(': `\28`, ')': `\29`, '+': `\2b`, '/': `\2f`,
	':': `\3a`, ';': `\3b`, '<': `\3c`, '>': `\3e`, '\\': `\\`, '{': `\7b`, '}': `\7d`,
}

// CSS escapes s for a string of CSS (_html_template_cssescaper).
func CSS(s string) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 128 || cssTable[c] == "" {
			continue
		}
		if from == 0 {
			b.Grow(len(s) + len(s)/8 + 8)
		}
		b.WriteString(s[from:i])
		b.WriteString(cssTable[c])
		from = i + 1
		// A space ends the number where the next character would belong to it.
		if c != '\\' && (from == len(s) || isHex(s[from]) || skipSpace(s[from:]) != s[from:]) {
			b.WriteByte(' ')
		}
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// CSSAny is CSS for any value.
func CSSAny(v any) string {
	s, _ := text(v)
	return CSS(s)
}

// CSSValue decodes the escapes of s and lets it through if it is a plain value
// of CSS such as 10px, #888 or inherit (_html_template_cssvaluefilter).
func CSSValue(s string) string {
	s = decodeCSS(s)
	var id []byte // the letters, digits and _ of s
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case 0, '"', '\'', '(', ')', '/', ';', '@', '[', '\\', ']', '`', '{', '}', '<', '>':
			return failsafe
		case '-':
			if i > 0 && s[i-1] == '-' { // of <!-- or -->
				return failsafe
			}
		default:
			switch {
			case '0' <= c && c <= '9', 'a' <= c && c <= 'z', c == '_':
				id = append(id, c)
			case 'A' <= c && c <= 'Z':
				id = append(id, c|0x20)
			}
		}
	}
	// What old browsers run as a script, in pieces, too.
	if strings.Contains(string(id), "expression") || strings.Contains(string(id), "mozbinding") {
		return failsafe
	}
	return s
}

// CSSValueAny is CSSValue for any value.
func CSSValueAny(v any) string {
	s, k := text(v)
	if k == kindCSS {
		return s
	}
	return CSSValue(s)
}

// decodeCSS decodes the escapes of s: up to six hexadecimal digits with a space
// that belongs to them, or any other character. A last backslash is dropped.
func decodeCSS(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for {
		i := strings.IndexByte(s, '\\')
		if i < 0 {
			return string(append(b, s...))
		}
		b = append(b, s[:i]...)
		s = s[i+1:]
		if s == "" {
			return string(b)
		}
		if !isHex(s[0]) {
			_, n := utf8.DecodeRuneInString(s)
			b = append(b, s[:n]...)
			s = s[n:]
			continue
		}
		var r rune
		n := 0
		for n < len(s) && n < 6 && isHex(s[n]) {
			next := r<<4 | unhex(s[n])
			if next > unicode.MaxRune {
				break // the sixth digit is a character of its own
			}
			r = next
			n++
		}
		b = utf8.AppendRune(b, r)
		s = skipSpace(s[n:])
	}
}

// skipSpace returns s without the one space of CSS it may begin with.
func skipSpace(s string) string {
	if s == "" {
		return s
	}
	switch s[0] {
	case '\r':
		if len(s) > 1 && s[1] == '\n' {
			return s[2:]
		}
		return s[1:]
	case ' ', '\t', '\n', '\f':
		return s[1:]
	}
	return s
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// unhex returns the value of a hexadecimal digit.
func unhex(c byte) rune {
	if c <= '9' {
		return rune(c - '0')
	}
	return rune(c|0x20-'a') + 10
}
