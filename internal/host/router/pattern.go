package router

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// matchTimeout bounds one match of a pattern that can backtrack.
const matchTimeout = 100 * time.Millisecond

// errRunaway says that a pattern did not come to an end in matchTimeout.
var errRunaway = errors.New("the regular expression does not come to an end")

// pattern is a compiled src, or a condition's value. PCRE is what the format
// asks for: Go's own engine runs what it can, since it takes linear time, and a
// backtracking one the rest (look-around, back references).
type pattern struct {
	affix
	literal bool // the pattern matches prefix and nothing else
	bare    bool // the pattern may also match a path without its slash
	re      *regexp.Regexp
	re2     *regexp2.Regexp
	names   []string // by group number
}

// affix is the text that everything a pattern matches begins and ends with. It
// tells most routes of a large table apart without running their regular
// expressions.
type affix struct {
	prefix, suffix string // lower case when fold
	fold           bool   // case does not matter
}

// excludes reports whether s certainly does not match.
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

// equalLower reports whether s is lower but for the case of ASCII letters. The
// last letters are compared first: paths differ there.
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

// captures is what the groups of a pattern matched.
type captures struct {
	values []string // by group number; 0 is the whole
	names  []string // by group number; "" has none
}

// get returns the value of a group by its number or name.
func (c captures) get(name string) (string, bool) {
	if n, ok := groupNumber(name); ok {
		if n < len(c.values) {
			return c.values[n], true
		}
		return "", false
	}
	for i, have := range c.names {
		if have == name && c.values[i] != "" {
			return c.values[i], true
		}
	}
	for _, have := range c.names {
		if have == name {
			return "", true
		}
	}
	return "", false
}

func groupNumber(s string) (int, bool) {
	if s == "" || len(s) > 4 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// compileSource compiles a route's src. A pattern that is not anchored is
// anchored at the end where the anchor is missing, by the look of its first
// and last character only: "^/a|/b$" keeps its meaning.
func compileSource(src string, fold bool) (*pattern, error) {
	if !strings.HasPrefix(src, "^") {
		src = "^" + src
	}
	if !strings.HasSuffix(src, "$") {
		src += "$"
	}
	p, err := compile(src, fold)
	if err != nil {
		return nil, err
	}
	// A source without a leading slash, such as "about" or "404/?", means the
	// path without its own.
	p.bare = len(src) > 1 && isWord(src[1])
	return p, nil
}

// compileValue compiles the value of a condition, which matches as a whole.
func compileValue(src string) (*pattern, error) { return compile("^(?:"+src+")$", false) }

func compile(src string, fold bool) (*pattern, error) {
	src = strings.ReplaceAll(src, `\/`, "/")
	src = strings.ReplaceAll(src, "(?'", "(?<")
	src = closeQuotedNames(src)
	p := &pattern{affix: affix{fold: fold}}
	p.prefix, p.literal = literalPrefix(src)
	p.suffix = literalSuffix(src)
	if fold {
		p.prefix, p.suffix = strings.ToLower(p.prefix), strings.ToLower(p.suffix)
	}
	flags := ""
	if fold {
		flags = "(?i)"
	}
	re, err := regexp.Compile(flags + src)
	if err == nil {
		p.re, p.names = re, re.SubexpNames()
		return p, nil
	}
	options := regexp2.RE2
	if fold {
		options |= regexp2.IgnoreCase
	}
	re2, err := regexp2.Compile(src, options, regexp2.OptionMaintainCaptureOrder())
	if err != nil {
		return nil, fmt.Errorf("not a regular expression: %w", err)
	}
	re2.MatchTimeout = matchTimeout
	p.re2 = re2
	for _, n := range re2.GetGroupNumbers() {
		name := re2.GroupNameFromNumber(n)
		if _, numeric := groupNumber(name); numeric {
			name = ""
		}
		p.names = append(p.names, name)
	}
	return p, nil
}

var quotedName = regexp.MustCompile(`\(\?<([A-Za-z][A-Za-z0-9_]*)'`)

// closeQuotedNames finishes the change of (?'name'…) into (?<name>…).
func closeQuotedNames(src string) string { return quotedName.ReplaceAllString(src, "(?<$1>") }

// match matches a path, which begins with a slash.
func (p *pattern) match(path string) (captures, bool, error) {
	c, ok, err := p.find(path)
	if !ok && err == nil && p.bare {
		return p.find(strings.TrimPrefix(path, "/"))
	}
	return c, ok, err
}

// find matches s from its start.
func (p *pattern) find(s string) (captures, bool, error) {
	if p.excludes(s) {
		return captures{}, false, nil
	}
	if p.literal {
		if len(s) != len(p.prefix) {
			return captures{}, false, nil
		}
		return captures{values: []string{s}, names: p.names}, true, nil
	}
	if p.re != nil {
		m := p.re.FindStringSubmatch(s)
		return captures{m, p.names}, m != nil, nil
	}
	m, err := p.re2.FindStringMatch(s)
	if err != nil {
		return captures{}, false, fmt.Errorf("%w: %v", errRunaway, err)
	}
	if m == nil {
		return captures{}, false, nil
	}
	c := captures{names: p.names}
	for _, g := range m.Groups() {
		value := ""
		if len(g.Captures) > 0 {
			value = g.String()
		}
		c.values = append(c.values, value)
	}
	return c, true, nil
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// literalPrefix returns the text that everything src matches begins with, and
// whether that text is all it matches.
func literalPrefix(src string) (prefix string, whole bool) {
	rest, ok := strings.CutPrefix(src, "^")
	if !ok || alternates(src) {
		return "", false
	}
	var b []byte
	for rest != "" {
		c, n := rest[0], 1
		switch {
		case c == '$' && n == len(rest):
			return string(b), true
		case c == '\\' && len(rest) > 1 && rest[1] < 0x80 && !isWord(rest[1]):
			c, n = rest[1], 2 // an escaped mark stands for itself
		case strings.IndexByte(`\.+*?()[]{}|^$`, c) >= 0 || c >= 0x80:
			return string(b), false
		}
		rest = rest[n:]
		if rest != "" && strings.IndexByte("?*+{", rest[0]) >= 0 {
			return string(b), false // c may be missing or repeated
		}
		b = append(b, c)
	}
	return string(b), false
}

// inlineFlags are groups that change how what follows is matched.
var inlineFlags = regexp.MustCompile(`\(\?\^?[A-Za-z-]+[:)]`)

// literalSuffix returns the text that everything src matches ends with.
func literalSuffix(src string) string {
	rest, ok := strings.CutSuffix(src, "$")
	if !ok || alternates(src) || inlineFlags.MatchString(src) {
		return ""
	}
	var b []byte
	for i := len(rest) - 1; i >= 0; i-- {
		c := rest[i]
		escaped := i > 0 && rest[i-1] == '\\'
		switch {
		case escaped && (isWord(c) || i > 1 && rest[i-2] == '\\'):
			return "" // such as \x2F, which takes what follows with it
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

// alternates reports whether src has an alternative outside all groups.
func alternates(src string) bool {
	depth, class := 0, false
	for i := 0; i < len(src); i++ {
		switch c := src[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if i+1 < len(src) && src[i+1] == ']' {
				i++ // a bracket that comes first is a member
			}
		case c == '(':
			depth++
		case c == ')':
			depth--
		case c == '|' && depth == 0:
			return true
		}
	}
	return false
}
