package build

import (
	"bytes"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// functionDirs writes the functions that share one program: pages with equal
// limits share one directory, at the output path of the first of them, and the
// others are symbolic links to it.
type functionDirs struct {
	*writer
	program string
	arch    string
	made    []functionDir
}

type functionDir struct {
	limits site.Limits
	path   string // output path
}

// hasFunctions reports whether a page is rendered after the build.
func (w *writer) hasFunctions() bool {
	return slices.ContainsFunc(w.site.Pages, func(p *site.Page) bool { return p.Kind != site.Build })
}

// writeFunctions writes a function for each fresh and regenerated page, and
// for each path of one that is rendered ahead.
func (w *writer) writeFunctions(program, arch string) error {
	d := &functionDirs{writer: w, program: program, arch: arch}
	for _, p := range w.site.Pages {
		if p.Kind == site.Build {
			continue
		}
		for _, i := range w.byPage[p] {
			if err := d.add(p, outputPath(w.jobs[i].Path)); err != nil {
				return err
			}
			if err := w.writePrerender(p, i); err != nil {
				return err
			}
		}
		if len(w.byPage[p]) > 0 && p.Route.Parameters() == 0 {
			continue // its one path has been written
		}
		if err := d.add(p, p.Route.Output()); err != nil {
			return err
		}
		if p.Kind == site.Regenerated {
			query := p.Query
			if p.Route.Parameters() > 0 {
				query = slices.Sorted(slices.Values(append([]string{engine.PathParameter}, query...)))
			}
			if err := output.WriteJSON(w.functions(p.Route.Output()+prerenderSuffix), prerenderConfig(p, query)); err != nil {
				return err
			}
		}
	}
	return nil
}

const prerenderSuffix = ".prerender-config.json"

// add puts a page's function at an output path.
func (d *functionDirs) add(p *site.Page, at string) error {
	dir := d.functions(at + ".func")
	for _, made := range d.made {
		if made.limits.Equal(p.Limits) {
			if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
				return err
			}
			target, err := filepath.Rel(filepath.Dir(dir), d.functions(made.path+".func"))
			if err != nil {
				return err
			}
			return os.Symlink(target, dir)
		}
	}
	d.made = append(d.made, functionDir{p.Limits, at})
	if _, err := copyFile(filepath.Join(dir, "executable"), d.program, 0o755); err != nil {
		return err
	}
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError} {
		if err := d.writeErrorPage(dir, status); err != nil {
			return err
		}
	}
	return output.WriteJSON(filepath.Join(dir, ".vc-config.json"), d.config(p.Limits))
}

func (d *functionDirs) config(limits site.Limits) output.FunctionConfig {
	architecture := "x86_64"
	if d.arch == "arm64" {
		architecture = "arm64"
	}
	return output.FunctionConfig{
		Runtime: "executable", Handler: "executable", RuntimeLanguage: "go",
		Architecture: architecture, SupportsResponseStreaming: true,
		Memory: limits.Memory, MaxDuration: int(limits.MaxDuration / time.Second), Regions: limits.Regions,
	}
}

// writeErrorPage gives the function the response of the site's 404 or 500 page
// as it was built, so that the function can answer with it.
func (d *functionDirs) writeErrorPage(dir string, status int) error {
	page := d.site.Page(errorRoute(status))
	if page == nil || page.Kind != site.Build {
		return nil
	}
	i := d.byPage[page][0]
	body, err := os.ReadFile(d.jobs[i].File)
	if err != nil {
		return err
	}
	response := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: d.responses[i].Header,
		Body: nopCloser{bytes.NewReader(body)}, ContentLength: int64(len(body)),
	}
	var out bytes.Buffer
	if err := response.Write(&out); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, path.Base(errorRoute(status))+".http"), out.Bytes(), 0o644)
}

type nopCloser struct{ *bytes.Reader }

func (nopCloser) Close() error { return nil }

// writePrerender writes the config of a path that was rendered ahead: its
// fallback is what the page answered.
func (w *writer) writePrerender(p *site.Page, i int) error {
	job, r := w.jobs[i], w.responses[i]
	// The path is the output's own: no parameter brings it.
	config := prerenderConfig(p, p.Query)
	config.Fallback = filepath.Base(job.File)
	config.InitialHeaders = flatten(r.Header)
	if r.Status != http.StatusOK {
		config.InitialStatus = r.Status
	}
	return output.WriteJSON(w.functions(outputPath(job.Path)+prerenderSuffix), config)
}

// prerenderConfig is the config of a regenerated page whose entries differ by
// these query parameters. Error bodies are the site's own 500 page and tell a
// visitor nothing.
func prerenderConfig(p *site.Page, query []string) output.PrerenderConfig {
	return output.PrerenderConfig{
		Expiration:    int(p.Every / time.Second),
		AllowQuery:    append([]string{}, query...), // not nil: that is every query
		PassQuery:     len(query) > 0,
		ExposeErrBody: true,
	}
}
