package escape

import (
	"strings"
	"unicode/utf8"
)

// htmlIndex has, for a byte of a text or of a quoted attribute, what of htmlText
// replaces it; 0 keeps it.
var htmlIndex = [256]uint8{0: 1, '"': 2, '&': 3, '\'': 4, '+': 5, '<': 6, '>': 7}

var htmlText = [...]string{"", "\uFFFD", "&#34;", "&amp;", "&#39;", "&#43;", "&lt;", "&gt;"}

// HTML escapes s for a text (_html_template_htmlescaper).
func HTML(s string) string { return html(s, keepNone) }

// HTMLAny is HTML for any value.
func HTMLAny(v any) string {
	s, k := text(v)
	if k == kindHTML {
		return s
	}
	return HTML(s)
}

// Attr escapes s for an attribute in quotes (_html_template_attrescaper).
func Attr(s string) string { return html(s, keepNone) }

// AttrAny is Attr for any value. Of a value of type HTML it takes the tags out,
// but less exactly than html/template: no template is compiled to such a call.
func AttrAny(v any) string {
	s, k := text(v)
	if k == kindHTML {
		return html(stripTags(s), '&')
	}
	return Attr(s)
}

// RCDATA escapes s for the text of a textarea or a title
// (_html_template_rcdataescaper).
func RCDATA(s string) string { return html(s, keepNone) }

// RCDATAAny is RCDATA for any value.
func RCDATAAny(v any) string {
	s, k := text(v)
	if k == kindHTML {
		return html(s, '&') // its entities are meant
	}
	return RCDATA(s)
}

// html escapes s except for keep.
func html(s string, keep byte) string {
	var b strings.Builder
	from := 0
	for i := 0; i < len(s); i++ {
		n := htmlIndex[s[i]]
		if n == 0 || s[i] == keep {
			continue
		}
		if from == 0 {
			b.Grow(len(s) + len(s)/8 + 8)
		}
		b.WriteString(s[from:i])
		b.WriteString(htmlText[n])
		from = i + 1
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// nospaceTable is of attributes without quotes: all that could end one.
var nospaceTable = table{
	0: "&#xfffd;", '\t': "&#9;", '\n': "&#10;", '\v': "&#11;", '\f': "&#12;", '\r': "&#13;",
	' ': "&#32;", '"': "&#34;", '&': "&amp;", '\'': "&#39;", '+': "&#43;",
	'<': "&lt;", '=': "&#61;", '>': "&gt;", '`': "&#96;",
}

// Nospace escapes s for an attribute without quotes
// (_html_template_nospaceescaper).
func Nospace(s string) string { return nospace(s, keepNone) }

// NospaceAny is Nospace for any value; of a value of type HTML, see AttrAny.
func NospaceAny(v any) string {
	s, k := text(v)
	if k == kindHTML {
		if s == "" {
			return failsafe
		}
		s = stripTags(s)
		if s == "" {
			return "" // as html/template has it: what is left may be empty
		}
		return nospace(s, '&')
	}
	return Nospace(s)
}

func nospace(s string, keep byte) string {
	if s == "" {
		return failsafe // nothing would make a value of what follows
	}
	s = replace(s, &nospaceTable, keep)
	var b strings.Builder
	from := 0
	for i, n := 0, 0; i < len(s); i += n {
		if s[i] < utf8.RuneSelf {
			n = 1
			continue
		}
		var r rune
		r, n = utf8.DecodeRuneInString(s[i:])
		// Among them is U+FFFD, which stands for a byte that is not UTF-8.
		if 0xFDD0 <= r && r <= 0xFDEF || 0xFFF0 <= r && r <= 0xFFFF {
			b.WriteString(s[from:i])
			b.WriteString("&#x")
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hexLower[r>>shift&15])
			}
			b.WriteByte(';')
			from = i + n
		}
	}
	if from == 0 {
		return s
	}
	b.WriteString(s[from:])
	return b.String()
}

// Comment drops s: a comment shows nothing (_html_template_commentescaper).
func Comment(s string) string { return "" }

// CommentAny is Comment for any value.
func CommentAny(v any) string { return "" }

// stripTags returns s without tags and comments. A "<" that begins neither stays.
func stripTags(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '<')
		if i < 0 || i+1 == len(s) {
			break
		}
		c := s[i+1]
		switch {
		case strings.HasPrefix(s[i:], "<!--"):
			b.WriteString(s[:i])
			end := strings.Index(s[i+4:], "-->")
			if end < 0 {
				return b.String()
			}
			s = s[i+4+end+3:]
		case c == '/' || c == '!' || 'a' <= c|0x20 && c|0x20 <= 'z':
			b.WriteString(s[:i])
			s = afterTag(s[i:])
		default:
			b.WriteString(s[:i+1])
			s = s[i+1:]
		}
	}
	b.WriteString(s)
	return b.String()
}

// afterTag returns what follows the tag that s begins with. A ">" in quotes does
// not end it.
func afterTag(s string) string {
	var quote byte
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return s[i+1:]
		}
	}
	return ""
}
