package python

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// The keys of what config returns, and of the settings of each kind.
var (
	configKeys     = []string{"fresh", "regenerate", "fallback"}
	freshKeys      = []string{"max_duration", "memory", "regions", "python"}
	regenerateKeys = append([]string{"every", "query"}, freshKeys...)
)

// readConfig reads what a page's config returned, a JSON object, into p. What
// is wrong goes to diags.
func readConfig(data json.RawMessage, p *site.Page, diags *diag.List) bool {
	c := &configReader{page: p, diags: diags, ok: true}
	top := c.object(data, "config", configKeys)
	fresh, isFresh := top["fresh"]
	regenerate, isRegenerate := top["regenerate"]
	switch {
	case isFresh && isRegenerate:
		c.add("return one of the two", "has fresh and regenerate")
	case isFresh:
		p.Kind = site.Fresh
		c.limits(c.object(fresh, "fresh", freshKeys))
	case isRegenerate:
		p.Kind = site.Regenerated
		settings := c.object(regenerate, "regenerate", regenerateKeys)
		c.limits(settings)
		c.every(settings["every"])
		c.decode(settings["query"], &p.Query, "query", "a list of the names of query parameters")
		p.Query = slices.Compact(slices.Sorted(slices.Values(p.Query)))
		fallback := true
		c.decode(top["fallback"], &fallback, "fallback", "True or False")
		p.NoFallback = !fallback
	}
	return c.ok
}

type configReader struct {
	page  *site.Page
	diags *diag.List
	ok    bool
}

func (c *configReader) add(fix, format string, args ...any) {
	c.ok = false
	c.diags.Add(c.page.ConfigAt, fix, "config of "+c.page.Route.String()+" "+format, args...)
}

// object reads a JSON object that may have these keys. As in Jar, a kind needs
// no settings: {"fresh": True} is {"fresh": {}}.
func (c *configReader) object(data json.RawMessage, name string, keys []string) map[string]json.RawMessage {
	var object map[string]json.RawMessage
	if text := string(data); text == "true" || text == "null" {
		return nil
	}
	if json.Unmarshal(data, &object) != nil {
		c.add("return a dict: {"+`"`+name+`": {}}`, "has %s: %s, which is no dict", name, data)
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if slices.Contains(keys, key) {
			continue
		}
		fix := "it can have " + strings.Join(keys, ", ")
		if near := nearest(key, keys); near != "" {
			fix = "did you mean " + near + "?"
		}
		if name == "config" {
			c.add(fix, "has the unknown key %q", key)
		} else {
			c.add(fix, "has the unknown key %q in %s", key, name)
		}
	}
	return object
}

// decode reads a value, if there is one, into v.
func (c *configReader) decode(data json.RawMessage, v any, name, kind string) {
	if data == nil || string(data) == "null" {
		return
	}
	if json.Unmarshal(data, v) != nil {
		c.add("set it to "+kind, "has %s: %s", name, data)
	}
}

func (c *configReader) every(data json.RawMessage) {
	const fix = `say how many seconds a page may be old: {"regenerate": {"every": 60}}`
	var seconds float64
	if data == nil || string(data) == "null" {
		c.add(fix, "has regenerate without every")
		return
	}
	if json.Unmarshal(data, &seconds) != nil || math.Abs(seconds) > math.MaxInt32 {
		c.add(fix, "has every: %s, which is no number of seconds", data)
		return
	}
	c.page.Every = time.Duration(seconds * float64(time.Second))
}

func (c *configReader) limits(settings map[string]json.RawMessage) {
	limits := &c.page.Limits
	var seconds int
	c.decode(settings["max_duration"], &seconds, "max_duration", "a whole number of seconds")
	limits.MaxDuration = time.Duration(seconds) * time.Second
	c.decode(settings["memory"], &limits.Memory, "memory", "a whole number of MB")
	c.decode(settings["regions"], &limits.Regions, "regions", "a list of names of regions")
	var runtime string
	c.decode(settings["python"], &runtime, "python", "a version: \"3.13\"")
	if runtime != "" {
		var err error
		if limits.Runtime, err = parseRuntime(runtime); err != nil {
			c.add(err.Error(), "has python: %q", runtime)
		}
	}
}

// nearest is the one of words that is spelled most like s; "" when none is.
func nearest(s string, words []string) string {
	best, least := "", max(2, len(s)/3)+1
	for _, w := range words {
		if d := distance(s, w); d < least || s != "" && best == "" && strings.HasPrefix(w, s) {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters to insert, remove or change to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
