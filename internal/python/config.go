package python

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// keys are those of the settings in a kind, or beside it.
func keys(kind site.Kind, beside bool) (list []string) {
	for _, s := range site.Settings {
		if s.Of(kind) && s.Opposite == beside {
			list = append(list, s.Python)
		}
	}
	return list
}

// readConfig reads what a page's config returned, a JSON object, into p. What
// is wrong goes to diags.
func readConfig(data json.RawMessage, p *site.Page, diags *diag.List) bool {
	c := &configReader{page: p, diags: diags, ok: true}
	top := c.object(data, "config", append([]string{"fresh", "regenerate"}, keys(site.Regenerated, true)...))
	_, isFresh := top["fresh"]
	_, isRegenerate := top["regenerate"]
	switch {
	case isFresh && isRegenerate:
		c.add("return one of the two", "has fresh and regenerate")
	case isFresh:
		c.settings(top, "fresh", site.Fresh)
	case isRegenerate:
		c.settings(top, "regenerate", site.Regenerated)
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
		if near := diag.Nearest(key, keys); near != "" {
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

// settings reads the settings of a kind, the name of which is a key of top.
func (c *configReader) settings(top map[string]json.RawMessage, name string, kind site.Kind) {
	c.page.Kind = kind
	own := c.object(top[name], name, keys(kind, false))
	for _, s := range site.Settings {
		data := own[s.Python]
		if s.Opposite {
			data = top[s.Python]
		}
		switch absent := data == nil || string(data) == "null"; {
		case !s.Of(kind) || absent && s.Required == "":
		case absent:
			c.add(s.Required, "has %s without %s", name, s.Python)
		case s.Read(c.page, data) == nil:
		case s.Required == "":
			c.add("set it to "+s.Want, "has %s: %s", s.Python, data)
		default:
			c.add(s.Required, "has %s: %s, which is no %s", s.Python, data, strings.TrimPrefix(s.Want, "a "))
		}
	}
	if version := c.page.Runtime; version != "" {
		var err error
		if c.page.Runtime, err = parseRuntime(version); err != nil {
			c.add(err.Error(), "has python: %q", version)
		}
	}
}
