package build

import (
	"bytes"
	"cmp"
	"context"
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

// functionDirs writes the functions of one front end: pages with equal limits
// share one directory, at the output path of the first of them, and the others
// are symbolic links to it.
type functionDirs struct {
	*writer
	function site.Function
	arch     string
	made     []functionDir
}

type functionDir struct {
	limits site.Limits
	path   string // output path
}

// writeFunctions writes a function for each fresh and regenerated page, and
// for each path of one that is rendered ahead.
func (w *writer) writeFunctions(ctx context.Context, arch string, native bool) error {
	for _, f := range w.frontEnds {
		own := map[*site.Page]bool{}
		for _, p := range f.Pages() {
			own[p] = p.Kind != site.Build
		}
		pages := slices.DeleteFunc(slices.Clone(w.site.Pages), func(p *site.Page) bool { return !own[p] })
		if len(pages) == 0 {
			continue
		}
		target := arch
		if native {
			target = ""
		}
		function, err := f.Function(ctx, target)
		if err != nil {
			return err
		}
		d := &functionDirs{writer: w, function: function, arch: arch}
		for _, p := range pages {
			if err := d.addPage(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// addPage writes the functions of one page.
func (d *functionDirs) addPage(p *site.Page) error {
	for _, i := range d.byPage[p] {
		if err := d.add(p, outputPath(d.jobs[i].Path)); err != nil {
			return err
		}
		if err := d.writePrerender(p, i); err != nil {
			return err
		}
	}
	if len(d.byPage[p]) > 0 && p.Route.Parameters() == 0 {
		return nil // its one path has been written
	}
	if err := d.add(p, p.Route.Output()); err != nil || p.Kind != site.Regenerated {
		return err
	}
	query := p.Query
	if p.Route.Parameters() > 0 {
		query = slices.Sorted(slices.Values(append([]string{engine.PathParameter}, query...)))
	}
	return output.WriteJSON(d.functions(p.Route.Output()+prerenderSuffix), prerenderConfig(p, query))
}

const prerenderSuffix = ".prerender-config.json"

// add puts a page's function at an output path.
func (d *functionDirs) add(p *site.Page, at string) error {
	dir := d.functions(at + ".func")
	for _, made := range d.made {
		if made.limits.Equal(p.Limits) {
			return link(d.functions(made.path+".func"), dir)
		}
	}
	d.made = append(d.made, functionDir{p.Limits, at})
	for name, file := range d.function.Files {
		if err := copyProgram(filepath.Join(dir, filepath.FromSlash(name)), file); err != nil {
			return err
		}
	}
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError} {
		if err := d.writeErrorPage(dir, status); err != nil {
			return err
		}
	}
	return output.WriteJSON(filepath.Join(dir, ".vc-config.json"), d.config(p.Limits))
}

// link makes at a symbolic link to target, relative to where it is.
func link(target, at string) error {
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	relative, err := filepath.Rel(filepath.Dir(at), target)
	if err != nil {
		return err
	}
	return os.Symlink(relative, at)
}

// copyProgram copies a file of a function, which stays executable if it is.
func copyProgram(to, from string) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	_, err = copyFile(to, from, mode)
	return err
}

func (d *functionDirs) config(limits site.Limits) output.FunctionConfig {
	architecture := "x86_64"
	if d.arch == "arm64" {
		architecture = "arm64"
	}
	return output.FunctionConfig{
		Runtime: cmp.Or(limits.Runtime, d.function.Runtime), Handler: d.function.Handler, RuntimeLanguage: d.function.Language,
		Architecture: architecture, SupportsResponseStreaming: d.function.Streaming,
		Memory: limits.Memory, MaxDuration: int(limits.MaxDuration / time.Second), Regions: limits.Regions,
	}
}

// writeErrorPage gives the function the response of the site's 404 or 500 page
// as it was built, or of the public file in its place, so that the function can
// answer with it.
func (d *functionDirs) writeErrorPage(dir string, status int) error {
	var file string
	var header http.Header
	if page, asset := d.site.Page(errorRoute(status)), d.asset(errorRoute(status)); page != nil && page.Kind == site.Build {
		i := d.byPage[page][0]
		file, header = d.jobs[i].File, d.responses[i].Header
	} else if page == nil && asset != nil {
		file, header = asset.File, http.Header{"Content-Type": {output.ContentType(asset.Path)}}
	} else {
		return nil
	}
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	response := &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header,
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
