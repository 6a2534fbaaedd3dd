package engine

import (
	"net/http"
	"strings"
)

// pattern is a parsed Page.Pattern.
type pattern struct {
	segments []segment
	names    []string // of the parameters, in order
}

type segment struct {
	text string // of a literal
	kind segmentKind
}

type segmentKind byte

const (
	literal   segmentKind = iota
	parameter             // {name}: one segment
	catchAll              // {name...}: the last segment, matches one or more
)

// parsePattern trusts its argument: patterns are generated.
func parsePattern(s string) pattern {
	var p pattern
	s = strings.TrimPrefix(s, "/")
	for more := s != ""; more; {
		var text string
		text, s, more = strings.Cut(s, "/")
		if !strings.HasPrefix(text, "{") {
			p.segments = append(p.segments, segment{text: text})
			continue
		}
		name, kind := strings.Trim(text, "{}"), parameter
		if strings.HasSuffix(name, "...") {
			name, kind = strings.TrimSuffix(name, "..."), catchAll
		}
		p.segments = append(p.segments, segment{kind: kind})
		p.names = append(p.names, name)
	}
	return p
}

// match appends the values of the parameters of path to values. The path is
// not escaped: an escaped slash has become one. One slash at the end is ignored.
func (p *pattern) match(path string, values []string) ([]string, bool) {
	if path != "" && path[0] != '/' {
		return nil, false
	}
	rest := strings.TrimPrefix(path, "/")
	if len(rest) > 1 {
		rest = strings.TrimSuffix(rest, "/")
	}
	more := rest != ""
	for _, seg := range p.segments {
		if !more {
			return nil, false
		}
		var part string
		if seg.kind == catchAll {
			part, more = rest, false
		} else {
			part, rest, more = strings.Cut(rest, "/")
		}
		switch {
		case seg.kind == literal && part != seg.text:
			return nil, false
		case seg.kind != literal && !validValue(part):
			return nil, false
		case seg.kind != literal:
			values = append(values, part)
		}
	}
	return values, !more
}

// validValue refuses empty segments, the dot segments and what no file's name
// can have: pages use values as file names.
func validValue(v string) bool {
	if strings.IndexByte(v, 0) >= 0 {
		return false
	}
	for more := true; more; {
		var part string
		if part, v, more = strings.Cut(v, "/"); part == "" || part == "." || part == ".." {
			return false
		}
	}
	return true
}

// router finds the page of a path.
type router struct {
	literals map[string]*page // pages without parameters, by pattern
	patterns []*page          // the others, in order of precedence
	names    map[string]*page // the others, by "/" + Name
}

func newRouter(pages []*page) router {
	rt := router{literals: make(map[string]*page, len(pages))}
	for _, p := range pages {
		if len(p.pattern.names) == 0 {
			rt.literals[p.Pattern] = p
			continue
		}
		if rt.names == nil {
			rt.names = map[string]*page{}
		}
		rt.names["/"+p.Name] = p
		rt.patterns = append(rt.patterns, p)
	}
	return rt
}

// find returns the first page that matches a path that is not escaped, and the
// values of its parameters, appended to values. A literal page precedes every
// other that matches the same path, so those are looked up.
func (rt *router) find(path string, values []string) (*page, []string) {
	if p := rt.literals[trimSlash(path)]; p != nil {
		return p, nil
	}
	root := rt.literals["/"]
	isIndex := root != nil && trimSlash(path) == "/index"
	// A function is invoked at its output path, and that of "/" is "index".
	if isIndex && root.kind() != Build {
		return root, nil
	}
	for _, p := range rt.patterns {
		if v, ok := p.pattern.match(path, values); ok {
			return p, v
		}
	}
	if isIndex {
		return root, nil
	}
	return nil, nil
}

// trimSlash removes one slash from the end of a path other than "/", and spells
// the empty path "/".
func trimSlash(path string) string {
	if path == "" {
		return "/"
	}
	if n := len(path) - 1; n > 1 && path[n] == '/' {
		return path[:n]
	}
	return path
}

// setParameters records the page and its parameters on the request, as
// http.ServeMux does.
func setParameters(r *http.Request, p *page, values []string) {
	r.Pattern = p.Pattern
	for i, name := range p.pattern.names {
		r.SetPathValue(name, values[i])
	}
}
