package site

import (
	"strconv"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Memory a function can be given, in MB. Source: the schema of vercel.json.
const (
	minMemory = 128
	maxMemory = 10240
)

// checkSettings reports settings of p that no page can have.
func (p *Page) checkSettings(diags *diag.List) {
	if p.Kind == Regenerated {
		switch {
		case p.Every < time.Second:
			diags.Add(p.ConfigAt, "the shortest interval is a second: jargo.Regenerated{Every: time.Second}",
				"%s is regenerated every %v", p.Route, p.Every)
		case p.Every%time.Second != 0:
			diags.Add(p.ConfigAt, "use whole seconds: jargo.Regenerated{Every: "+goDuration(p.Every.Truncate(time.Second))+"}",
				"%s is regenerated every %v, which is not whole seconds", p.Route, p.Every)
		}
	}
	if d := p.Limits.MaxDuration; d < 0 || d%time.Second != 0 {
		diags.Add(p.ConfigAt, "use whole seconds, or leave MaxDuration out for the platform's default",
			"MaxDuration of %s is %v", p.Route, d)
	}
	if m := p.Limits.Memory; m != 0 && (m < minMemory || m > maxMemory) {
		diags.Add(p.ConfigAt, "leave Memory out for the platform's default",
			"Memory of %s is %d MB: it can be %d to %d", p.Route, m, minMemory, maxMemory)
	}
	hasPaths, parameters := p.PathsAt.Line > 0, p.Route.Parameters() > 0
	switch {
	case hasPaths && !parameters:
		diags.Add(p.PathsAt, "remove Paths, or end a directory's name in _ to make it a parameter",
			"%s has Paths but no parameters for its values", p.Route)
	case hasPaths && p.Kind == Fresh:
		diags.Add(p.PathsAt, "remove Paths, or make the page jargo.Build or jargo.Regenerated",
			"%s has Paths, but a fresh page renders nothing ahead", p.Route)
	case hasPaths && p.Kind == Regenerated && !p.ahead():
		diags.Add(p.PathsAt, "remove Paths, or NoFallback and Query",
			"%s has Paths, which are rendered ahead, but with NoFallback or Query nothing is", p.Route)
	case !hasPaths && parameters && p.Kind == Build:
		diags.Add(p.Source, "add func Paths() []string to list the values, or make the page jargo.Fresh or jargo.Regenerated",
			"%s is a build page with parameters but has no Paths", p.Route)
	}
}

// ahead reports whether a page is rendered when the site is built. A
// regenerated page whose entries differ by query is not: the platform would
// show the one fallback for every query that has no entry yet.
func (p *Page) ahead() bool {
	return p.Kind == Build || p.Kind == Regenerated && !p.NoFallback && len(p.Query) == 0
}

// goDuration writes a number of whole seconds as Go source.
func goDuration(d time.Duration) string {
	if d == time.Second {
		return "time.Second"
	}
	return strconv.Itoa(int(d/time.Second)) + " * time.Second"
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
			diags.Add(p.PathsAt, "each value fills the parameters of "+p.Route.String(), "the value %q of Paths %v", value, err)
		case seen[path]:
			diags.Add(p.PathsAt, "return each value once", "Paths returns %q twice", value)
		default:
			seen[path] = true
			p.Paths = append(p.Paths, path)
		}
	}
}
