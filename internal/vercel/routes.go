package vercel

import (
	"net/http"

	"github.com/jargo-dev/jargo/internal/output"
)

// Routes are those of the file, in the order in which the vendor's own build
// makes them: the canonical spelling of paths, redirects and headers, then, in
// the phase filesystem, rewrites.
func (c *Config) Routes() []output.Route {
	var routes []output.Route
	if c.CleanUrls != nil && *c.CleanUrls {
		location := "/$1"
		if c.TrailingSlash != nil && *c.TrailingSlash {
			location = "/$1/"
		}
		routes = append(routes, redirect(`^/(?:(.+)/)?index(?:\.html)?/?$`, location), redirect(`^/(.*)\.html/?$`, location))
	}
	switch {
	case c.TrailingSlash == nil:
	case *c.TrailingSlash:
		routes = append(routes, output.Route{Src: `^/\.well-known(?:/.*)?$`},
			redirect(`^/((?:[^/]+/)*[^/\.]+)$`, "/$1/"), redirect(`^/((?:[^/]+/)*[^/]+\.\w+)/$`, "/$1"))
	default:
		routes = append(routes, redirect(`^/(.*)/$`, "/$1"))
	}
	routes = append(append(routes, c.redirects...), c.headers...)
	if len(c.rewrites) > 0 {
		routes = append(append(routes, output.Route{Handle: output.PhaseFilesystem}), c.rewrites...)
	}
	return routes
}

func redirect(src, location string) output.Route {
	return output.Route{Src: src, Status: http.StatusPermanentRedirect, Headers: map[string]string{"Location": location}}
}
