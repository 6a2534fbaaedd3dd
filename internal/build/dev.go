package build

import (
	"maps"
	"net/http"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// A development site is one in which every page is fresh: the rest of the build writes
// its output as it does any other. What each page itself says is known to the functions,
// which are told by engine.Development that they are such a site's.
//
// Why it is done so: docs/decisions/0011-developed-pages-are-fresh.md.

// develop makes every page fresh, after the site was checked as it is.
func (l *loaded) develop() {
	l.dev = true
	for _, p := range l.site.Pages {
		p.Develop()
	}
}

// addJobs adds the paths that are rendered ahead: in development that of the 404 page alone,
// which functions of other languages respond with, if there are any.
func (w *writer) addJobs() {
	for _, p := range w.site.Pages {
		for _, path := range p.Paths {
			file := ""
			switch {
			case !w.dev:
				file = w.bodyFile(p, path)
			case path == errorRoute(http.StatusNotFound) && len(w.frontEnds) > 1:
				file = filepath.Join(filepath.Dir(w.stage), "404.html")
			default:
				continue
			}
			w.byPage[p] = append(w.byPage[p], len(w.jobs))
			w.jobs = append(w.jobs, site.Job{Page: p, Path: path, File: file})
		}
	}
	w.responses = make([]*site.Response, len(w.jobs))
}

// listed are the paths of a page with parameters that come before the rewrites of
// vercel.json because they are outputs when it is not developed.
func (d *functionDirs) listed(p *site.Page) []string {
	if !d.dev || p.Route.Parameters() == 0 {
		return nil
	}
	if _, rewrites := d.userRoutes(); len(rewrites) == 0 {
		return nil
	}
	return p.Paths
}

// environment is what the processes of a page's function are told.
func (d *functionDirs) environment(p *site.Page) map[string]string {
	env := maps.Clone(d.function.Environment)
	if !d.dev {
		return env
	}
	if env == nil {
		env = map[string]string{}
	}
	env[engine.Development] = "."
	if p.OwnKind() == site.Build {
		env[engine.Development] = d.project
	}
	return env
}

// place returns what places a frame of a page's failure in the project.
func (l *loaded) place() func(engine.Frame) (diag.Pos, bool) {
	return func(f engine.Frame) (diag.Pos, bool) {
		for _, p := range l.site.Pages {
			if f.Line == 0 && f.File == p.Source.File {
				return p.Source, true
			}
		}
		for _, front := range l.frontEnds {
			pos, ok := front.Place(f)
			file := pos.File
			if !filepath.IsAbs(file) {
				file = filepath.Join(l.project, filepath.FromSlash(file))
			}
			if _, err := os.Stat(file); ok && err == nil { // else it is of another language
				return pos, true
			}
		}
		return diag.Pos{}, false
	}
}
