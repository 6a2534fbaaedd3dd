package site

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Middleware wraps the fresh pages of a directory and below.
type Middleware struct {
	Dir string // relative to the project, with slashes
	At  diag.Pos
}

// Covers reports whether a page whose source is in dir, relative to the project,
// is in m's directory or below.
func (m Middleware) Covers(dir string) bool { return strings.HasPrefix(dir+"/", m.Dir+"/") }

// Guard sets the Middleware of s's pages. Pages that it covers and cannot wrap, and
// that do not say that they are for everybody, go to diags: somebody relies on it.
func (s *Site) Guard(all []Middleware, diags *diag.List) {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b Middleware) int { return strings.Compare(a.Dir, b.Dir) })
	mistakes := len(*diags)
	for _, m := range all {
		wraps, open := false, []*Page{}
		for _, p := range s.Pages {
			switch {
			case !m.Covers(path.Dir(p.Source.File)):
			case p.Kind == Fresh && p.Terms.Wrapped:
				p.Middleware = append(p.Middleware, m)
				wraps = true
			case p.IsErrorPage() || p.Explicit && p.Kind != Fresh:
			default:
				open = append(open, p)
			}
		}
		switch {
		case len(open) > 0:
			m.reportOpen(open, diags)
		case !wraps && mistakes == 0: // else a page that could not be loaded may be wrapped
			diags.Add(m.At, "remove it, or make a page fresh that it is to guard",
				"Middleware wraps nothing: there is no fresh Go page in %s or below", m.Dir)
		}
	}
}

// reportOpen reports pages that everybody gets in spite of m, and all ways out.
func (m Middleware) reportOpen(open []*Page, diags *diag.List) {
	message := "Middleware does not guard all of " + m.Dir + ":"
	var fixes []string
	for _, p := range open {
		what, fix := "a file that everybody gets", p.Terms.MakeFresh+" to guard it, or say that it is for everybody: "+p.Terms.MakeExplicit
		switch {
		case p.Kind == Fresh:
			what, fix = "no Go page", "guard a fresh Python page by its own code, in a directory without Middleware"
		case !p.Terms.Wrapped:
			fix = "say that a Python page is for everybody: " + p.Terms.MakeExplicit
		}
		message += fmt.Sprintf("\n  %s (%s) is %s", p.Route, p.Source, what)
		if !slices.Contains(fixes, fix) {
			fixes = append(fixes, fix)
		}
	}
	fixes = append(fixes, "or move the page, or Middleware, to another directory")
	diags.Add(m.At, strings.Join(fixes, "\n"), "%s", message)
}
