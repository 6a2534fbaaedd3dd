package router

import (
	"net/http"
	"net/textproto"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/header"
	"github.com/jargo-dev/jargo/internal/output"
)

// transform is a compiled item of a route's transforms.
type transform struct {
	kind   string // request.query, request.headers, request.path, response.headers
	op     string // set, append, delete
	key    string // the plain key; "" if names is used
	names  operators
	args   []string
	hasArg bool
	env    []string
}

func compileTransform(t output.Transform) (transform, error) {
	out := transform{kind: t.Type, op: t.Op, env: t.Env}
	if t.Target != nil {
		switch key := t.Target.Key.(type) {
		case string:
			out.key = key
		case map[string]any:
			ops, err := compileOperators(key, true)
			if err != nil {
				return transform{}, err
			}
			out.names = ops
		}
	}
	switch args := t.Args.(type) {
	case string:
		out.args, out.hasArg = []string{args}, true
	case []string:
		out.args, out.hasArg = args, true
	case []any:
		for _, a := range args {
			out.args = append(out.args, text(a))
		}
		out.hasArg = true
	}
	return out, nil
}

// selects reports whether the transform applies to a name.
func (t *transform) selects(name string) bool {
	if t.names != nil {
		ok, err := t.names.match(name, new(effort))
		return ok && err == nil
	}
	return strings.EqualFold(t.key, name)
}

// resolve returns the transform with its arguments expanded.
func (t transform) resolve(get lookup, getenv func(string) string) transform {
	args := make([]string, len(t.args))
	for i, a := range t.args {
		args[i] = expandEnv(expand(a, get), t.env, getenv)
	}
	t.args = args
	return t
}

// query applies a resolved request.query transform to q.
func (t *transform) query(q Query) Query {
	var out Query
	changed := map[string]bool{}
	for _, p := range q {
		if !t.selects(p.Key) {
			out = append(out, p)
			continue
		}
		switch {
		case t.op == "delete" && (!t.hasArg || slices.Contains(t.args, p.Value)):
			continue
		case t.op == "set" && changed[p.Key]:
			continue // the first one has been replaced by all values
		case t.op == "set":
			out = t.appendArgs(out, p.Key)
		default:
			out = append(out, p)
		}
		changed[p.Key] = true
	}
	switch {
	case t.op == "append" && len(changed) > 0:
		for _, p := range q {
			if changed[p.Key] {
				out = t.appendArgs(out, p.Key)
				delete(changed, p.Key)
			}
		}
	case t.op != "delete" && len(changed) == 0 && t.key != "":
		out = t.appendArgs(out, t.key)
	}
	return out
}

func (t *transform) appendArgs(q Query, key string) Query {
	for _, a := range t.args {
		q = append(q, NewParam(key, a))
	}
	return q
}

// HeaderChanges are header transforms in the order their routes matched.
type HeaderChanges []transform

// Apply applies the changes to h.
func (c HeaderChanges) Apply(h http.Header) {
	for i := range c {
		c[i].header(h)
	}
}

// header applies a resolved transform of headers to h. It skips invalid names and
// values.
func (t *transform) header(h http.Header) {
	var names []string
	for name := range h {
		if t.selects(name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 && t.key != "" && t.op != "delete" && validName(t.key) {
		names = []string{textproto.CanonicalMIMEHeaderKey(t.key)}
	}
	args := slices.DeleteFunc(slices.Clone(t.args), func(v string) bool { return !validValue(v) })
	for _, name := range names {
		switch {
		case t.op == "delete" && !t.hasArg:
			h.Del(name)
		case t.op == "delete":
			items := slices.Collect(header.List(h[name]))
			h[name] = slices.DeleteFunc(items, func(v string) bool { return slices.Contains(t.args, v) })
			if len(h[name]) == 0 {
				h.Del(name)
			}
		case len(args) == 0:
		case t.op == "set":
			h[name] = []string{strings.Join(args, ", ")}
		default:
			h[name] = []string{strings.Join(append(slices.Clone(h[name]), args...), ", ")}
		}
	}
}

func validName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r >= 0x80 || !isWord(byte(r)) && r != '-' }) < 0
}

func validValue(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return r < ' ' && r != '\t' || r >= 0x7f }) < 0
}

// validPath reports whether a request.path transform may set s.
func validPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && len(s) <= 2048 &&
		strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r == '?' || r == '#' || r == 0x7f }) < 0
}
