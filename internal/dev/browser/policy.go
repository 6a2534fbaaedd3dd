package browser

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"slices"
	"strings"
)

//go:embed script.js
var scriptText string

// scriptHash is what a Content-Security-Policy calls the script. Its text is the same
// in all pages, since what differs is in attributes.
var scriptHash = func() string {
	sum := sha256.Sum256([]byte(scriptText))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// allowScript makes the policies of one header, which are separated by commas, allow
// the script and its connection, and nothing that they allowed before less.
func allowScript(header string) string {
	policies := strings.Split(header, ",")
	for i, text := range policies {
		p := parsePolicy(text)
		// A hash turns 'unsafe-inline' off, which the site may need.
		p.allow(scriptHash, allowsInline, "script-src-elem", "script-src", "default-src")
		p.allow("'self'", allowsSelf, "connect-src", "default-src")
		policies[i] = p.String()
	}
	return strings.Join(policies, ", ")
}

// policy is a list of directives: each a name and its sources.
type policy [][]string

func parsePolicy(text string) policy {
	var p policy
	for directive := range strings.SplitSeq(text, ";") {
		if words := strings.Fields(directive); len(words) > 0 {
			p = append(p, words)
		}
	}
	return p
}

func (p policy) String() string {
	var directives []string
	for _, d := range p {
		directives = append(directives, strings.Join(d, " "))
	}
	return strings.Join(directives, "; ")
}

// allow adds a source to the first directive there is of these, which fall back on one
// another, unless its sources allow it already. Without any, all is allowed.
func (p *policy) allow(source string, allowed func(sources []string) bool, names ...string) {
	for _, name := range names {
		i := slices.IndexFunc(*p, func(d []string) bool { return strings.EqualFold(d[0], name) })
		if i < 0 {
			continue
		}
		sources := (*p)[i][1:]
		if allowed(sources) {
			return
		}
		sources = slices.DeleteFunc(slices.Clone(sources), func(s string) bool { return strings.EqualFold(s, "'none'") })
		if name == "default-src" { // which others fall back on, too
			*p = append(*p, append([]string{names[len(names)-2]}, append(sources, source)...))
		} else {
			(*p)[i] = append([]string{name}, append(sources, source)...)
		}
		return
	}
}

func allowsInline(sources []string) bool {
	inline := false
	for _, s := range sources {
		s = strings.ToLower(s)
		switch {
		case s == "'unsafe-inline'":
			inline = true
		case s == "'strict-dynamic'", strings.HasPrefix(s, "'nonce-"), strings.HasPrefix(s, "'sha"):
			return false
		}
	}
	return inline
}

func allowsSelf(sources []string) bool {
	return slices.ContainsFunc(sources, func(s string) bool { return s == "*" || strings.EqualFold(s, "'self'") })
}
