package router

import (
	"net/url"
	"slices"
	"strings"
)

// Query is a URL's query: its parameters in order, as they were spelled.
type Query []Param

// Param is one parameter of a query.
type Param struct {
	Key, Value string // decoded
	raw        string // as spelled: "a" and "a=" differ
}

// ParseQuery parses the text after the question mark. It accepts anything: an invalid
// escape is literal.
func ParseQuery(raw string) Query {
	var q Query
	for item := range strings.SplitSeq(raw, "&") {
		if item == "" {
			continue
		}
		key, value, _ := strings.Cut(item, "=")
		q = append(q, Param{Key: unescape(key), Value: unescape(value), raw: item})
	}
	return q
}

func unescape(s string) string {
	if !strings.ContainsAny(s, "%+") {
		return s
	}
	if decoded, err := url.QueryUnescape(s); err == nil {
		return decoded
	}
	return s
}

// NewParam returns a parameter that is spelled key=value, escaped.
func NewParam(key, value string) Param {
	return Param{Key: key, Value: value, raw: url.QueryEscape(key) + "=" + url.QueryEscape(value)}
}

// String returns the parameter as it is spelled.
func (p Param) String() string { return p.raw }

// String returns the query as it is spelled, without question mark.
func (q Query) String() string {
	var b strings.Builder
	for i, p := range q {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(p.raw)
	}
	return b.String()
}

// Get returns the first value of key.
func (q Query) Get(key string) (value string, ok bool) {
	i := slices.IndexFunc(q, func(p Param) bool { return p.Key == key })
	if i < 0 {
		return "", false
	}
	return q[i].Value, true
}

// Filter returns the parameters whose key is in keys.
func (q Query) Filter(keys []string) Query {
	var out Query
	for _, p := range q {
		if slices.Contains(keys, p.Key) {
			out = append(out, p)
		}
	}
	return out
}

// overlay returns q overlaid with top: all values of a key of top replace those of q, at
// their position in q.
func (q Query) overlay(top Query) Query {
	both := append(slices.Clip(q), top...)
	if len(q) == 0 || len(top) == 0 {
		return both
	}
	over, under := top.byKey(), q.byKey()
	var out Query
	for _, p := range both {
		values, ok := over[p.Key]
		if !ok {
			values = under[p.Key]
		}
		out = append(out, values...)
		over[p.Key] = nil // they have been added
	}
	return out
}

// missing returns the parameters of top whose keys q lacks.
func (q Query) missing(top Query) Query {
	have := q.byKey()
	var out Query
	for _, p := range top {
		if _, ok := have[p.Key]; !ok {
			out = append(out, p)
		}
	}
	return out
}

func (q Query) byKey() map[string]Query {
	m := make(map[string]Query, len(q))
	for _, p := range q {
		m[p.Key] = append(m[p.Key], p)
	}
	return m
}
