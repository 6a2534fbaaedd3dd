package build

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// functionDirs writes the functions of one front end: pages with equal configs
// and files share one directory, at the output path of the first of them, and the
// others are symbolic links to it.
type functionDirs struct {
	*writer
	pages    []*site.Page // that the function has
	function site.Function
	arch     string
	made     map[string]string // output paths of the directories, by the config and the files
	links    map[link]string   // one symbolic link of each
}

// link is a symbolic link: the directory that it is in, and its target from there.
type link struct{ dir, target string }

// writeFunctions writes a function for each fresh and regenerated page, and
// for each path of one that is rendered ahead.
func (w *writer) writeFunctions(ctx context.Context, arch string, native bool) error {
	for _, f := range w.frontEnds {
		pages := slices.DeleteFunc(slices.Clone(f.Pages()), func(p *site.Page) bool { return p.Kind == site.Build })
		slices.SortFunc(pages, func(a, b *site.Page) int { return a.Route.Compare(b.Route) })
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
		if w.asksForAssets = w.asksForAssets || w.dev; !w.asksForAssets {
			if w.asksForAssets, err = function.AsksForAssets(); err != nil {
				return err
			}
		}
		d := &functionDirs{writer: w, pages: f.Pages(), function: function, arch: arch, made: map[string]string{}, links: map[link]string{}}
		for _, p := range pages {
			if err := d.addPage(p); err != nil {
				return err
			}
		}
	}
	return w.diags.Err()
}

// addPage writes the functions of one page.
func (d *functionDirs) addPage(p *site.Page) error {
	ahead := d.byPage[p]
	if p.Kind == site.Fresh {
		ahead = nil // in development, the 404 page is rendered for other functions alone
	}
	for _, i := range ahead {
		if err := d.add(p, d.pagePath(d.jobs[i].Path)); err != nil {
			return err
		}
		if err := d.writePrerender(p, i); err != nil {
			return err
		}
	}
	if len(ahead) > 0 && p.Route.Parameters() == 0 {
		return nil // its one path has been written
	}
	at := p.Route.Output()
	if p.Route.Parameters() == 0 {
		at = d.pagePath(p.Route.String())
	}
	for _, path := range d.listed(p) {
		if err := d.add(p, d.pagePath(path)); err != nil {
			return err
		}
	}
	if err := d.add(p, at); err != nil || p.Kind != site.Regenerated {
		return err
	}
	config := d.prerenderConfig(p)
	if p.Route.Parameters() > 0 {
		config.AllowQuery = slices.Sorted(slices.Values(append(config.AllowQuery, engine.PathParameter)))
		config.PassQuery = true
	}
	return output.WriteJSON(d.functions(at+output.PrerenderSuffix), config)
}

// add puts a page's function at an output path.
func (d *functionDirs) add(p *site.Page, at string) error {
	config := d.config(p)
	key, err := json.Marshal(config)
	if err != nil {
		return err
	}
	key = append(key, d.filesOf(p).key...)
	dir := d.functions(at + output.FunctionSuffix)
	if made, ok := d.made[string(key)]; ok {
		return d.symlink(d.functions(made+output.FunctionSuffix), dir)
	}
	d.made[string(key)] = at
	if ok, err := d.addFiles(p, dir); !ok {
		return err
	}
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError} {
		if err := d.writeErrorPage(dir, status); err != nil {
			return err
		}
	}
	described := d.describe()
	described.BypassToken = d.token
	if err := described.write(filepath.Join(dir, siteFileName)); err != nil {
		return err
	}
	return output.WriteJSON(filepath.Join(dir, output.FunctionConfigFile), config)
}

// addFiles puts the files of a page's function into its directory: the project's and
// its own. It reports ones that cannot be there.
func (d *functionDirs) addFiles(p *site.Page, dir string) (ok bool, err error) {
	files, before := maps.Clone(d.filesOf(p).files), len(*d.diags)
	for name, file := range d.function.Files {
		if _, taken := files[name]; taken {
			d.reportTaken(p, name)
		}
		files[name] = file
	}
	for _, name := range []string{siteFileName, output.FunctionConfigFile, errorPageFile(http.StatusNotFound), errorPageFile(http.StatusInternalServerError)} {
		if _, taken := files[name]; taken {
			d.reportTaken(p, name)
		}
	}
	if err := checkFunctionSize(p, files, d.diags); err != nil || len(*d.diags) > before {
		return false, err
	}
	if d.changeable == nil {
		d.changeable = map[string]bool{}
	}
	work := d.workDirs[d.filesOf(p).key]
	for name, file := range files {
		to := filepath.Join(dir, filepath.FromSlash(name))
		own := d.function.Files[name] != ""
		switch {
		case work != nil && work.files[name] != nil && !own:
			err = placeFile(to, filepath.Join(work.Dir, filepath.FromSlash(name)))
		case d.dev && own && hardLink(file, to) == nil: // what makes it makes a new file each time
		default:
			err = copyProgram(to, file, d.copyFile)
		}
		if err != nil {
			return false, err
		}
		d.changeable[to] = !own
	}
	return true, nil
}

// reportTaken reports a file of the project with the name of one that the function
// has itself.
func (d *functionDirs) reportTaken(p *site.Page, name string) {
	d.diags.Add(diag.Pos{File: name}, "rename it, or name it in excludeFiles in vercel.json",
		"the function of %s would have it, but has a file of that name itself", p.Route)
}

// symlink makes at a symbolic link to target, relative to where it is. Equal ones are
// one file with several names where that can be: names are quick, while to make as many
// files as were just removed takes some file systems (ext4) a millisecond each.
func (d *functionDirs) symlink(target, at string) error {
	dir := filepath.Dir(at)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	relative, err := filepath.Rel(dir, target)
	if err != nil {
		return err
	}
	l := link{dir, relative}
	if equal, ok := d.links[l]; ok && os.Link(equal, at) == nil {
		return nil
	}
	d.links[l] = at
	return os.Symlink(relative, at)
}

// copyProgram has copy copy a file of a function, which stays executable if it is.
func copyProgram(to, from string, copy func(to, from string, mode os.FileMode) (int64, error)) error {
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	mode := os.FileMode(0o644)
	if info.Mode()&0o111 != 0 {
		mode = 0o755
	}
	_, err = copy(to, from, mode)
	return err
}

// placeFile puts a file of a workDir there, as a link if that can be: what writes into
// the file of one function changes it for others with the same files, too, and a build
// sees that it was written.
func placeFile(to, from string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return output.PlaceFile(from, to)
}

func (d *functionDirs) config(p *site.Page) output.FunctionConfig {
	config := output.FunctionConfig{
		Handler: d.function.Handler, RuntimeLanguage: d.function.Language, Architecture: "x86_64",
		SupportsResponseStreaming: d.function.Streaming,
	}
	if d.arch == "arm64" {
		config.Architecture = "arm64"
	}
	p.Put(&config, func(s *site.Setting) string { return s.Function })
	config.Environment = d.environment(p)
	config.Runtime = cmp.Or(config.Runtime, d.function.Runtime)
	if len(config.Regions) == 0 {
		config.Regions = d.vercel.Regions
	}
	return config
}

// stores reports whether the function has an error page as it was built: one that is a
// file, or that another function regenerates. One that another renders for each
// request it cannot have.
func (d *functionDirs) stores(p *site.Page) bool {
	return len(d.byPage[p]) > 0 && d.responses[d.byPage[p][0]] != nil && (p.OwnKind() == site.Build || !slices.Contains(d.pages, p))
}

// writeErrorPage gives the function the response of the site's 404 or 500 page, or of
// the public file in its place, so that the function can respond with it.
func (d *functionDirs) writeErrorPage(dir string, status int) error {
	var file string
	var header http.Header
	if page, asset := d.site.Page(errorRoute(status)), d.asset(errorRoute(status)); page != nil && d.stores(page) {
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
		Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body)),
	}
	var out bytes.Buffer
	if err := response.Write(&out); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, errorPageFile(status)), out.Bytes(), 0o644)
}

func errorPageFile(status int) string { return path.Base(errorRoute(status)) + ".http" }

// writePrerender writes the config of a path that was rendered ahead: its
// fallback is the page's response.
func (w *writer) writePrerender(p *site.Page, i int) error {
	job, r := w.jobs[i], w.responses[i]
	// The path is the output's own: no parameter brings it.
	config := w.prerenderConfig(p)
	config.Fallback = filepath.Base(job.File)
	config.InitialHeaders = flatten(r.Header)
	if r.Status != http.StatusOK {
		config.InitialStatus = r.Status
	}
	return output.WriteJSON(w.functions(w.pagePath(job.Path)+output.PrerenderSuffix), config)
}

// prerenderConfig is the config of a regenerated page. Error bodies are the
// site's own 500 page and tell a visitor nothing.
func (w *writer) prerenderConfig(p *site.Page) output.PrerenderConfig {
	config := output.PrerenderConfig{ExposeErrBody: true, PassQuery: len(p.Query) > 0, BypassToken: w.token}
	p.Put(&config, func(s *site.Setting) string { return s.Prerender })
	if config.AllowQuery == nil {
		config.AllowQuery = []string{} // no parameter: nil is every one
	}
	return config
}

// writeRecord records the files of the functions, if there are any, so that the next
// build can tell what they have written.
func (w *writer) writeRecord() error {
	if w.changeable == nil {
		return nil
	}
	return output.WriteRecord(w.stage, func(name string) bool { return w.changeable[filepath.Join(w.stage, filepath.FromSlash(name))] })
}
