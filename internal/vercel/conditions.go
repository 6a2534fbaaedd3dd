package vercel

import (
	"encoding/json"
	"errors"
	"regexp"
	"strings"

	"github.com/dlclark/regexp2/v2"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
)

const maxConditions = 16

// conditions reads what a rule has or is missing. What those that it has
// capture goes to to.
func (r *reader) conditions(list *[]output.Condition, to *rule) func(string, node) {
	return func(what string, n node) {
		r.list(what, n, maxConditions, func(what string, n node) {
			var c output.Condition
			r.object(what, n, fields{
				"type":  r.choice(&c.Type, "host", "header", "cookie", "query"),
				"key":   r.text(&c.Key, maxText),
				"value": r.conditionValue(&c.Value),
			}, "type")
			switch {
			case c.Type == "host" && c.Value == nil:
				r.diags.Add(n.at, `add "value": "example\\.com"`, "%s has no value to compare the host with", what)
			case c.Type == "host" && c.Key != "":
				r.diags.Add(n.at, "remove it", "%s has a key, but a host has none", what)
			case c.Type != "host" && c.Type != "" && c.Key == "":
				r.diags.Add(n.at, `add "key"`, "%s does not say which %s", what, c.Type)
			}
			if to != nil {
				to.captures.addCondition(capturedBy(c))
			}
			if c.Type == "header" {
				c.Key = strings.ToLower(c.Key)
			}
			*list = append(*list, c)
		})
	}
}

// operators are those of a condition's value, and what reads them.
func (r *reader) operators(value map[string]any) fields {
	text := func(name string) func(string, node) {
		return func(what string, n node) {
			var s string
			r.text(&s, maxText)(what, n)
			value[name] = s
		}
	}
	number := func(name string) func(string, node) {
		return func(what string, n node) {
			v, ok := n.value.(json.Number)
			if !ok {
				r.wrong(what, n, "a number")
			}
			value[name] = v
		}
	}
	list := func(name string) func(string, node) {
		return func(what string, n node) {
			var items []string
			r.texts(&items, maxList, maxText)(what, n)
			value[name] = items
		}
	}
	known := fields{
		"neq": text("neq"), "pre": text("pre"), "suf": text("suf"),
		"inc": list("inc"), "ninc": list("ninc"),
		"gt": number("gt"), "gte": number("gte"), "lt": number("lt"), "lte": number("lte"),
	}
	known["eq"] = func(what string, n node) {
		if _, ok := n.value.(json.Number); ok {
			number("eq")(what, n)
			return
		}
		text("eq")(what, n)
	}
	known["re"] = func(what string, n node) {
		text("re")(what, n)
		r.expression(what, n)
	}
	return known
}

// conditionValue reads a regular expression, or an object of operators.
func (r *reader) conditionValue(to *any) func(string, node) {
	return func(what string, n node) {
		object, ok := n.value.([]property)
		if !ok {
			var s string
			r.text(&s, maxText)(what, n)
			r.expression(what, n)
			*to = s
			return
		}
		if len(object) == 0 {
			r.diags.Add(n.at, `such as {"eq": "1"}`, "%s compares with nothing", what)
		}
		value := map[string]any{}
		r.object(what, n, r.operators(value))
		*to = value
	}
}

// expression reports a regular expression that is not one.
func (r *reader) expression(what string, n node) {
	text, ok := n.value.(string)
	if !ok {
		return
	}
	if _, err := regexp2.Compile(text, regexp2.None); err != nil {
		r.diags.Add(n.at, `write \\ before a character that stands for itself`, "%s: %q is not a regular expression", what, text)
	}
}

var namedGroup = regexp.MustCompile(`\(\?<([a-zA-Z][a-zA-Z0-9_]*)>`)

// capturedBy are the names that a condition adds to those of the source.
func capturedBy(c output.Condition) []string {
	value, isText := c.Value.(string)
	if operators, ok := c.Value.(map[string]any); ok {
		value, _ = operators["re"].(string)
	}
	var names []string
	for _, group := range namedGroup.FindAllStringSubmatch(value, -1) {
		names = append(names, group[1])
	}
	switch {
	case c.Type == "host" && isText:
		names = append(names, "host")
	case c.Value == nil && c.Key != "":
		names = append(names, c.Key)
	}
	return names
}

// parameterFix says how to correct a parameter that cannot be filled.
func parameterFix(err error, c *captures) string {
	if errors.Is(err, errUnnamed) {
		return `write \\( for the character`
	}
	var unknown unknownParameter
	if !errors.As(err, &unknown) {
		return ""
	}
	if near := diag.Nearest(string(unknown), c.names); near != "" {
		return "did you mean :" + near + "?"
	}
	if len(c.names) == 0 {
		return "add /:" + string(unknown) + ` to the source, or write \\: for the character`
	}
	return "the source has :" + strings.Join(c.names, ", :")
}
