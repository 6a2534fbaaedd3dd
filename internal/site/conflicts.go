package site

import (
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// paths are the concrete paths of a site, with the source of each.
type paths struct {
	site  *Site
	diags *diag.List
	pages map[string]*Page
	files map[string]string // names of public files by their path in the output
}

// checkPaths reports concrete paths with two sources, pages, values of Paths
// and public files, and those for which another page or nothing would answer.
func (s *Site) checkPaths(diags *diag.List) {
	c := &paths{site: s, diags: diags, pages: map[string]*Page{}, files: map[string]string{}}
	for _, p := range s.Pages {
		if p.Route.Parameters() == 0 {
			c.pages[p.Route.String()] = p
		}
	}
	for _, p := range s.Pages {
		if p.Route.Parameters() > 0 {
			c.checkValues(p)
		}
	}
	c.checkAssets()
	for path, p := range c.pages {
		c.checkDirectories(path, p)
	}
}

// checkValues reports paths of p's values for which p does not answer.
func (c *paths) checkValues(p *Page) {
	for _, path := range p.Paths {
		switch other := c.first(path); {
		case c.pages[path] != nil && c.pages[path] != p:
			c.diags.Add(p.PathsAt, "leave the value out of "+p.Terms.Paths+", or remove the other page",
				"%s gives %s, which is also the route of %s", p.Terms.Paths, path, c.pages[path].Source)
		case other != nil && other.Route.shape() != p.Route.shape():
			c.diags.Add(p.PathsAt, "leave the value out of "+p.Terms.Paths,
				"%s gives %s, which is answered by %s (%s): it comes before %s", p.Terms.Paths, path, other.Route, other.Source, p.Route)
		case c.isOutput(path):
			c.diags.Add(p.PathsAt, "leave the value out of "+p.Terms.Paths,
				"%s gives %s, which the output uses for the page itself", p.Terms.Paths, path)
		default:
			c.pages[path] = p
		}
	}
}

// first is the page that answers for a path, by the precedence of routes.
func (c *paths) first(path string) *Page {
	for _, p := range c.site.Pages {
		if p.Route.matches(path) {
			return p
		}
	}
	return nil
}

// isOutput reports whether a path is the output path of a page with parameters.
func (c *paths) isOutput(path string) bool {
	for _, p := range c.site.Pages {
		if p.Route.Parameters() > 0 && "/"+p.Route.Output() == path {
			return true
		}
	}
	return false
}

// checkAssets reports public files at the path of something else, or at one
// that redirects.
func (c *paths) checkAssets() {
	answering := map[string]string{}
	for _, a := range c.site.Assets {
		route, name := a.Route(), "public/"+a.Path
		if p, taken := c.pages[route]; taken {
			c.diags.Add(diag.Pos{File: name}, "remove or rename one of the two",
				"the route %s is also that of %s", route, p.Source)
		}
		if other, taken := answering[route]; taken {
			c.diags.Add(diag.Pos{File: name}, "remove or rename one of the two",
				"the route %s is also that of %s", route, other)
		}
		if strings.HasSuffix(route, ".html") {
			c.diags.Add(diag.Pos{File: name}, "rename it", "its route %s ends in .html, which URLs leave out", route)
		}
		answering[route] = name
		c.files["/"+a.Path] = name
	}
}

// checkDirectories reports a public file where the output needs a
// directory for path.
func (c *paths) checkDirectories(path string, p *Page) {
	for i := 1; i < len(path); i++ {
		if path[i] != '/' {
			continue
		}
		if file, taken := c.files[path[:i]]; taken {
			c.diags.Add(diag.Pos{File: file}, "remove or rename one of the two",
				"it is a file, but %s (%s) needs a directory of that name", path, p.Source)
		}
	}
}
