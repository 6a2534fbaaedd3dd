package build

import (
	"net/http"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/output"
)

// userRoutes are the routes of vercel.json: those before files, and rewrites.
//
// A function serves many pages and tells them apart by the path, which a rewrite
// leaves as it was for the visitor: one that leads to a path of the site sets it
// for the function, too. So does a route before it, which stays first where the vendor's
// own build puts its rewrites, without our paths, before ours. The last path that is
// set counts, so that those routes stand the other way round.
func (w *writer) userRoutes() (before, rewrites []output.Route) {
	all := w.vercel.Routes()
	for i, route := range all {
		if route.Handle == output.PhaseFilesystem {
			before, rewrites = all[:i], all[i+1:]
			break
		}
		before = all[:i+1]
	}
	var paths []output.Route
	for i, route := range rewrites {
		if path, _, _ := strings.Cut(route.Dest, "?"); strings.HasPrefix(path, "/") && len(route.Transforms) == 0 {
			path, _, _ = strings.Cut(path, "#")
			route.Transforms = setPath(path)
			rewrites[i] = route
			route.Dest, route.Status, route.Check, route.Continue = "", 0, false, true
			paths = append(paths, route)
		}
	}
	slices.Reverse(paths)
	return before, append(paths, rewrites...)
}

// setPath has a function see a path instead of the visitor's.
func setPath(path string) []output.Transform {
	return []output.Transform{{Type: "request.path", Op: "set", Args: path}}
}

// cleanURLs reports whether .html is left out of paths, and trailingSlash
// whether they end in a slash.
func (l *loaded) cleanURLs() bool { return l.vercel.CleanUrls == nil || *l.vercel.CleanUrls }
func (l *loaded) trailingSlash() bool {
	return l.vercel.TrailingSlash != nil && *l.vercel.TrailingSlash
}

// canonical redirects to the one spelling of a path where vercel.json does not
// say it: no index, no .html, no slash at the end. It is what the vendor makes of
// cleanUrls and trailingSlash: false, but that an escaped slash is one.
func (w *writer) canonical() []output.Route {
	var routes []output.Route
	directory, end := "(?:(.+)/)?", ""
	if w.trailingSlash() {
		directory, end = "(.+/)?", "/" // "/" must not become "//"
	}
	if w.vercel.CleanUrls == nil {
		routes = append(routes, redirect("^/"+directory+`index(?:\.html)?/?$`, "/$1"), redirect(`^/(.*)\.html/?$`, "/$1"+end))
	}
	if w.vercel.TrailingSlash == nil {
		routes = append(routes, redirect(`^/(.*)/$`, "/$1"))
	}
	return append(routes, redirect(`^/(.*)%2F`+w.end(), "/$1"+end), redirect(`^/(.*)%2f`+w.end(), "/$1"+end))
}

// end is how the expression of a path ends.
func (w *writer) end() string {
	if w.trailingSlash() {
		return "/?$"
	}
	return "$"
}

func redirect(src, location string) output.Route {
	return output.Route{Src: src, Status: http.StatusPermanentRedirect, Headers: map[string]string{"Location": location}, CaseSensitive: true}
}
