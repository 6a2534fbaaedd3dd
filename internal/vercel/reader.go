package vercel

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// reader reads the nodes of vercel.json and reports what is wrong with them. In
// messages a value is called by its path: redirects[0].source.
type reader struct {
	diags *diag.List
	top   fields // of the file itself
}

// places says where properties belong that are easily put in the file itself.
var places = map[string]string{
	"destination": "redirects or rewrites", "has": "redirects, rewrites or headers", "missing": "redirects, rewrites or headers",
	"permanent": "redirects", "source": "redirects, rewrites or headers", "statusCode": "redirects or rewrites",
	"path": "crons", "schedule": "crons",
	"domains": "images", "formats": "images", "minimumCacheTTL": "images", "remotePatterns": "images", "sizes": "images",
	"excludeFiles": "functions", "includeFiles": "functions", "maxDuration": "functions", "memory": "functions",
}

// fields are the properties that an object can have, and what reads each; nil
// for one that means nothing here.
type fields map[string]func(what string, n node)

// object reads an object with these fields.
func (r *reader) object(what string, n node, known fields, required ...string) {
	object, ok := n.value.([]property)
	if !ok {
		r.wrong(cmp.Or(what, File), n, "an object")
		return
	}
	seen := map[string]bool{}
	for _, p := range object {
		read, ok := known[p.name]
		switch {
		case !ok:
			r.unknown(what, p, known)
		case seen[p.name]:
			r.diags.Add(p.at, "keep one of the two", "%s is there twice", join(what, p.name))
		case read != nil:
			read(join(what, p.name), p.node)
		}
		seen[p.name] = true
	}
	for _, name := range required {
		if !seen[name] {
			r.diags.Add(n.at, "add it", "%s has no %s", what, name)
		}
	}
}

// join is the path of a property; the file itself has none.
func join(what, name string) string { return strings.TrimPrefix(what+"."+name, ".") }

func (r *reader) unknown(what string, p property, known fields) {
	fix := "remove it"
	if _, top := r.top[p.name]; top {
		fix = "it is a property of the file itself: move it there"
	} else if place := places[p.name]; what == "" && place != "" {
		fix = "it is a property of what is in " + place + ": move it there"
	} else if name := diag.Nearest(p.name, slices.Sorted(maps.Keys(known))); name != "" {
		fix = "did you mean " + name + "?"
	}
	r.diags.Add(p.at, fix, "%s has no property %q", cmp.Or(what, File), p.name)
}

func (r *reader) wrong(what string, n node, want string) {
	r.diags.Add(n.at, "", "%s is %s: it can be %s", what, n.kind(), want)
}

// list calls each for the items of a list.
func (r *reader) list(what string, n node, most int, each func(what string, n node)) {
	items, ok := n.value.([]node)
	if !ok {
		r.wrong(what, n, "a list")
		return
	}
	if len(items) > most {
		r.diags.Add(n.at, "", "%s has %d items: %d are the most", what, len(items), most)
	}
	for i, item := range items {
		each(fmt.Sprintf("%s[%d]", what, i), item)
	}
}

// text reads a string of at most so many characters, as the vendor counts them.
func (r *reader) text(to *string, most int) func(string, node) {
	return func(what string, n node) {
		s, ok := n.value.(string)
		if !ok {
			r.wrong(what, n, "a string")
			return
		}
		if length := len([]rune(s)); length > most {
			r.diags.Add(n.at, "", "%s is %d characters long: %d are the most", what, length, most)
			return
		}
		*to = s
	}
}

// choice reads one of some strings.
func (r *reader) choice(to *string, values ...string) func(string, node) {
	return func(what string, n node) {
		s, ok := n.value.(string)
		if !ok || !slices.Contains(values, s) {
			if ok {
				r.diags.Add(n.at, "", "%s is %q: it can be %s", what, s, or(values))
			} else {
				r.wrong(what, n, or(values))
			}
			return
		}
		*to = s
	}
}

// or joins words: a, b or c.
func or(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// texts reads a list of strings.
func (r *reader) texts(to *[]string, items, length int) func(string, node) {
	return func(what string, n node) {
		*to = []string{}
		r.list(what, n, items, func(what string, n node) {
			var s string
			r.text(&s, length)(what, n)
			*to = append(*to, s)
		})
	}
}

// number reads a whole number.
func (r *reader) number(to *int, least, most int) func(string, node) {
	return func(what string, n node) {
		number, _ := n.value.(json.Number)
		value, err := strconv.Atoi(number.String())
		if err != nil || value < least || value > most {
			r.wrong(what, n, fmt.Sprintf("a whole number from %d to %d", least, most))
			return
		}
		*to = value
	}
}

// boolean reads true or false.
func (r *reader) boolean(to **bool) func(string, node) {
	return func(what string, n node) {
		value, ok := n.value.(bool)
		if !ok {
			r.wrong(what, n, "true or false")
			return
		}
		*to = &value
	}
}
