package build

import (
	"fmt"
	"net/http"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// writeConfig writes config.json.
func (w *writer) writeConfig() error {
	return output.WriteJSON(filepath.Join(w.stage, output.ConfigFile), output.Config{
		Version:   output.Version,
		Routes:    w.routes(),
		Overrides: w.overrides,
		Crons:     w.vercel.Crons,
		Images:    w.vercel.Images,
	})
}

// routes is the routing table. What vercel.json says and what the site itself
// needs are in the order in which the vendor's own build merges them, for which
// the site is a framework: inside a phase its routes that continue, then those of
// vercel.json, then the others. No other depends on standing before one that
// continues.
func (w *writer) routes() []output.Route {
	var routes []output.Route
	if slices.ContainsFunc(w.site.Pages, readsPathFromQuery) {
		routes = append(routes, output.Route{Src: "^/.*$", Continue: true, Transforms: []output.Transform{{
			Type: "request.query", Op: "delete", Target: &output.TransformTarget{Key: engine.PathParameter},
		}}})
	}
	users, rewrites := w.userRoutes()
	routes = append(append(routes, users...), w.canonical()...)
	for _, p := range w.errorPages() {
		// Asked for by its own name, an error page is an error all the same.
		routes = append(routes, output.Route{Src: "^" + p.route + w.end(), Dest: p.path, Status: p.status, CaseSensitive: true})
	}
	routes = append(routes, output.Route{Handle: output.PhaseFilesystem})
	routes = append(append(routes, rewrites...), w.parameterRoutes()...)
	if hit := append(w.headers, immutableRoutes(w.immutable)...); len(hit) > 0 {
		routes = append(append(routes, output.Route{Handle: output.PhaseHit}), hit...)
	}
	if pages := w.errorPages(); len(pages) > 0 {
		routes = append(routes, output.Route{Handle: output.PhaseError})
		for _, p := range pages {
			routes = append(routes, output.Route{Src: "^/.*$", Status: p.status, Dest: p.path, Transforms: p.transforms})
		}
	}
	return routes
}

// parameterRoutes lead to the pages with parameters, in route order.
func (w *writer) parameterRoutes() []output.Route {
	var routes []output.Route
	for i, p := range w.site.Pages {
		if p.Route.Parameters() == 0 {
			continue
		}
		src, dest := "^"+p.Route.Source()+w.end(), "/"+p.Route.Output()
		switch {
		case p.Kind == site.Fresh:
			routes = append(routes, output.Route{Src: src, Dest: dest, CaseSensitive: true})
		case p.Kind == site.Regenerated:
			routes = append(routes, queryEncoded(p.Route)...)
			routes = append(routes, output.Route{
				Src: src, Dest: dest + query(engine.PathParameter, p.Route.Substitute()), CaseSensitive: true,
			})
		case slices.ContainsFunc(w.site.Pages[i+1:], isDynamicFunction):
			// All its paths are files. Another page that matches must not
			// answer for the paths it does not have.
			routes = append(routes, output.Route{Src: src, Status: http.StatusNotFound, CaseSensitive: true})
		}
	}
	return routes
}

func isDynamicFunction(p *site.Page) bool {
	return p.Kind != site.Build && p.Route.Parameters() > 0
}

func readsPathFromQuery(p *site.Page) bool {
	return p.Kind == site.Regenerated && p.Route.Parameters() > 0
}

// queryEncoded redirects paths with bytes that mean something else in a query,
// which is where the page's path goes, to the percent-encoded spelling: one
// byte at a time, from the right.
func queryEncoded(r site.Route) []output.Route {
	prefix := r.LiteralPrefix()
	return []output.Route{
		redirect("^("+prefix+".*)\\+(.*)$", "$1%2B$2"),
		redirect("^("+prefix+".*)&(.*)$", "$1%26$2"),
	}
}

// errorPage is what the platform shows for a status.
type errorPage struct {
	route  string
	path   string // of the output, with a slash
	status int
	// transforms are of the routes by which it is shown for another path.
	transforms []output.Transform
}

func (w *writer) errorPages() []errorPage {
	var pages []errorPage
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError} {
		route := errorRoute(status)
		e := errorPage{route: route, status: status}
		switch page, asset := w.site.Page(route), w.asset(route); {
		case page != nil:
			e.path = "/" + w.pagePath(route)
			if page.Kind != site.Build && status == http.StatusInternalServerError {
				// By the path of the page that failed, the function would run that again.
				// What there is not has none, so a page for that may see the visitor's.
				e.transforms = setPath(route)
			}
		case asset != nil:
			e.path = "/" + w.assetKey(*asset)
		default:
			continue
		}
		pages = append(pages, e)
	}
	return pages
}

// errorRoute is the route of the page for a status: /404.
func errorRoute(status int) string { return fmt.Sprintf("/%d", status) }
