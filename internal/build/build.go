// Package build is the pipeline: a project goes through the front ends into
// the site model, and comes out as an output directory.
package build

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
	"github.com/jargo-dev/jargo/internal/site"
)

// Options say what to build. Only Dir is required.
type Options struct {
	Dir  string // the project
	Out  string // the output directory; "" is .vercel/output in the project
	Arch string // of the function: amd64 (also "") or arm64

	// Native compiles the function for this machine, which need not be Linux:
	// the output can be served here but not deployed.
	Native bool

	// Log gets what the pages print while they are loaded and rendered.
	Log io.Writer
	// Progress is called as pages are rendered, from one goroutine.
	Progress func(done, total int)
}

// Report is what a build made.
type Report struct {
	Out    string // the output directory
	Site   *site.Site
	Sizes  map[*site.Page]Size
	Assets int64 // bytes of the public files
	Time   time.Duration
}

// Size is what a page's paths take in the output.
type Size struct {
	Paths int
	Bytes int64
}

// Build builds the project and replaces the output directory when all of it
// succeeded. Mistakes in the project come back together as a diag.List.
func Build(ctx context.Context, o Options) (*Report, error) {
	started := time.Now()
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	if err := checkReplaceable(o.Out); err != nil {
		return nil, err
	}
	parent := filepath.Dir(o.Out)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return nil, err
		}
		defer os.Remove(parent) // does nothing once an output is in it
	}
	stage, err := os.MkdirTemp(parent, "output-*.tmp")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(stage)
	report, err := o.buildInto(ctx, stage)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(stage, 0o755); err != nil {
		return nil, err
	}
	if err := swap(stage, o.Out); err != nil {
		return nil, fmt.Errorf("replace %s: %w", o.Out, err)
	}
	report.Out, report.Time = o.Out, time.Since(started)
	return report, nil
}

// Check finds every mistake that Build would report and writes nothing into
// the project.
func Check(ctx context.Context, o Options) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	stage, err := os.MkdirTemp("", "jargo-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	_, err = o.buildInto(ctx, stage)
	return err
}

// Pages loads the site without rendering it.
func Pages(ctx context.Context, o Options) (*site.Site, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	var diags diag.List
	l, err := load(ctx, o, &diags)
	if err != nil {
		return nil, err
	}
	defer l.close()
	return l.site, diags.Err()
}

// complete fills in the defaults and checks that there is a project.
func (o Options) complete() (Options, error) {
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, err
	}
	// The Go tool reports files by their real path.
	if o.Dir, err = filepath.EvalSymlinks(dir); err != nil {
		return o, fmt.Errorf("open the project: %w", err)
	}
	if o.Out == "" {
		o.Out = filepath.Join(o.Dir, ".vercel", "output")
	} else if o.Out, err = filepath.Abs(o.Out); err != nil {
		return o, err
	}
	if o.Arch == "" {
		o.Arch = "amd64"
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o, nil
}

// buildInto builds the whole output in the empty directory stage. It goes as
// far as it can, so that the mistakes of all steps are reported at once.
func (o Options) buildInto(ctx context.Context, stage string) (*Report, error) {
	var diags diag.List
	l, err := load(ctx, o, &diags)
	if err != nil {
		return nil, err
	}
	defer l.close()
	w := newWriter(stage, l.site, &diags)
	if err := w.copyAssets(); err != nil {
		return nil, err
	}
	if l.program != nil {
		if err := w.render(ctx, l.program, o.Progress); err != nil {
			return nil, err
		}
	}
	if err := diags.Err(); err != nil {
		return nil, err
	}
	if w.hasFunctions() {
		program := l.file
		if !o.Native {
			if program, err = l.source.Compile(ctx, o.Arch); err != nil {
				return nil, err
			}
		}
		if err := w.writeFunctions(program, o.Arch); err != nil {
			return nil, err
		}
	}
	if err := w.writeConfig(); err != nil {
		return nil, err
	}
	report := &Report{Site: l.site, Sizes: map[*site.Page]Size{}, Assets: w.assets}
	for _, p := range l.site.Pages {
		report.Sizes[p] = w.size(p)
	}
	return report, nil
}

// loaded is a project whose pages are known.
type loaded struct {
	site    *site.Site
	source  *golang.Source  // nil: no Go pages
	program *golang.Program // likewise
	file    string          // the program for this machine
}

// load finds the pages and public files of a project and what the pages say of
// themselves. Mistakes go to diags; the site has what is right.
func load(ctx context.Context, o Options, diags *diag.List) (*loaded, error) {
	if info, err := os.Stat(filepath.Join(o.Dir, "pages")); err != nil || !info.IsDir() {
		var none diag.List
		none.Add(diag.Pos{File: "pages"}, "a page is a Go package below it, such as pages/page.go: package pages; func Render() string { … }",
			"there is no such directory")
		return nil, none.Err()
	}
	assets, err := findAssets(filepath.Join(o.Dir, "public"), diags)
	if err != nil {
		return nil, err
	}
	l := &loaded{}
	if err := l.loadGo(ctx, o, diags); err != nil {
		l.close()
		return nil, err
	}
	var pages []*site.Page
	if l.program != nil {
		pages = l.program.Pages
	}
	if len(pages) == 0 && len(*diags) == 0 {
		diags.Add(diag.Pos{File: "pages"}, "export func Render or func Handler from a package below it",
			"there is no page in pages/")
	}
	l.site = site.New(pages, assets, diags)
	return l, nil
}

// loadGo loads the Go pages. An error that is a list of diagnostics joins the
// others.
func (l *loaded) loadGo(ctx context.Context, o Options, diags *diag.List) error {
	var err error
	if l.source, err = golang.Load(ctx, o.Dir, diags); err != nil || l.source == nil {
		return diags.Merge(err)
	}
	if l.file, err = l.source.Compile(ctx, ""); err != nil {
		return diags.Merge(err)
	}
	l.program, err = l.source.Run(ctx, l.file, o.Log, diags)
	return err
}

func (l *loaded) close() {
	if l.program != nil {
		l.program.Close()
	}
	if l.source != nil {
		l.source.Close()
	}
}
