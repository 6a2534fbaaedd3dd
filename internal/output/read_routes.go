package output

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Limits of a route, in bytes and items.
const (
	maxPattern    = 4096
	maxConditions = 16
)

// routeJSON is a route as it may be written: with the other names some
// properties have.
type routeJSON struct {
	Route
	Source      string          `json:"source"`
	Destination json.RawMessage `json:"destination"`
	StatusCode  int             `json:"statusCode"`
}

// parseRoutes decodes config.json's routes one by one: a mistake is reported
// with the route's index and the property's name, and the rest still checked.
func (r *reader) parseRoutes(data []byte, f field) {
	at := r.pos(ConfigFile)
	var raws []json.RawMessage
	if err := json.Unmarshal(f.raw, &raws); err != nil {
		r.list.Add(offsetPos(at, data, f.offset), "", "routes: %s", jsonMessage(err))
		return
	}
	check := routeCheck{list: &r.list, seen: map[string]bool{}}
	offset, lines := f.offset, lineCounter{data: data}
	r.out.Config.Routes = make([]Route, 0, len(raws))
	r.out.RoutePos = make([]diag.Pos, 0, len(raws))
	for i, raw := range raws {
		// The items follow one another in the text, between brackets, commas
		// and white space only.
		offset += bytes.Index(data[offset:], raw)
		check.label, check.at = fmt.Sprintf("routes[%d]", i), lines.pos(at, offset)
		offset += len(raw)
		route, ok := check.decode(raw)
		if ok {
			check.route(route, raw)
		}
		r.out.Config.Routes = append(r.out.Config.Routes, route)
		r.out.RoutePos = append(r.out.RoutePos, check.at)
	}
}

// routeCheck reports what is wrong with routes.
type routeCheck struct {
	list  *diag.List
	label string // of the present route: routes[3]
	at    diag.Pos
	phase string
	seen  map[string]bool // phase markers
}

// bad reports a mistake in a property of the present route.
func (c *routeCheck) bad(field, fix, format string, args ...any) {
	c.list.Add(c.at, fix, "%s: %s", strings.Trim(c.label+"."+field, "."), fmt.Sprintf(format, args...))
}

// decode reads one route and folds the second names into the first. ok is
// false when it cannot be read, which has been reported.
func (c *routeCheck) decode(raw json.RawMessage) (route Route, ok bool) {
	var w routeJSON
	if err := json.Unmarshal(raw, &w); err != nil {
		var wrong *json.UnmarshalTypeError
		field := ""
		if errors.As(err, &wrong) {
			field = strings.TrimPrefix(wrong.Field, "Route.")
			wrong.Field = ""
		}
		c.bad(field, "", "%s", jsonMessage(err))
		return Route{}, false
	}
	route = w.Route
	c.fold("src", "source", &route.Src, w.Source)
	if len(w.Destination) > 0 {
		var dest string
		if json.Unmarshal(w.Destination, &dest) != nil {
			c.bad("destination", "", "services are not supported by this host")
		}
		c.fold("dest", "destination", &route.Dest, dest)
	}
	if w.StatusCode != 0 {
		if route.Status != 0 {
			c.bad("statusCode", "keep one of them", "status is there too")
		}
		route.Status = w.StatusCode
	}
	return route, true
}

func (c *routeCheck) fold(name, alias string, value *string, other string) {
	if other == "" {
		return
	}
	if *value != "" {
		c.bad(alias, "keep one of them", "%s is there too", name)
	}
	*value = other
}

var phases = []string{PhaseFilesystem, PhaseMiss, PhaseRewrite, PhaseResource, PhaseHit, PhaseError}

// route checks one route; raw is its text.
func (c *routeCheck) route(route Route, raw json.RawMessage) {
	if route.Handle != "" {
		c.marker(route, raw)
		return
	}
	if route.Src == "" {
		c.bad("src", "", "every route has a src or a handle")
	}
	if len(route.Src) > maxPattern {
		c.bad("src", "", "longer than %d bytes", maxPattern)
	}
	if len(route.Dest) > maxPattern {
		c.bad("dest", "", "longer than %d bytes", maxPattern)
	}
	if route.Status != 0 && (route.Status < 200 || route.Status > 999) {
		c.bad("status", "", "%d is not between 200 and 999", route.Status)
	}
	for _, m := range route.Methods {
		if m == "" || m != strings.ToUpper(m) {
			c.bad("methods", "write methods in capitals", "%q is not a method", m)
		}
	}
	switch {
	case c.phase == PhaseHit && (route.Dest != "" || route.Status != 0 || !route.Continue):
		c.bad("", "a hit route has \"continue\": true, and neither dest nor status", "this cannot be in phase hit")
	case c.phase == PhaseMiss && route.Dest != "" && !route.Check:
		c.bad("check", "add \"check\": true", "a miss route with a dest must check")
	case c.phase == PhaseMiss && route.Dest == "" && !route.Continue:
		c.bad("continue", "add \"continue\": true", "a miss route without a dest must continue")
	}
	c.conditions("has", route.Has)
	c.conditions("missing", route.Missing)
	for i, t := range route.Transforms {
		c.transform(fmt.Sprintf("transforms[%d]", i), t)
	}
}

// marker checks a {"handle": phase} route and enters the phase.
func (c *routeCheck) marker(route Route, raw json.RawMessage) {
	c.phase = route.Handle
	if !slices.Contains(phases, route.Handle) {
		c.bad("handle", "the phases are "+strings.Join(phases, ", "), "there is no phase %q", route.Handle)
		return
	}
	if c.seen[route.Handle] {
		c.bad("handle", "put the routes of a phase together", "phase %q has begun before", route.Handle)
	}
	c.seen[route.Handle] = true
	var keys map[string]json.RawMessage
	if json.Unmarshal(raw, &keys) == nil && len(keys) > 1 {
		c.bad("handle", "put the other properties in a route of their own", "a phase marker has no other property")
	}
}

func (c *routeCheck) conditions(name string, list []Condition) {
	if len(list) > maxConditions {
		c.bad(name, "", "more than %d conditions", maxConditions)
	}
	for i, cond := range list {
		field := fmt.Sprintf("%s[%d]", name, i)
		switch cond.Type {
		case "host":
			if cond.Value == nil {
				c.bad(field, "", "a host condition needs a value")
			}
		case "header", "cookie", "query":
			if cond.Key == "" {
				c.bad(field, "", "a %s condition needs a key", cond.Type)
			}
		default:
			c.bad(field, "the types are host, header, cookie and query", "there is no type %q", cond.Type)
		}
		switch v := cond.Value.(type) {
		case nil, string:
		case map[string]any:
			c.operators(field+".value", v, true)
		default:
			c.bad(field+".value", "", "want a string or an object of operators")
		}
	}
}

// operators checks the object form of a condition's value or a transform's key.
func (c *routeCheck) operators(field string, ops map[string]any, re bool) {
	for op, v := range ops {
		var ok bool
		switch op {
		case "eq", "neq":
			switch v.(type) {
			case string, float64:
				ok = true
			}
		case "pre", "suf":
			_, ok = v.(string)
		case "re":
			_, ok = v.(string)
			ok = ok && re
		case "gt", "gte", "lt", "lte":
			_, ok = v.(float64)
		case "inc", "ninc":
			_, ok = v.([]any)
		}
		if !ok {
			c.bad(field, "", "operator %q with %v is not understood", op, v)
		}
	}
}

var headerName = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func (c *routeCheck) transform(field string, t Transform) {
	if !slices.Contains([]string{"request.query", "request.headers", "request.path", "response.headers"}, t.Type) {
		c.bad(field+".type", "", "there is no transform %q", t.Type)
		return
	}
	if !slices.Contains([]string{"set", "append", "delete"}, t.Op) {
		c.bad(field+".op", "the operations are set, append and delete", "there is no operation %q", t.Op)
	}
	if t.Type == "request.path" {
		if _, ok := t.Args.(string); !ok || t.Op != "set" || t.Target != nil {
			c.bad(field, "it has op set, one path in args, and no target", "this is not a request.path transform")
		}
		return
	}
	if t.Target == nil {
		c.bad(field+".target", "", "which name it works on is not said")
		return
	}
	switch key := t.Target.Key.(type) {
	case string:
		if strings.HasSuffix(t.Type, ".headers") && !headerName.MatchString(key) {
			c.bad(field+".target.key", "", "%q is not a header's name", key)
		}
	case map[string]any:
		c.operators(field+".target.key", key, false)
	default:
		c.bad(field+".target.key", "", "want a string or an object of operators")
	}
	switch args := t.Args.(type) {
	case nil:
		if t.Op != "delete" {
			c.bad(field+".args", "", "there is no value to %s", t.Op)
		}
	case string:
	case []any:
		for _, a := range args {
			if _, ok := a.(string); !ok {
				c.bad(field+".args", "", "want strings")
			}
		}
	default:
		c.bad(field+".args", "", "want a string or a list of strings")
	}
}
