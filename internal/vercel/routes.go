package vercel

import (
	"net/http"
	"regexp"

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
		routes = append(routes, output.Route{Src: wellKnown},
			redirect(slashless, "/$1/"), redirect(`^/((?:[^/]+/)*[^/]+\.\w+)/$`, "/$1"))
	default:
		routes = append(routes, redirect(`^/(.*)/$`, "/$1"))
	}
	routes = append(append(routes, c.redirects...), c.headers...)
	if len(c.rewrites) > 0 {
		routes = append(append(routes, output.Route{Handle: output.PhaseFilesystem}), c.rewrites...)
	}
	return routes
}

// Where paths end in a slash, those that are slashless get one, unless they are wellKnown.
const (
	wellKnown = `^/\.well-known(?:/.*)?$`
	slashless = `^/((?:[^/]+/)*[^/\.]+)$`
)

var (
	wellKnownPath = regexp.MustCompile(wellKnown)
	slashlessPath = regexp.MustCompile(slashless)
)

// Canonical is a path, without a slash at its end, as the file wants it spelled.
func (c *Config) Canonical(path string) string {
	if c.TrailingSlash == nil || !*c.TrailingSlash || wellKnownPath.MatchString(path) {
		return path
	}
	return slashlessPath.ReplaceAllString(path, "/$1/")
}

func redirect(src, location string) output.Route {
	return output.Route{Src: src, Status: http.StatusPermanentRedirect, Headers: map[string]string{"Location": location}}
}
