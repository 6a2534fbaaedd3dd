package router

import (
	"fmt"
	"regexp/syntax"
	"strings"
)

// source is a regular expression in a syntax that the engines understand.
type source struct {
	text string
	// plain means that text has no alternatives outside groups, and nothing that
	// changes how the rest is parsed.
	plain bool
	// marked is text with its look-aheads turned into groups, whose names begin with
	// aheadMark; aheads is their number.
	marked string
	aheads int
}

// aheadMark begins the names of the groups that stand for look-aheads.
const (
	aheadMark = "_ahead"
	notAhead  = aheadMark + "_not"
)

// parse returns the syntax tree, for Go's engine or the one for look-aheads.
func (s source) parse(fold bool) (*syntax.Regexp, error) { return syntax.Parse(s.marked, flags(fold)) }

// translate rewrites PCRE and JavaScript syntax that Go or the backtracking engine lack.
func translate(src string) source {
	t := translator{rest: src, plain: true, mark: !strings.Contains(src, aheadMark)}
	t.text.Grow(len(src))
	t.marked.Grow(len(src))
	for t.rest != "" {
		t.next()
	}
	return source{text: t.text.String(), plain: t.plain, marked: t.marked.String(), aheads: t.aheads}
}

type translator struct {
	rest         string
	class        bool // rest begins within brackets
	depth        int  // of groups
	plain        bool
	mark         bool
	text, marked strings.Builder
	aheads       int
}

// next translates the beginning of rest.
func (t *translator) next() {
	switch c := t.rest[0]; {
	case c == '\\':
		t.escape()
	case t.class:
		if name, ok := strings.CutPrefix(t.rest, "[:"); ok {
			if letters := len(name) - len(strings.TrimLeft(name, "^abcdefghijklmnopqrstuvwxyz")); strings.HasPrefix(name[letters:], ":]") {
				t.copy(len("[:"+":]") + letters)
				return
			}
		}
		t.class = c != ']'
		t.copy(1)
	case c == '[':
		t.class = true
		open := len(t.rest) - len(strings.TrimPrefix(t.rest[1:], "^"))
		if strings.HasPrefix(t.rest[open:], "]") {
			open++ // a leading bracket is literal
		}
		t.copy(open)
	case c == '(':
		t.depth++
		t.group()
	case c == ')':
		t.depth--
		t.copy(1)
	case c == '|':
		t.plain = t.plain && t.depth > 0
		t.copy(1)
	default:
		t.copy(1)
	}
}

// copy copies n bytes.
func (t *translator) copy(n int) { t.put(n, t.rest[:min(n, len(t.rest))]) }

// put replaces n bytes by text.
func (t *translator) put(n int, text string) { t.putBoth(n, text, text) }

func (t *translator) putBoth(n int, text, marked string) {
	t.text.WriteString(text)
	t.marked.WriteString(marked)
	t.rest = t.rest[min(n, len(t.rest)):]
}

func (t *translator) escape() {
	switch {
	case strings.HasPrefix(t.rest, `\Q`):
		t.plain = false
		if end := strings.Index(t.rest, `\E`); end >= 0 {
			t.copy(end + 2)
			return
		}
		t.copy(len(t.rest))
	case strings.HasPrefix(t.rest, `\/`):
		t.put(2, "/")
	case strings.HasPrefix(t.rest, `\h`) && t.class:
		t.put(2, `\t `)
	case strings.HasPrefix(t.rest, `\h`):
		t.put(2, `[\t ]`)
	case strings.HasPrefix(t.rest, `\H`) && !t.class:
		t.put(2, `[^\t ]`)
	default:
		t.copy(2)
	}
}

func (t *translator) group() {
	if name, ok := strings.CutPrefix(t.rest, "(?'"); ok {
		if end := strings.IndexByte(name, '\''); end > 0 {
			t.put(len("(?''")+end, "(?<"+name[:end]+">")
			return
		}
	}
	if options, ok := strings.CutPrefix(t.rest, "(?"); ok && strings.Trim(options[:min(1, len(options))], ":=!<>'P|") != "" {
		t.plain = false // flags, or a comment
	}
	for _, ahead := range []struct{ open, mark string }{{"(?=", aheadMark}, {"(?!", notAhead}} {
		if t.mark && strings.HasPrefix(t.rest, ahead.open) {
			t.putBoth(len(ahead.open), ahead.open, fmt.Sprintf("(?P<%s%d>", ahead.mark, t.aheads))
			t.aheads++
			return
		}
	}
	t.copy(1)
}
