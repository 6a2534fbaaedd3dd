package router

import (
	"slices"
	"strings"
)

// affix is a prefix and suffix that everything a pattern matches has. It rules out most
// routes of a large table without running their regular expressions.
type affix struct {
	prefix, suffix string // in lower case if fold
	fold           bool   // ignore case
}

// excludes reports whether s cannot match.
func (a *affix) excludes(s string) bool {
	if len(s) < len(a.prefix) || len(s) < len(a.suffix) {
		return true
	}
	head, tail := s[:len(a.prefix)], s[len(s)-len(a.suffix):]
	if !a.fold {
		return head != a.prefix || tail != a.suffix
	}
	return !equalLower(head, a.prefix) || !equalLower(tail, a.suffix)
}

// equalLower reports whether s equals lower, ignoring the case of ASCII letters. It
// compares from the end, where paths differ.
func equalLower(s, lower string) bool {
	for i := len(s) - 1; i >= 0; i-- {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// literalPrefix returns a prefix of everything that a source matches, and whether it
// matches nothing else.
func (s source) literalPrefix() (prefix string, whole bool) {
	rest, ok := strings.CutPrefix(s.text, "^")
	if !ok || !s.plain {
		return "", false
	}
	var b []byte
	for rest != "" {
		c, n := rest[0], 1
		switch {
		case c == '$' && n == len(rest):
			return string(b), true
		case c == '\\' && len(rest) > 1 && rest[1] < 0x80 && !isWord(rest[1]):
			c, n = rest[1], 2 // escaped punctuation is literal
		case strings.IndexByte(`\.+*?()[]{}|^$`, c) >= 0 || c >= 0x80:
			return string(b), false
		}
		rest = rest[n:]
		if rest != "" && strings.IndexByte("?*+{", rest[0]) >= 0 {
			return string(b), false // c is optional or repeated
		}
		b = append(b, c)
	}
	return string(b), false
}

// literalSuffix returns a suffix of everything that a source matches.
func (s source) literalSuffix() string {
	rest, ok := strings.CutSuffix(s.text, "$")
	if !ok || !s.plain {
		return ""
	}
	var b []byte
	for i := len(rest) - 1; i >= 0; i-- {
		c := rest[i]
		escaped := i > 0 && rest[i-1] == '\\'
		switch {
		case escaped && (isWord(c) || i > 1 && rest[i-2] == '\\'):
			return "" // such as \x2F
		case escaped && c < 0x80:
			i--
		case !isWord(c) && c != '/' && c != '-':
			slices.Reverse(b)
			return string(b)
		}
		b = append(b, c)
	}
	slices.Reverse(b)
	return string(b)
}

// lower returns s with its ASCII letters in lower case.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'A' <= b[i] && b[i] <= 'Z' {
					b[i] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
