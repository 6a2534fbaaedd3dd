package router

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/output"
)

// condition is a compiled item of a has or missing list.
type condition struct {
	kind    string // host, header, cookie, query
	key     string
	pattern *pattern  // the string form of the value
	ops     operators // the object form
}

func compileCondition(c output.Condition) (condition, error) {
	out := condition{kind: c.Type, key: c.Key}
	switch v := c.Value.(type) {
	case string:
		p, err := compileValue(v)
		if err != nil {
			return condition{}, err
		}
		out.pattern = p
	case map[string]any:
		ops, err := compileOperators(v, false)
		if err != nil {
			return condition{}, err
		}
		out.ops = ops
	}
	return out, nil
}

// match reports whether the request meets the condition, and adds the captures of the
// value to names. The error is errRunaway.
func (c *condition) match(req *Request, query Query, names map[string]string, e *effort) (bool, error) {
	value, ok := c.value(req, query)
	if !ok {
		return false, nil
	}
	switch {
	case c.pattern != nil:
		caps, ok, err := c.pattern.find(value, e)
		if !ok || err != nil {
			return false, err
		}
		for i, name := range caps.names {
			if name != "" {
				names[name] = caps.values[i]
			}
		}
		if c.kind == "host" {
			names["host"] = value
		}
		return true, nil
	case c.ops != nil:
		return c.ops.match(value, e)
	}
	names[c.key] = value
	return true, nil
}

// value returns the value that the condition checks: the first, if there are several.
func (c *condition) value(req *Request, query Query) (string, bool) {
	switch c.kind {
	case "host":
		return req.Host, true
	case "header":
		if strings.EqualFold(c.key, "host") {
			return req.Host, true
		}
		values := req.Header.Values(c.key)
		if len(values) == 0 {
			return "", false
		}
		return values[0], true
	case "cookie":
		for _, cookie := range (&http.Request{Header: req.Header}).CookiesNamed(c.key) {
			return cookie.Value, true
		}
		return "", false
	}
	return query.Get(c.key)
}

// operators is a compiled object of operators; all of them must hold.
type operators []func(s string, e *effort) (bool, error)

func (o operators) match(s string, e *effort) (bool, error) {
	for _, op := range o {
		if ok, err := op(s, e); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// compileOperators compiles {"eq": …, "pre": …}. fold ignores case.
func compileOperators(m map[string]any, fold bool) (operators, error) {
	norm := func(v any) string {
		s := text(v)
		if fold {
			s = strings.ToLower(s)
		}
		return s
	}
	var out operators
	add := func(f func(s string) bool) {
		out = append(out, func(s string, _ *effort) (bool, error) { return f(norm(s)), nil })
	}
	for _, name := range sortedKeys(m) {
		arg := m[name]
		want := norm(arg)
		switch name {
		case "eq":
			add(func(s string) bool { return s == want })
		case "neq":
			add(func(s string) bool { return s != want })
		case "pre":
			add(func(s string) bool { return strings.HasPrefix(s, want) })
		case "suf":
			add(func(s string) bool { return strings.HasSuffix(s, want) })
		case "inc", "ninc":
			set := map[string]bool{}
			list, _ := arg.([]any)
			for _, item := range list {
				set[norm(item)] = true
			}
			add(func(s string) bool { return set[s] == (name == "inc") })
		case "re":
			// Unlike a string value, it need not match the whole.
			p, err := compile(want, false)
			if err != nil {
				return nil, err
			}
			out = append(out, func(s string, e *effort) (bool, error) {
				_, ok, err := p.find(norm(s), e)
				return ok, err
			})
		case "gt", "gte", "lt", "lte":
			limit, _ := arg.(float64)
			add(func(s string) bool { return compareNumber(name, s, limit) })
		}
	}
	return out, nil
}

func compareNumber(op, s string, limit float64) bool {
	n, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return false
	}
	switch op {
	case "gt":
		return n > limit
	case "gte":
		return n >= limit
	case "lt":
		return n < limit
	}
	return n <= limit
}

// text returns a JSON value as a string, for comparison.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// Conditions is a list of alternatives.
type Conditions []condition

// CompileConditions compiles a list of conditions.
func CompileConditions(list []output.Condition) (Conditions, error) {
	return compileConditions("experimentalBypassFor", list)
}

// Match reports whether req, whose decision is d, meets one of the conditions. The error
// is that one of them takes too long.
func (c Conditions) Match(req *Request, d *Decision) (bool, error) {
	for i := range c {
		if ok, err := c[i].match(req, req.Query, map[string]string{}, &d.effort); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}
