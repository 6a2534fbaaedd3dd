package router

import (
	"strings"
	"sync"
)

// pattern is a src, or a condition's value. Since most patterns of a large table are
// never needed, compiling only checks it; its program is made on first use.
type pattern struct {
	affix
	literal bool   // the pattern matches prefix and nothing else
	bare    bool   // the pattern may also match a path without its slash
	src     string // as translate returns it

	once    sync.Once
	program program
}

// program runs a regular expression, for any number of requests at once.
type program interface {
	// find returns the groups of the first match in s, by number; nil for no match.
	// The error is errRunaway.
	find(s string, e *effort) ([]string, error)
	// names returns the names of the groups, by number; "" is unnamed.
	names() []string
}

// captures are the groups of a match.
type captures struct {
	values []string // by group number; 0 is the whole match
	names  []string // by group number; "" is unnamed
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

// compileSource compiles a route's src. It adds missing anchors, going by the first and
// last character only: "^/a|/b$" keeps its meaning.
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
	// A source without a leading slash, such as "about" or "404/?", matches the path
	// without its slash.
	p.bare = len(src) > 1 && isWord(src[1])
	return p, nil
}

// compileValue compiles the value of a condition, which must match as a whole.
func compileValue(src string) (*pattern, error) { return compile("^(?:"+src+")$", false) }

func compile(src string, fold bool) (*pattern, error) {
	source := translate(src)
	p := &pattern{affix: affix{fold: fold}, src: source.text}
	p.prefix, p.literal = source.literalPrefix()
	p.suffix = source.literalSuffix()
	if fold {
		p.prefix, p.suffix = lower(p.prefix), lower(p.suffix)
	}
	if p.literal {
		return p, nil
	}
	if tree, err := source.parse(fold); err == nil && !capturesInLookahead(tree, false) {
		return p, nil
	}
	if newBacktracking == nil {
		return nil, errNoBacktracking
	}
	var err error
	p.program, err = newBacktracking(p.src, fold)
	return p, err
}

// compiled returns the pattern's program, which it makes on first use.
func (p *pattern) compiled() program {
	p.once.Do(func() {
		if p.program == nil {
			p.program = newLinear(translate(p.src), p.fold)
		}
	})
	return p.program
}

// ends returns the prefix and suffix of all paths that p matches.
func (p *pattern) ends() affix {
	a := p.affix
	if p.bare && a.prefix != "" {
		a.prefix = "/" + a.prefix
	}
	return a
}

// match matches a path, which begins with a slash.
func (p *pattern) match(path string, e *effort) (captures, bool, error) {
	c, ok, err := p.find(path, e)
	if !ok && err == nil && p.bare {
		return p.find(strings.TrimPrefix(path, "/"), e)
	}
	return c, ok, err
}

// find finds the first match in s.
func (p *pattern) find(s string, e *effort) (captures, bool, error) {
	if p.excludes(s) {
		return captures{}, false, nil
	}
	if p.literal {
		return captures{values: []string{s}}, len(s) == len(p.prefix), nil
	}
	program := p.compiled()
	values, err := program.find(s, e)
	return captures{values, program.names()}, values != nil, err
}
