package site

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Setting is what the Config of a page can set beside its kind: a row of
// Settings. Its zero value leaves the platform's default.
type Setting struct {
	Go       string // the field in package jargo and in engine.Config; "" when Python pages alone have it
	Python   string // the key in what config returns
	Opposite bool   // Python pages set the opposite, beside the kind: "fallback": False is NoFallback
	Required string // how Python pages set what they must; "" when they need not
	Kinds    []Kind // that have it

	Function, Prerender string // its field in these configs of the output; "" in one that has none

	value
}

var (
	regenerated = []Kind{Regenerated}
	functions   = []Kind{Fresh, Regenerated}
)

// Settings are all there are, in the order in which Python pages are told them.
var Settings = []*Setting{
	{Go: "Every", Python: "every", Kinds: regenerated, Prerender: "expiration",
		Required: `say how many seconds a page may be old: {"regenerate": {"every": 60}}`,
		value:    interval(func(p *Page) *time.Duration { return &p.Every })},
	{Go: "Query", Python: "query", Kinds: regenerated, Prerender: "allowQuery",
		value: queryNames(func(p *Page) *[]string { return &p.Query })},
	// What it does to the output is to leave out what is rendered ahead.
	{Go: "NoFallback", Python: "fallback", Opposite: true, Kinds: regenerated,
		value: opposite(func(p *Page) *bool { return &p.NoFallback })},
	{Go: "MaxDuration", Python: "max_duration", Kinds: functions, Function: "maxDuration",
		value: seconds(func(p *Page) *time.Duration { return &p.MaxDuration })},
	// The bounds are those of the schema of vercel.json.
	{Go: "Memory", Python: "memory", Kinds: functions, Function: "memory",
		value: number("MB", 128, 10240, func(p *Page) *int { return &p.Memory })},
	{Go: "Regions", Python: "regions", Kinds: functions, Function: "regions",
		value: plain("a list of names of regions", func(p *Page) *[]string { return &p.Regions })},
	// The front end knows the versions there are.
	{Python: "python", Kinds: functions, Function: "runtime",
		value: plain(`a version: "3.13"`, func(p *Page) *string { return &p.Runtime })},
}

// Of reports whether pages of a kind have the setting.
func (s *Setting) Of(kind Kind) bool { return slices.Contains(s.Kinds, kind) }

// SettingName is what the authors of p call the setting of this name in Go.
func (p *Page) SettingName(name string) string {
	i := slices.IndexFunc(Settings, func(s *Setting) bool { return s.Go == name })
	return p.Terms.Setting(Settings[i])
}

// Put puts the settings of p into a config of the output, a pointer to its type.
// field is the name that JSON has there for a setting, "" for one that it lacks.
func (p *Page) Put(config any, field func(*Setting) string) {
	values := map[string]any{}
	for _, s := range Settings {
		if name := field(s); name != "" && s.Of(p.Kind) {
			values[name] = s.output(p)
		}
	}
	data, err := json.Marshal(values)
	if err == nil {
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.DisallowUnknownFields()
		err = dec.Decode(config)
	}
	if err != nil { // a row that does not fit the format
		panic("internal error, please report: " + err.Error())
	}
}

// checkSettings brings the settings of p into their one form, and reports those
// that no page can have.
func (p *Page) checkSettings(diags *diag.List) {
	if p.Kind == Regenerated && p.Route.String() == "/500" {
		diags.Add(p.ConfigAt, either(p.Terms.MakeBuild, p.Terms.MakeFresh),
			"/500 is a regenerated page, but what has its status is a failure, which is never kept")
	}
	for _, s := range Settings {
		if s.Of(p.Kind) && s.check != nil {
			s.check(p, p.Terms.Setting(s), diags)
		}
	}
}

// value is how a setting is read from a Python page's config, written to the
// output, and checked under the name that the page's authors know.
type value struct {
	Want   string // what to set it to: "a whole number of MB"
	Read   func(p *Page, data []byte) error
	output func(p *Page) any
	check  func(p *Page, name string, diags *diag.List) // nil when there is nothing to check
}

// plain is a value that is the same everywhere.
func plain[T any](want string, field func(*Page) *T) value {
	read := func(p *Page, data []byte) error { return json.Unmarshal(data, field(p)) }
	return value{Want: want, Read: read, output: func(p *Page) any { return *field(p) }}
}

func opposite(field func(*Page) *bool) value {
	v := plain("True or False", field)
	v.Read = func(p *Page, data []byte) error {
		err := json.Unmarshal(data, field(p))
		*field(p) = !*field(p)
		return err
	}
	return v
}

// number is a whole number from least to most.
func number(unit string, least, most int, field func(*Page) *int) value {
	v := plain("a whole number of "+unit, field)
	v.check = func(p *Page, name string, diags *diag.List) {
		if n := *field(p); n != 0 && (n < least || n > most) {
			diags.Add(p.ConfigAt, "leave "+name+" out for the platform's default",
				"%s of %s is %d %s: it can be %d to %d", name, p.Route, n, unit, least, most)
		}
	}
	return v
}

// duration is read as an N of seconds and written as a whole number of them.
func duration[N int | float64](want string, field func(*Page) *time.Duration) value {
	read := func(p *Page, data []byte) error {
		var n N
		err := json.Unmarshal(data, &n)
		if err == nil && math.Abs(float64(n)) > math.MaxInt32 {
			err = strconv.ErrRange
		}
		*field(p) = time.Duration(float64(n) * float64(time.Second))
		return err
	}
	return value{Want: want, Read: read, output: func(p *Page) any { return int(*field(p) / time.Second) }}
}

func seconds(field func(*Page) *time.Duration) value {
	v := duration[int]("a whole number of seconds", field)
	v.check = func(p *Page, name string, diags *diag.List) {
		if d := *field(p); d < 0 || d%time.Second != 0 {
			diags.Add(p.ConfigAt, "use whole seconds, or leave "+name+" out for the platform's default",
				"%s of %s is %v", name, p.Route, d)
		}
	}
	return v
}

// interval is how often a page is regenerated.
func interval(field func(*Page) *time.Duration) value {
	v := duration[float64]("a number of seconds", field)
	v.check = func(p *Page, _ string, diags *diag.List) {
		if d := *field(p); d < time.Second {
			diags.Add(p.ConfigAt, "the shortest interval is a second: "+p.Terms.Every("1"), "%s is regenerated every %v", p.Route, d)
		} else if d%time.Second != 0 {
			diags.Add(p.ConfigAt, "use whole seconds: "+p.Terms.Every(strconv.Itoa(int(d/time.Second))),
				"%s is regenerated every %v, which is not whole seconds", p.Route, d)
		}
	}
	return v
}

// queryNames is a set of names of query parameters, sorted.
func queryNames(field func(*Page) *[]string) value {
	v := plain("a list of the names of query parameters", field)
	v.check = func(p *Page, name string, diags *diag.List) {
		*field(p) = slices.Compact(slices.Sorted(slices.Values(*field(p))))
		for _, query := range *field(p) {
			if query == "" || strings.HasPrefix(query, "__jargo") {
				diags.Add(p.ConfigAt, "remove it", "%s of %s has %q, which cannot be a query parameter of a page", name, p.Route, query)
			}
		}
	}
	return v
}
