package build

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// htmlType is the type of a page that sets none, and of every .html file.
const htmlType = engine.HTMLType

// writer writes one site's output into the directory stage.
type writer struct {
	*loaded
	stage string
	diags *diag.List
	token string // to bypass the cache of pages; "" for none

	jobs          []site.Job
	responses     []*site.Response     // of the jobs; nil for one that failed
	byPage        map[*site.Page][]int // indexes of a page's jobs
	changeable    map[string]bool      // files of functions that come from the project
	workDirs      map[string]*workDir  // by the keys of their sets of files
	overrides     map[string]output.Override
	headers       []output.Route     // the extra headers of build pages
	asksForAssets bool               // a function may
	copies        map[copyKey]copied // of the project's files, in development
	immutable     []string           // paths of files whose content never changes
	assets        int64              // bytes
}

func newWriter(stage string, l *loaded, diags *diag.List) *writer {
	w := &writer{loaded: l, stage: stage, diags: diags, byPage: map[*site.Page][]int{}, overrides: map[string]output.Override{}, copies: map[copyKey]copied{}}
	w.addJobs()
	return w
}

// bodyFile is where the body of an HTML page goes.
func (w *writer) bodyFile(p *site.Page, path string) string {
	if p.Kind == site.Regenerated {
		return w.functions(outputPath(path) + fallbackSuffix + ".html")
	}
	return w.static(outputPath(path) + ".html")
}

// fallbackSuffix and the extension of its type make the name of a regenerated
// page's fallback.
const fallbackSuffix = ".prerender-fallback"

// static and functions are the files at slash-separated names of the output.
func (w *writer) static(name string) string {
	return filepath.Join(w.stage, "static", filepath.FromSlash(name))
}

func (w *writer) functions(name string) string {
	return filepath.Join(w.stage, "functions", filepath.FromSlash(name))
}

// outputPath is the output path of a concrete path.
func outputPath(path string) string {
	if path == "/" {
		return "index"
	}
	return strings.TrimPrefix(path, "/")
}

// notFoundPath is where the page for 404 is. The vendor's own build, when ours is its
// build command, leads there before our routes do, and need not go on to those if
// nothing is there.
func (w *writer) notFoundPath() string {
	if w.vercel.CleanUrls != nil && *w.vercel.CleanUrls {
		return "404"
	}
	return "404.html"
}

// pagePath is the output path of a path of a page.
func (w *writer) pagePath(path string) string {
	if path == errorRoute(http.StatusNotFound) {
		return w.notFoundPath()
	}
	return outputPath(path)
}

// copyAssets copies the public files. HTML files answer without their suffix,
// as pages do, unless vercel.json says otherwise.
func (w *writer) copyAssets() error {
	for _, a := range w.site.Assets {
		n, err := w.copyFile(w.static(a.Path), a.File, 0o644)
		if err != nil {
			return err
		}
		w.assets += n
		if key := w.assetKey(a); key != a.Path {
			w.overrides[a.Path] = output.Override{Path: &key}
		}
	}
	return nil
}

// assetKey is the output path of a public file.
func (w *writer) assetKey(a site.Asset) string {
	key, html := strings.CutSuffix(a.Path, ".html")
	if !html || !w.cleanURLs() || a.Path == w.notFoundPath() || key == "index" || strings.HasSuffix(key, "/index") {
		return a.Path
	}
	return key
}

// copyFile copies a file, makes the directories it needs and returns its size.
func copyFile(to, from string, mode os.FileMode) (int64, error) {
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return 0, err
	}
	return output.CopyFile(from, to, mode)
}

// render renders the build pages and the fallbacks, and puts each body where
// its type belongs.
func (w *writer) render(ctx context.Context, progress func(done, total int)) error {
	if err := w.renderJobs(ctx, progress); err != nil || w.dev {
		return err
	}
	for i := range w.jobs {
		if w.responses[i] == nil {
			continue
		}
		if err := w.place(i); err != nil {
			return err
		}
	}
	return nil
}

// renderJobs has each front end render the jobs of its pages.
func (w *writer) renderJobs(ctx context.Context, progress func(done, total int)) error {
	done, diags := 0, w.diags
	if w.dev {
		diags = new(diag.List) // the 404 page says it when it is shown
	}
	for _, f := range w.frontEnds {
		var own []site.Job
		var indexes []int // in w.jobs
		for _, p := range f.Pages() {
			for _, i := range w.byPage[p] {
				own, indexes = append(own, w.jobs[i]), append(indexes, i)
			}
		}
		err := f.Render(ctx, own, diags, func(i int, r *site.Response) {
			w.responses[indexes[i]] = r
			done++
			progress(done, len(w.jobs))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// place checks a job's response and moves its body to its final name.
func (w *writer) place(i int) error {
	job, r := &w.jobs[i], w.responses[i]
	page := job.Page
	if page.Kind == site.Regenerated {
		if r.Header.Get("Set-Cookie") != "" {
			w.diags.AddOf(job.Path, page.Source, "set it from a fresh page, or remove it",
				"%s sets a cookie, but all its visitors share one response")
		}
		if r.Status >= http.StatusInternalServerError {
			w.diags.AddOf(job.Path, page.Source, "return an error, or set "+page.SettingName("NoFallback")+" if the page cannot be rendered ahead",
				"%s sets the status %d when it is rendered ahead: a failure is never kept", r.Status)
		}
		if contentType := r.Header.Get("Content-Type"); contentType != htmlType {
			return moveFile(job, w.functions(outputPath(job.Path)+fallbackSuffix+extension(contentType)))
		}
		return nil
	}
	if r.Status != http.StatusOK && !page.IsErrorPage() {
		w.diags.AddOf(job.Path, page.Source, "a build page is a file, served with 200: "+page.Terms.MakeFresh+", or set no status",
			"%s sets the status %d, but it is a build page", r.Status)
	}
	w.addHeaders(job, r.Header)
	return w.placeStatic(job, r.Header.Get("Content-Type"))
}

// placeStatic gives a build page's file its name and override. An HTML page
// answers at its name without .html; another is a file of its own name, unless
// a directory has that name already.
func (w *writer) placeStatic(job *site.Job, contentType string) error {
	key, file := w.pagePath(job.Path), outputPath(job.Path)+".html"
	switch {
	case key == file && contentType != htmlType:
		w.overrides[file] = output.Override{ContentType: contentType}
		return nil
	case contentType == htmlType:
		if key != file && job.Path != "/" {
			w.overrides[file] = output.Override{Path: &key}
		}
		return nil
	}
	if _, err := os.Lstat(w.static(key)); err == nil {
		w.overrides[file] = output.Override{Path: &key, ContentType: contentType}
		return nil
	}
	if output.ContentType(key) != contentType {
		w.overrides[key] = output.Override{ContentType: contentType}
	}
	return moveFile(job, w.static(key))
}

func moveFile(job *site.Job, to string) error {
	if err := os.Rename(job.File, to); err != nil {
		return err
	}
	job.File = to
	return nil
}

// asset is the public file that answers at a route, or nil.
func (w *writer) asset(route string) *site.Asset {
	for i := range w.site.Assets {
		if w.site.Assets[i].Route() == route {
			return &w.site.Assets[i]
		}
	}
	return nil
}

// size is what the rendered paths of a page take.
func (w *writer) size(p *site.Page) Size {
	var s Size
	for _, i := range w.byPage[p] {
		if r := w.responses[i]; r != nil {
			s.Paths++
			s.Bytes += r.Size
		}
	}
	return s
}
