// Package router decides how to respond to a request: it compiles the routing table
// of a Build Output directory. It does no I/O.
//
// Source: https://vercel.com/docs/build-output-api/configuration#routes (read
// 2026-07-27). Comments say where this package decides what the vendor leaves open.
package router

import (
	"fmt"
	"os"
	"slices"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
)

// Table is a compiled routing table. It is immutable and safe for concurrent use.
type Table struct {
	phases    map[string]*phase
	wildcards []output.Wildcard
	outputs   Outputs
	getenv    func(string) string
	header    bool // ReadsHeader
}

// ReadsHeader reports whether routes look at the headers of requests. If not, a Request
// needs none.
func (t *Table) ReadsHeader() bool { return t.header }

// Outputs looks up outputs for the filesystem checks of routing.
type Outputs interface {
	// Find returns the output path for a URL path.
	Find(path string) (name string, ok bool)
}

// Options are the choices that the format leaves open.
type Options struct {
	// CaseSensitive makes routes without caseSensitive case-sensitive too.
	CaseSensitive bool
	// Getenv returns the values of environment variables that routes name; nil is
	// os.Getenv.
	Getenv func(string) string
}

// rule is a compiled route.
type rule struct {
	*output.Route
	index      int // in config.json
	src        *pattern
	methods    map[string]bool // nil: all
	has        []condition
	missing    []condition
	transforms []transform
	header     []headerTemplate
}

// headerTemplate is a header before the substitution of captures.
type headerTemplate struct{ name, value string }

// Compile compiles the routes of out. The error is a diag.List of invalid routes.
func Compile(out *output.Output, opts Options) (*Table, error) {
	t := &Table{phases: map[string]*phase{}, wildcards: out.Config.Wildcard, outputs: out, getenv: opts.Getenv}
	if t.getenv == nil {
		t.getenv = os.Getenv
	}
	var list diag.List
	name := output.PhaseNull
	for i := range out.Config.Routes {
		route := &out.Config.Routes[i]
		if route.Handle != "" {
			name = route.Handle
			continue
		}
		r, err := compileRule(i, route, opts)
		if err != nil {
			var at diag.Pos
			if i < len(out.RoutePos) {
				at = out.RoutePos[i]
			}
			list.Add(at, "", "routes[%d].%v", i, err)
			continue
		}
		if t.phases[name] == nil {
			t.phases[name] = &phase{}
		}
		t.phases[name].add(r)
		t.header = t.header || r.readsHeader()
	}
	return t, list.Err()
}

func (r *rule) readsHeader() bool {
	reads := func(c condition) bool { return c.kind == "header" || c.kind == "cookie" }
	return r.Locale != nil || slices.ContainsFunc(r.has, reads) || slices.ContainsFunc(r.missing, reads)
}

func compileRule(index int, route *output.Route, opts Options) (rule, error) {
	r := rule{Route: route, index: index}
	var err error
	if r.src, err = compileSource(route.Src, !route.CaseSensitive && !opts.CaseSensitive); err != nil {
		return rule{}, fmt.Errorf("src: %w", err)
	}
	for _, m := range route.Methods {
		if r.methods == nil {
			r.methods = map[string]bool{}
		}
		r.methods[m] = true
	}
	if r.has, err = compileConditions("has", route.Has); err != nil {
		return rule{}, err
	}
	if r.missing, err = compileConditions("missing", route.Missing); err != nil {
		return rule{}, err
	}
	for i, t := range route.Transforms {
		ct, err := compileTransform(t)
		if err != nil {
			return rule{}, fmt.Errorf("transforms[%d]: %w", i, err)
		}
		r.transforms = append(r.transforms, ct)
	}
	for _, name := range sortedKeys(route.Headers) {
		r.header = append(r.header, headerTemplate{canonical(name), route.Headers[name]})
	}
	return r, nil
}

func compileConditions(field string, list []output.Condition) ([]condition, error) {
	var out []condition
	for i, c := range list {
		cc, err := compileCondition(c)
		if err != nil {
			return nil, fmt.Errorf("%s[%d].value: %w", field, i, err)
		}
		out = append(out, cc)
	}
	return out, nil
}
