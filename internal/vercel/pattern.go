package vercel

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A pattern is the form that sources and destinations have, that of
// path-to-regexp v6 (https://github.com/pillarjs/path-to-regexp/tree/v6.1.0):
//
//	/blog/:slug        a parameter, with the slash or dot before it
//	/:year(\d+)/(.*)   with its own expression; without a name
//	/a{-:b}?           in a group, with what stands around it
//	/:path* :path+ :x? how often it may be there
//	\:                 a character that means nothing
type pattern []part

// part is a piece of text, or a parameter with what is repeated or left out
// together with it.
type part struct {
	text string // of a part that is no parameter

	parameter      bool
	name           string // "" when it has none
	prefix, suffix string
	expression     string // "" for a group without a parameter
	modifier       string // "", ?, * or +
}

// optional reports whether a path may lack the part.
func (p part) optional() bool { return p.modifier == "?" || p.modifier == "*" }

// segment is the expression of a parameter that has none of its own.
const segment = "[^/]+?"

// patternParser reads a pattern from left to right.
type patternParser struct {
	rest  string
	parts pattern
}

func parsePattern(s string) (pattern, error) {
	p := &patternParser{rest: s}
	for p.rest != "" {
		if err := p.next(); err != nil {
			return nil, err
		}
	}
	return p.parts, nil
}

// next reads one part, or one character of text.
func (p *patternParser) next() error {
	switch c := p.rest[0]; {
	case c == '{':
		return p.group()
	case strings.IndexByte("*+?}", c) >= 0:
		return fmt.Errorf("%q follows nothing that it could belong to", string(c))
	case c == ':' || c == '(':
		return p.plainParameter("")
	case (c == '/' || c == '.') && len(p.rest) > 1 && (p.rest[1] == ':' || p.rest[1] == '('):
		p.rest = p.rest[1:]
		return p.plainParameter(string(c))
	}
	p.text(p.character())
	return nil
}

// text adds to the text at the end.
func (p *patternParser) text(s string) {
	if last := len(p.parts) - 1; last >= 0 && !p.parts[last].parameter {
		p.parts[last].text += s
		return
	}
	p.parts = append(p.parts, part{text: s})
}

// character takes one character, escaped or not.
func (p *patternParser) character() string {
	if p.rest[0] == '\\' && len(p.rest) > 1 {
		p.rest = p.rest[1:]
	}
	_, size := utf8.DecodeRuneInString(p.rest)
	c := p.rest[:size]
	p.rest = p.rest[size:]
	return c
}

// plainParameter reads a parameter outside of a group.
func (p *patternParser) plainParameter(prefix string) error {
	name, expression, err := p.parameter()
	if err != nil {
		return err
	}
	p.add(part{name: name, prefix: prefix, expression: expression})
	return nil
}

// group reads {prefix:name(expression)suffix}.
func (p *patternParser) group() error {
	p.rest = p.rest[1:]
	prefix := p.until("{}:()*+?")
	name, expression, err := p.parameter()
	if err != nil {
		return err
	}
	suffix := p.until("{}:()*+?")
	if !strings.HasPrefix(p.rest, "}") {
		return errors.New("a group { is not closed, or has more in it than text around one parameter")
	}
	p.rest = p.rest[1:]
	p.add(part{name: name, prefix: prefix, suffix: suffix, expression: expression})
	return nil
}

// until takes the text before the first of some characters.
func (p *patternParser) until(special string) string {
	var text strings.Builder
	for p.rest != "" && strings.IndexByte(special, p.rest[0]) < 0 {
		text.WriteString(p.character())
	}
	return text.String()
}

// add adds a parameter with the modifier that follows it.
func (p *patternParser) add(new part) {
	new.parameter = true
	if p.rest != "" && strings.IndexByte("*+?", p.rest[0]) >= 0 {
		new.modifier, p.rest = p.rest[:1], p.rest[1:]
	}
	p.parts = append(p.parts, new)
}

// parameter reads what there is of :name(expression).
func (p *patternParser) parameter() (name, expression string, err error) {
	if strings.HasPrefix(p.rest, ":") {
		if name = leadingName(p.rest[1:]); name == "" {
			return "", "", errors.New(`a parameter ":" has no name of letters, digits and _`)
		}
		p.rest, expression = p.rest[1+len(name):], segment
	}
	if !strings.HasPrefix(p.rest, "(") {
		return name, expression, nil
	}
	length, err := expressionLength(p.rest)
	if err != nil {
		return "", "", err
	}
	expression, p.rest = p.rest[1:length-1], p.rest[length:]
	return name, expression, nil
}

// leadingName is the name of a parameter that s begins with.
func leadingName(s string) string {
	end := strings.IndexFunc(s, func(c rune) bool {
		return c != '_' && (c < '0' || c > '9') && (c < 'A' || c > 'Z') && (c < 'a' || c > 'z')
	})
	if end < 0 {
		return s
	}
	return s[:end]
}

// expressionLength is how long the (expression) is that s begins with.
func expressionLength(s string) (int, error) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
			if depth > 1 && !strings.HasPrefix(s[i:], "(?") {
				return 0, errors.New("an expression has a group that captures: write (?:…)")
			}
		case ')':
			if depth--; depth == 0 {
				return i + 1, checkExpression(s[1:i])
			}
		}
	}
	return 0, errors.New("an expression ( is not closed")
}

func checkExpression(s string) error {
	switch {
	case s == "":
		return errors.New("an expression () is empty")
	case s[0] == '?':
		return errors.New("an expression begins with ?")
	}
	return nil
}

// special are the characters of text that an expression escapes.
var special = regexp.MustCompile(`[.+*?=^!:${}()\[\]|/\\]`)

func quote(text string) string { return special.ReplaceAllString(text, `\$0`) }

// source is the regular expression of the paths that the pattern matches. Each
// of its parameters is a group.
func (p pattern) source() string {
	var b strings.Builder
	b.WriteString("^")
	for _, t := range p {
		b.WriteString(t.source())
	}
	b.WriteString("$")
	return strings.NewReplacer(`\/`, "/", "\n", `\n`, "\r", `\r`).Replace(b.String())
}

func (t part) source() string {
	if !t.parameter {
		return quote(t.text)
	}
	prefix, suffix := quote(t.prefix), quote(t.suffix)
	switch around := prefix + suffix; {
	case t.expression == "":
		return "(?:" + around + ")" + t.modifier
	case around == "":
		return "(" + t.expression + ")" + t.modifier
	case t.modifier == "*" || t.modifier == "+":
		// The group takes all repetitions, and what is between them.
		more := ""
		if t.modifier == "*" {
			more = "?"
		}
		one := "(?:" + t.expression + ")"
		return "(?:" + prefix + "(" + one + "(?:" + suffix + prefix + one + ")*)" + suffix + ")" + more
	}
	return "(?:" + prefix + "(" + t.expression + ")" + suffix + ")" + t.modifier
}

// names are those of the parameters, "" for one without, in order.
func (p pattern) names() []string {
	var names []string
	for _, t := range p {
		if t.parameter && t.expression != "" {
			names = append(names, t.name)
		}
	}
	return names
}

// fill puts values in the place of parameters; false when one has none.
func (p pattern) fill(values map[string]string) (string, bool) {
	var b strings.Builder
	for _, t := range p {
		value, known := values[t.name]
		switch {
		case !t.parameter:
			b.WriteString(t.text)
		case known && t.name != "":
			b.WriteString(t.prefix + value + t.suffix)
		case !t.optional():
			return "", false
		}
	}
	return b.String(), true
}

// fillText puts values in the place of :name where the text around is no
// pattern, or need not be one. Names without a value stay.
func fillText(s string, values map[string]string) string {
	var b strings.Builder
	for s != "" {
		name := ""
		if s[0] == ':' {
			name = leadingName(s[1:])
		}
		value, known := values[name]
		switch {
		case known && name != "":
			b.WriteString(value)
			s = s[1+len(name):]
			if s != "" && slices.Contains([]byte("*+?"), s[0]) {
				s = s[1:]
			}
		case s[0] == '\\' && len(s) > 1:
			b.WriteString(s[1:2])
			s = s[2:]
		default:
			b.WriteString(s[:1+len(name)])
			s = s[1+len(name):]
		}
	}
	return b.String()
}
