package site

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/jargo-dev/jargo/internal/diag"
)

// ParseRoute reads the route of a page from its place below pages/, with
// slashes: "", "about", "blog/slug_", "docs/path__". What is wrong with a name
// goes to diags, at pos.
func ParseRoute(place string, pos diag.Pos, diags *diag.List) (Route, bool) {
	if place == "" {
		return Route{}, true
	}
	names := strings.Split(place, "/")
	route, ok := make(Route, 0, len(names)), true
	seen := map[string]bool{}
	for i, name := range names {
		last := i == len(names)-1
		segment := parseSegment(name)
		message, fix := segment.check(name, last)
		if message == "" && segment.Kind != Literal && seen[segment.Name] {
			message = fmt.Sprintf("the route has two parameters named %q", segment.Name)
			fix = "give one of the two another name"
		}
		if message != "" {
			diags.Add(pos, fix, "%s", message)
			ok = false
		}
		if segment.Kind != Literal {
			seen[segment.Name] = true
		}
		route = append(route, segment)
	}
	return route, ok
}

// Private reports whether a file or directory below pages/ is never a route.
func Private(name string) bool {
	return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || name == "testdata"
}

func parseSegment(name string) Segment {
	if base, ok := strings.CutSuffix(name, "__"); ok {
		return Segment{CatchAll, base}
	}
	if base, ok := strings.CutSuffix(name, "_"); ok {
		return Segment{Parameter, base}
	}
	return Segment{Literal, name}
}

// check says what is wrong with the segment that name spells, and the fix.
func (s Segment) check(name string, last bool) (message, fix string) {
	if fix := otherSpelling(name); fix != "" {
		return fmt.Sprintf("a page cannot be named %q", name), fix
	}
	if s.Name == "" {
		return fmt.Sprintf("%q is no name for a part of a route", name), "rename it"
	}
	if err := checkText(name); err != nil {
		return fmt.Sprintf("%q cannot be a part of a URL: it %v", name, err), "rename it"
	}
	if bad := strings.IndexFunc(s.Name, notInName); bad >= 0 {
		return fmt.Sprintf("%q cannot be a part of a URL: it contains %q", name, []rune(s.Name[bad:])[0]),
			"use letters, digits and - . _ ~ + only"
	}
	if s.Kind != Literal {
		switch {
		case strings.HasSuffix(s.Name, "_"):
			return fmt.Sprintf("%q ends in too many underscores", name),
				"one makes a parameter, two make a catch-all"
		case s.Kind == CatchAll && !last:
			return fmt.Sprintf("the catch-all %q is not the last segment of its route", name),
				fmt.Sprintf("spell it %s_ to make it a parameter of one segment, or move what is below it", s.Name)
		}
		return "", ""
	}
	if err := checkPathSegment(name, last); err != nil {
		return fmt.Sprintf("a page cannot be named %q: the name %v", name, err), "rename it"
	}
	return "", ""
}

// otherSpelling is the fix for a name that other frameworks give a meaning:
// [slug], [...path], [[...path]], $slug, {slug}, :slug and (group). It is ""
// for other names.
func otherSpelling(name string) string {
	base := strings.Trim(name, "[](){}$:.*")
	switch {
	case base == "" || !strings.ContainsAny(name, "[{($:"):
		return ""
	case strings.HasPrefix(name, "("):
		return "there are no groups: every directory between pages/ and a page is part of its route"
	case strings.Contains(name, "..."):
		return "a catch-all is spelled with two underscores at the end: rename it to " + base + "__"
	}
	return "a parameter is spelled with an underscore at the end: rename it to " + base + "_"
}

func notInName(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-._~+@,=", r)
}
