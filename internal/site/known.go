package site

import "strings"

// Known is what a site has something at.
type Known struct {
	known    map[string]bool
	patterns []*Page // with parameters, in route order
}

// Known lists what s has something at: its pages, but those of errors, and its
// public files.
func (s *Site) Known() *Known {
	k := &Known{known: map[string]bool{}}
	for _, p := range s.Pages {
		if p.Route.Parameters() > 0 {
			k.patterns = append(k.patterns, p)
		} else {
			k.known[p.Route.String()] = true
		}
		for _, path := range p.Paths {
			k.known[path] = true
		}
	}
	for _, a := range s.Assets {
		k.known[a.Route()] = true
		if hashed := a.Hashed(); hashed != "" {
			k.known["/"+hashed] = true
		}
	}
	delete(k.known, "/404")
	delete(k.known, "/500")
	return k
}

// Find returns the canonical spelling of a path, and whether something is there.
// Paths are not percent-encoded.
func (k *Known) Find(path string) (canonical string, found bool) {
	path = Canonical(path)
	if k.known[path] {
		return path, true
	}
	if strings.Contains(path, "//") {
		return path, false
	}
	for _, p := range k.patterns {
		if p.Route.matches(path) {
			return path, p.Kind != Build // all paths of a build page are known
		}
	}
	return path, false
}

// Canonical is the one spelling of a path: without a slash, .html or index at its
// end. The others are redirected to it.
func Canonical(path string) string {
	for {
		short := strings.TrimSuffix(path, "/")
		short = strings.TrimSuffix(short, ".html")
		if short == "/index" || strings.HasSuffix(short, "/index") {
			short = strings.TrimSuffix(short, "index")
		}
		if short == "" {
			return "/"
		}
		if short == path {
			return path
		}
		path = short
	}
}
