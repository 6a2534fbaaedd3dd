// Package site is the model of a site and its rules: the front ends fill it,
// the build turns it into an output. It does no I/O.
package site

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
)

// Site is everything a build needs to know of a project. It does not change
// once New has made it.
type Site struct {
	Pages  []*Page // in route order
	Assets []Asset // sorted by Path
}

// Kind says when a page is rendered.
type Kind = engine.Kind

const (
	Build       = engine.Build       // once, when the site is built
	Fresh       = engine.Fresh       // for each request
	Regenerated = engine.Regenerated // at most every so often, and ahead
)

// Page is one page of a site.
type Page struct {
	Route  Route
	Source diag.Pos // its Render or Handler
	Terms  *Terms   // of its language

	ConfigAt diag.Pos // its Config, or Source
	Explicit bool     // it has its own Config
	PathsAt  diag.Pos // its Paths; the zero Pos when it has none
	Values   []string // what Paths gave

	engine.Config        // its kind, and what Settings has of that kind
	own           Kind   // its kind before Develop; "" for the same
	Runtime       string // as the output names it; "" for the front end's own

	// Template is what a page is rendered by that has one.
	Template Template

	// Middleware wraps the page, the outer before the inner. Guard sets it.
	Middleware []Middleware

	// Paths are the concrete paths to render ahead, in the order of Values and
	// not percent-encoded: the page's own when it has no parameters. Fresh
	// pages have none. New sets them.
	Paths []string
}

// Template says how a template is executed.
type Template struct {
	Compiled bool
	Why      string // why it is not compiled; "" for a page without one
}

// Asset is a file of public/.
type Asset struct {
	Path string // below public/, with slashes
	File string // where it is
	Hash string // of what is in it: 12 hexadecimal digits
}

// Hashed is the path below public/ that tells a's content, too: "style.3f2a90c1d4e5.css"
// for "style.css". It is "" for HTML, whose URLs do not change, and for a name that
// would become longer than file systems allow.
func (a Asset) Hashed() string {
	dir, name := path.Split(a.Path)
	ext := path.Ext(name)
	if ext == name {
		ext = "" // of a hidden file
	}
	if strings.EqualFold(ext, ".html") || len(name)+len(".")+len(a.Hash) > maxName {
		return ""
	}
	return dir + strings.TrimSuffix(name, ext) + "." + a.Hash + ext
}

// maxName is the longest name of a file in bytes that is common.
const maxName = 255

// Route is the path an asset answers at: its own, without ".html", and without
// a last "index" or "index.html".
func (a Asset) Route() string {
	route := strings.TrimSuffix("/"+a.Path, ".html")
	if dir, ok := strings.CutSuffix(route, "/index"); ok {
		return "/" + strings.TrimPrefix(dir, "/")
	}
	return route
}

// New puts pages and assets in order, sets the pages' Paths, and reports to
// diags every setting that makes no sense and every two sources of one route.
func New(pages []*Page, assets []Asset, diags *diag.List) *Site {
	s := &Site{Pages: slices.Clone(pages), Assets: slices.Clone(assets)}
	slices.SortFunc(s.Pages, func(a, b *Page) int { return a.Route.Compare(b.Route) })
	slices.SortFunc(s.Assets, func(a, b Asset) int { return strings.Compare(a.Path, b.Path) })
	for _, p := range s.Pages {
		p.checkSettings(diags)
		p.checkPathsSetting(diags)
		p.setPaths(diags)
	}
	s.checkShapes(diags)
	s.checkPaths(diags)
	return s
}

// Develop makes p fresh in a site that is being developed, whatever its own kind.
func (p *Page) Develop() { p.own, p.Kind = p.Kind, Fresh }

// OwnKind is the kind that p has when it is not being developed.
func (p *Page) OwnKind() Kind { return cmp.Or(p.own, p.Kind) }

// Page returns the page whose route is exactly route ("/404"), or nil.
func (s *Site) Page(route string) *Page {
	for _, p := range s.Pages {
		if p.Route.String() == route {
			return p
		}
	}
	return nil
}

// Sources are the files of s's pages, by the output paths that they respond at.
func (s *Site) Sources() map[string]string {
	sources := map[string]string{}
	for _, p := range s.Pages {
		sources[p.Route.Output()] = p.Source.File
		if p.Route.Parameters() == 0 {
			continue
		}
		for _, path := range p.Paths {
			sources[strings.TrimPrefix(path, "/")] = p.Source.File
		}
	}
	return sources
}

// IsErrorPage reports whether p is shown for the errors of other pages, to everybody.
func (p *Page) IsErrorPage() bool {
	route := p.Route.String()
	return route == "/404" || route == "/500"
}

// Paths are the paths of s's pages that are known, sorted and percent-encoded:
// those that are rendered ahead, and those of pages without parameters. Error
// pages have none.
func (s *Site) Paths() []string {
	paths := []string{}
	for _, p := range s.Pages {
		switch {
		case p.IsErrorPage():
		case p.Route.Parameters() == 0:
			paths = append(paths, EscapePath(p.Route.String()))
		default:
			for _, path := range p.Paths {
				paths = append(paths, EscapePath(path))
			}
		}
	}
	slices.Sort(paths)
	return paths
}

// checkShapes reports pages whose routes match the same paths.
func (s *Site) checkShapes(diags *diag.List) {
	first := map[string]*Page{}
	for _, p := range s.Pages {
		shape := p.Route.shape()
		other, taken := first[shape]
		if !taken {
			first[shape] = p
			continue
		}
		at, also := p.Source, other.Source
		if at.Compare(also) < 0 {
			at, also = also, at
		}
		diags.Add(at, "remove or rename one of the two",
			"the route %s is also that of %s", p.Route, also)
	}
}
