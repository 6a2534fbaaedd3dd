package vercel

import (
	"errors"
	"net/http"
	"regexp"
	"strings"

	"github.com/dlclark/regexp2/v2"

	"github.com/jargo-dev/jargo/internal/output"
)

// Limits of rules, from the vendor's schemas.
const (
	maxList      = 2048
	maxText      = 4096 // characters
	maxHeaders   = 1024 // of a rule
	maxValue     = 32768
	maxVariables = 64
	maxVariable  = 256
)

// rule is a redirect, a rewrite or a header rule while it is read.
type rule struct {
	source, destination         node
	permanent                   *bool
	statusCode                  int
	statusAt                    node
	respectsOrigin              *bool
	headers                     []header
	transforms                  []output.Transform
	transformAt                 []node
	captures                    captures
	route                       output.Route
	sourceText, destinationText string
}

// header is one of a header rule.
type header struct {
	key, value string
	at         node
}

// rule reads one rule with these fields beside those that all have.
func (r *reader) rule(to *rule, what string, n node, own fields, required ...string) {
	known := fields{
		"source": func(what string, n node) {
			r.text(&to.sourceText, maxText)(what, n)
			to.source = n
		},
		"has":     r.conditions(&to.route.Has, to),
		"missing": r.conditions(&to.route.Missing, nil),
	}
	for name, read := range own {
		known[name] = read
	}
	r.object(what, n, known, append([]string{"source"}, required...)...)
	if _, ok := to.source.value.(string); ok {
		r.source(to, what+".source")
	}
}

// source makes the route's regular expression, once the rule has been read.
func (r *reader) source(to *rule, what string) {
	n, text := to.source, to.sourceText
	p, err := parsePattern(text)
	if err == nil {
		to.route.Src = p.source()
		// The vendor's own build wants the text itself to be one, too.
		for _, expression := range []string{to.route.Src, text} {
			if _, wrong := regexp2.Compile(expression, regexp2.ECMAScript); wrong != nil && err == nil {
				err = errors.New("it is no regular expression")
			}
		}
	}
	if err != nil {
		r.diags.Add(n.at, `a source is as "/blog/:slug", "/docs/:path*" or "/:id(\\d+)"; \\ before a character takes its meaning`,
			"%s: %q is not a pattern: %v", what, text, err)
		return
	}
	if len(p) == 0 || !p[0].parameter && !strings.HasPrefix(p[0].text, "/") {
		fix := "write /" + text
		if scheme.MatchString(text) {
			fix = "use the path, and a condition: \"has\": [{\"type\": \"host\", \"value\": …}]"
		}
		r.diags.Add(n.at, fix, "%s: %q does not begin with a slash, so that no path matches it", what, text)
	}
	own := captures{}
	own.addSource(p)
	own.addCondition(to.captures.names)
	to.captures = own
}

// address fills the destination of a redirect or rewrite.
func (r *reader) address(to *rule, what string, rewrite bool) string {
	text, n := to.destinationText, to.destination
	if _, ok := n.value.(string); !ok {
		return ""
	}
	d, err := parseDestination(text)
	if err == nil && rewrite && d.scheme != "" && d.scheme != "http://" && d.scheme != "https://" {
		err = errors.New("is no path, nor the address of a web server")
	}
	if err != nil {
		r.diags.Add(n.at, `a destination is as "/posts/:slug" or "https://example.com/:path*"`, "%s: %q %v", what, text, err)
		return ""
	}
	if to.route.Src == "" {
		return "" // its parameters are not known
	}
	if err := d.check(&to.captures); err != nil {
		r.diags.Add(n.at, parameterFix(err, &to.captures), "%s: %q %v", what, text, err)
		return ""
	}
	c := &to.captures
	if !rewrite && !c.has && (len(c.names) == 0 || !strings.Contains(text, ":")) {
		return text // there is nothing to put in
	}
	return d.fill(c, rewrite)
}

// rules reads a list of rules.
func (r *reader) rules(each func(string, node)) func(string, node) {
	return func(what string, n node) { r.list(what, n, maxList, each) }
}

// redirect reads an item of redirects.
func (r *reader) redirect(c *Config) func(string, node) {
	return func(what string, n node) {
		var to rule
		r.rule(&to, what, n, fields{
			"destination": r.destination(&to),
			"permanent":   r.boolean(&to.permanent),
			"statusCode":  r.status(&to, 300, 399),
			"env":         r.texts(&to.route.Env, maxVariables, maxVariable),
		}, "destination")
		if to.permanent != nil && to.statusCode != 0 {
			r.diags.Add(to.statusAt.at, "keep one of the two", "%s has both permanent and statusCode", what)
		}
		to.route.Status = http.StatusPermanentRedirect
		if to.permanent != nil && !*to.permanent {
			to.route.Status = http.StatusTemporaryRedirect
		}
		if to.statusCode != 0 {
			to.route.Status = to.statusCode
		}
		to.route.Headers = map[string]string{"Location": r.address(&to, what+".destination", false)}
		c.redirects = append(c.redirects, to.route)
	}
}

// rewrite reads an item of rewrites.
func (r *reader) rewrite(c *Config) func(string, node) {
	return func(what string, n node) {
		var to rule
		r.rule(&to, what, n, fields{
			"destination": r.destination(&to),
			"statusCode":  r.status(&to, 200, 999),
			"env":         r.texts(&to.route.Env, maxVariables, maxVariable),
			"transforms":  r.transforms(&to),
			// The vendor's own build makes nothing of it.
			"respectOriginCacheControl": r.boolean(&to.respectsOrigin),
		}, "destination")
		to.route.Check, to.route.Status = true, to.statusCode
		to.route.Dest = r.address(&to, what+".destination", true)
		r.fillTransforms(&to, what)
		c.rewrites = append(c.rewrites, to.route)
	}
}

func (r *reader) destination(to *rule) func(string, node) {
	return func(what string, n node) {
		if _, service := n.value.([]property); service {
			r.diags.Add(n.at, "write a path or an address", "%s is a service, of which a site of Jargo has none", what)
			return
		}
		r.text(&to.destinationText, maxText)(what, n)
		to.destination = n
	}
}

func (r *reader) status(to *rule, least, most int) func(string, node) {
	return func(what string, n node) {
		to.statusAt = n
		r.number(&to.statusCode, least, most)(what, n)
	}
}

// headerRule reads an item of headers.
func (r *reader) headerRule(c *Config) func(string, node) {
	return func(what string, n node) {
		var to rule
		r.rule(&to, what, n, fields{"headers": func(what string, n node) {
			if items, _ := n.value.([]node); items != nil && len(items) == 0 {
				r.diags.Add(n.at, `such as [{"key": "X-Frame-Options", "value": "DENY"}]`, "%s is empty", what)
			}
			r.list(what, n, maxHeaders, func(what string, n node) {
				h := header{at: n}
				r.object(what, n, fields{"key": r.text(&h.key, maxText), "value": r.text(&h.value, maxValue)}, "key", "value")
				to.headers = append(to.headers, h)
			})
		}}, "headers")
		to.route.Continue, to.route.Headers = true, map[string]string{}
		for _, h := range to.headers {
			r.addHeader(&to, what, h)
		}
		c.headers = append(c.headers, to.route)
	}
}

var (
	headerKey   = regexp.MustCompile("^[-A-Za-z0-9!#$%&'*+.^_|~`]+$")
	headerValue = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]*$`)
)

func (r *reader) addHeader(to *rule, what string, h header) {
	key, value := to.captures.fillText(h.key), to.captures.fillText(h.value)
	if !headerKey.MatchString(key) {
		r.diags.Add(h.at.at, "", "%s: %q is not the name of a header", what, h.key)
		return
	}
	if !headerValue.MatchString(value) {
		r.diags.Add(h.at.at, "", "%s: the value of %s has a control character", what, h.key)
		return
	}
	for other := range to.route.Headers {
		if strings.EqualFold(other, key) {
			r.diags.Add(h.at.at, "keep one of the two", "%s has %s twice: a rule sets a header once", what, h.key)
		}
	}
	to.route.Headers[key] = value
}

// transforms reads those of a rewrite, which set the path that a function sees.
func (r *reader) transforms(to *rule) func(string, node) {
	return func(what string, n node) {
		r.list(what, n, maxList, func(what string, n node) {
			var t output.Transform
			var args string
			r.object(what, n, fields{
				"type": r.choice(&t.Type, "request.path"),
				"op":   r.choice(&t.Op, "set"),
				"args": r.text(&args, 2048),
				"env":  r.texts(&t.Env, maxVariables, maxVariable),
			}, "type", "op", "args")
			t.Args = args
			to.transforms, to.transformAt = append(to.transforms, t), append(to.transformAt, n)
		})
	}
}

var requestPath = regexp.MustCompile(`^/(?:[^/?#\s\x00-\x1f\x7f][^?#\s\x00-\x1f\x7f]*)?$`)

func (r *reader) fillTransforms(to *rule, what string) {
	for i, t := range to.transforms {
		args, n := t.Args.(string), to.transformAt[i]
		if args == "" {
			continue // it has none, which was reported
		}
		if !requestPath.MatchString(args) {
			r.diags.Add(n.at, `a path is as "/posts/:slug"`, "%s: %q is not a path for a request", what, args)
			continue
		}
		if to.route.Src == "" {
			continue
		}
		if name, ok := to.captures.unknownIn(args); ok {
			err := unknownParameter(name)
			r.diags.Add(n.at, parameterFix(err, &to.captures), "%s: %q %v", what, args, err)
			continue
		}
		t.Args = to.captures.fillText(args)
		to.route.Transforms = append(to.route.Transforms, t)
	}
}
