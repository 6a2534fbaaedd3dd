package site

import (
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// checkPathsSetting reports a page that has Paths and cannot, or must and has
// none.
func (p *Page) checkPathsSetting(diags *diag.List) {
	t, hasPaths, parameters := p.Terms, p.PathsAt.Line > 0, p.Route.Parameters() > 0
	switch {
	case hasPaths && !parameters:
		diags.Add(p.PathsAt, "remove "+t.Paths+", or end a directory's name in _ to make it a parameter",
			"%s has %s but no parameters for its values", p.Route, t.Paths)
	case hasPaths && p.Kind == Fresh:
		diags.Add(p.PathsAt, "remove "+t.Paths+", or "+either(t.MakeBuild, t.MakeRegenerated),
			"%s has %s, but a fresh page renders nothing ahead", p.Route, t.Paths)
	case hasPaths && p.Kind == Regenerated && !p.ahead():
		noFallback, query := p.SettingName("NoFallback"), p.SettingName("Query")
		diags.Add(p.PathsAt, "remove "+t.Paths+", or "+noFallback+" and "+query,
			"%s has %s, which are rendered ahead, but with %s or %s nothing is", p.Route, t.Paths, noFallback, query)
	case !hasPaths && parameters && p.Kind == Build:
		diags.Add(p.Source, t.AddPaths+", or "+either(t.MakeFresh, t.MakeRegenerated),
			"%s is a build page with parameters but has no %s", p.Route, t.Paths)
	}
}

// either joins two ways to fix a page. What both begin with is said once.
func either(a, b string) string {
	const common = "make the page "
	if strings.HasPrefix(a, common) {
		b = strings.TrimPrefix(b, common)
	}
	return a + " or " + b
}

// ahead reports whether a page is rendered when the site is built. A
// regenerated page whose entries differ by query is not: the platform would
// show the one fallback for every query that has no entry yet.
func (p *Page) ahead() bool {
	return p.Kind == Build || p.Kind == Regenerated && !p.NoFallback && len(p.Query) == 0
}

// setPaths fills p's parameters with its values.
func (p *Page) setPaths(diags *diag.List) {
	p.Paths = nil
	if p.Route.Parameters() == 0 {
		if p.ahead() {
			p.Paths = []string{p.Route.String()}
		}
		return
	}
	seen := map[string]bool{}
	for _, value := range p.Values {
		path, err := p.Route.Fill(value)
		switch {
		case err != nil:
			diags.Add(p.PathsAt, "each value fills the parameters of "+p.Route.String(), "the value %q of %s %v", value, p.Terms.Paths, err)
		case seen[path]:
			diags.Add(p.PathsAt, "return each value once", "%s returns %q twice", p.Terms.Paths, value)
		default:
			seen[path] = true
			p.Paths = append(p.Paths, path)
		}
	}
}
