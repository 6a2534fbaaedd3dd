package vercel

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// Limits of functions, from the vendor's schema.
const (
	maxRules    = 50
	maxGlob     = 256  // characters
	maxDuration = 3600 // seconds
	minMemory   = 128  // MB
	maxMemory   = 10240
)

// functions reads {"pages/**": {"includeFiles": …}}.
func (r *reader) functions(to *[]FunctionRule) func(string, node) {
	return func(what string, n node) {
		rules, ok := n.value.([]property)
		if !ok {
			r.wrong(what, n, `an object: {"pages/**": {…}}`)
			return
		}
		if len(rules) > maxRules {
			r.diags.Add(n.at, "", "%s has %d rules: %d are the most", what, len(rules), maxRules)
		}
		for _, p := range rules {
			rule := FunctionRule{Glob: p.name, At: p.at}
			r.glob(what, node{p.at, p.name}, &rule.Glob)
			if slices.ContainsFunc(*to, func(other FunctionRule) bool { return other.Glob == p.name }) {
				r.diags.Add(p.at, "keep one of the two", "%s is there twice", join(what, p.name))
			}
			r.object(what+"["+p.name+"]", p.node, fields{
				"includeFiles": func(what string, n node) { r.glob(what, n, &rule.IncludeFiles) },
				"excludeFiles": func(what string, n node) { r.glob(what, n, &rule.ExcludeFiles) },
				"maxDuration":  r.duration(&rule.MaxDuration),
				"memory":       r.number(&rule.Memory, minMemory, maxMemory),
				"regions":      r.texts(&rule.Regions, 1000, maxGlob),
				"runtime":      r.elsewhere("the page's language is its runtime; --python says which Python"),
				"architecture": r.elsewhere("jargo build --arch says it for all functions"),
				// Nothing but the platform knows of these.
				"affinity": nil, "experimentalTriggers": nil, "functionFailoverRegions": nil, "maxConcurrency": nil, "supportsCancellation": nil,
			})
			*to = append(*to, rule)
		}
	}
}

// notRead matches what the vendor's globs can have and ours cannot: a negation, a
// comment, an extended group, a range.
var notRead = regexp.MustCompile(`^[!#]|[!?+*@]\(|\{[^{},]*\.\.[^{},]*\}`)

// glob reads a glob of files of the project.
func (r *reader) glob(what string, n node, to *string) {
	r.text(to, maxGlob)(what, n)
	glob, ok := n.value.(string)
	switch {
	case !ok:
	case glob == "":
		r.diags.Add(n.at, `such as "content/**"`, "%s is empty: it is a glob of files", what)
	case path.IsAbs(glob):
		r.diags.Add(n.at, "write "+strings.TrimLeft(glob, "/"), "%s: %q begins with a slash: it is relative to the project", what, glob)
	case slices.Contains(strings.Split(glob, "/"), ".."):
		r.diags.Add(n.at, "move the files into the project", "%s: %q leaves the project", what, glob)
	case notRead.MatchString(glob) || !doublestar.ValidatePattern(glob):
		r.diags.Add(n.at, "it can have * and ** for any directories, ?, [abc] and {one,two}", "%s: %q is no glob that can be read", what, glob)
	}
}

// Matches reports whether a file, named below the project, matches one of the
// globs in a property of a rule.
func Matches(glob, file string) bool {
	ok, _ := doublestar.Match(glob, file) // it has been read
	return ok
}

// FunctionRule returns the rule for the page in a source file: the first that
// matches; or nil. As the vendor has it, a Python file may be named without .py,
// which is tried when nothing matches its whole name.
func (c *Config) FunctionRule(source string) *FunctionRule {
	names := []string{source}
	if name, ok := strings.CutSuffix(source, ".py"); ok {
		names = append(names, name)
	}
	for _, name := range names {
		for i := range c.Functions {
			if rule := &c.Functions[i]; rule.Glob == name || Matches(rule.Glob, name) {
				return rule
			}
		}
	}
	return nil
}

// duration reads seconds. The vendor's "max" depends on the plan that is paid
// for, which an output cannot say.
func (r *reader) duration(to *int) func(string, node) {
	return func(what string, n node) {
		if n.value == "max" {
			r.diags.Add(n.at, "write the seconds", `%s is "max", which only the vendor's plan says`, what)
			return
		}
		r.number(to, 1, maxDuration)(what, n)
	}
}

// elsewhere reports a property whose meaning is said in another place.
func (r *reader) elsewhere(fix string) func(string, node) {
	return func(what string, n node) { r.diags.Add(n.at, "remove it: "+fix, "%s is not set here", what) }
}
