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
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/scratch"
	"github.com/jargo-dev/jargo/internal/site"
)

// Options say what to build. Only Dir is required.
type Options struct {
	Dir  string // the project
	Out  string // the output directory; "" is .vercel/output in the project
	Arch string // of the function: amd64 (also "") or arm64

	// Python is the version that functions of Python pages run on: 3.12, 3.13
	// (also "") or 3.14.
	Python string

	// Dev builds the site to be developed: each of its pages is rendered at each request.
	// The output is for this machine alone, and knows where the project is. Out is needed
	// then, and is a directory outside of the project.
	Dev bool

	// Session makes the builds of a process quick that builds the project again and again,
	// to be developed. It is of no use to one that builds it once.
	Session *Session

	// Changed are the files that have changed since the last build of the session, relative to
	// the project; nil if that is not known.
	Changed []string

	// Native compiles the function for this machine, which need not be Linux:
	// the output can be served here but not deployed.
	Native bool

	// Program has the site made one program with its host, too; nil does not.
	Program *Program

	Limits Limits // of what a page may take while it is loaded or rendered

	// Links makes broken links mistakes, and those that are broken by their
	// fragment alone. Else they are warnings, and fragments are not looked at.
	Links bool

	// Sources is golang.Options.Sources.
	Sources func(paths []string)
	// Log gets what the pages print while they are loaded and rendered.
	Log io.Writer
	// Progress is called as pages are rendered, one call at a time.
	Progress func(done, total int)
}

// Limits are what a page may take each time that it is loaded or rendered.
type Limits = renderer.Limits

// Report is what a build made.
type Report struct {
	Out    string // the output directory
	Site   *site.Site
	Sizes  map[*site.Page]Size
	Assets int64 // bytes of the public files
	Time   time.Duration

	// Program is the file of Options.Program, "" if there is none. Drivers are those that
	// it links: driver/redis.
	Program string
	Drivers []string

	// Place is the position of a frame of an engine.Failure, if it is in the project's
	// code.
	Place func(engine.Frame) (diag.Pos, bool)

	// Python is the interpreter that the Python pages were loaded by; "" if there are none.
	// While PythonState is the same, a process of it is as one that was started before.
	Python, PythonState string

	// Steps are what it took to make the program of Go pages.
	Steps []golang.Step

	// Warnings are what may be a mistake and does no harm to the output, sorted:
	// links to what the site does not have.
	Warnings diag.List
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
	if err := checkReplaceable(o.Dir, o.Out); err != nil {
		return nil, err
	}
	if o.Program != nil {
		if err := o.Program.check(); err != nil {
			return nil, err
		}
	}
	parent := filepath.Dir(o.Out)
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(parent, 0o755); err != nil {
			return nil, err
		}
		defer os.Remove(parent) // does nothing once an output is in it
	}
	var report *Report
	err = inScratch(parent, func(stage string) error {
		if report, err = o.buildInto(ctx, stage); err != nil {
			return err
		}
		if err := keepBuilds(stage, o.Out); err != nil {
			return err
		}
		if err := checkWritten(o.Dir, o.Out); err != nil { // meanwhile
			return err
		}
		if err := swap(stage, o.Out); err != nil {
			return fmt.Errorf("replace %s: %w", o.Out, err)
		}
		o.Session.moved(stage, o.Out)
		return nil
	})
	if err != nil {
		return nil, err
	}
	report.Out, report.Time = o.Out, time.Since(started)
	return report, nil
}

// inScratch calls do with an empty directory below parent, which
// the next build removes if this one is killed.
func inScratch(parent string, do func(stage string) error) error {
	dir, err := scratch.New(parent, output.KeepWritten)
	if err != nil {
		return err
	}
	defer dir.Remove() // left behind where it cannot be removed
	stage := filepath.Join(dir.Path, "output")
	if err := os.Mkdir(stage, 0o755); err != nil {
		return err
	}
	return do(stage)
}

// Check finds every mistake that Build would report, and its warnings, and writes
// nothing into the project.
func Check(ctx context.Context, o Options) (warnings diag.List, err error) {
	if o, err = o.complete(); err != nil {
		return nil, err
	}
	err = inScratch(os.TempDir(), func(stage string) error {
		report, err := o.buildInto(ctx, stage)
		if err == nil {
			warnings = report.Warnings
		}
		return err
	})
	return warnings, err
}

// Pages loads the site without rendering it.
func Pages(ctx context.Context, o Options) (*site.Site, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	var diags diag.List
	l, err := load(ctx, o, false, &diags)
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
	if o.Out == "" && o.Dev {
		return o, errors.New("a site that is being developed is not built into the project: Out is needed")
	} else if o.Out == "" {
		o.Out = filepath.Join(o.Dir, ".vercel", "output")
	} else if o.Out, err = filepath.Abs(o.Out); err != nil {
		return o, err
	}
	if real, err := filepath.EvalSymlinks(o.Out); err == nil {
		o.Out = real // a link to the output stays one
	}
	for _, dir := range []string{o.Dir, o.Out} {
		if !utf8.ValidString(dir) {
			return o, fmt.Errorf("the name of the directory %q is not UTF-8: choose another, for the Go tool takes no such name", dir)
		}
	}
	o.Native = o.Native || o.Dev
	if o.Arch == "" {
		o.Arch = "amd64"
	}
	if o.Session == nil {
		o.Session = new(Session)
	}
	o.Log = renderer.SharedLog(o.Log)
	if o.Progress == nil {
		o.Progress = func(int, int) {}
	}
	return o, nil
}

// buildInto builds the whole output in the empty directory stage. It goes as
// far as it can, so that the mistakes of all steps are reported at once.
func (o Options) buildInto(ctx context.Context, stage string) (*Report, error) {
	var diags diag.List
	l, err := load(ctx, o, true, &diags)
	if err != nil {
		return nil, err
	}
	defer l.close()
	if l.cache == nil { // no pages
		return nil, diags.Err()
	}
	if err := l.describe().write(l.siteFile); err != nil {
		return nil, err
	}
	w := newWriter(stage, l, &diags)
	if w.token, err = l.bypassToken(&diags); err != nil {
		return nil, err
	}
	if err := w.copyAssets(); err != nil {
		return nil, err
	}
	allKnown := len(diags) == 0 // else a link may lead to a page that could not be loaded
	if err := w.setWorkDirs(); err != nil {
		return nil, err
	}
	if err := w.render(ctx, o.Progress); err != nil {
		return nil, err
	}
	if err := w.reportWritten(); err != nil {
		return nil, err
	}
	warnings := slices.Clone(l.warnings)
	if allKnown {
		broken := &warnings
		if o.Links {
			broken = &diags
		}
		if err := w.checkLinks(o.Links, broken); err != nil {
			return nil, err
		}
	}
	if err := diags.Err(); err != nil {
		return nil, err
	}
	if err := w.writeOutput(ctx, o); err != nil {
		return nil, err
	}
	o.Session.copies = w.copies
	report := &Report{Site: l.site, Sizes: map[*site.Page]Size{}, Assets: w.assets, Place: l.place(), Python: l.python, PythonState: l.pythonState, Steps: l.steps, Warnings: warnings.Sorted()}
	for _, p := range l.site.Pages {
		report.Sizes[p] = w.size(p)
	}
	if o.Program != nil {
		made, err := o.Program.write(ctx, l, stage)
		if err != nil {
			return nil, err
		}
		if made {
			report.Program = o.Program.File
		}
		if pages := l.goPages(); pages != nil {
			report.Drivers = pages.Drivers()
		}
	}
	return report, nil
}

// writeOutput writes what an output has besides static files, once all is rendered and
// nothing is wrong.
func (w *writer) writeOutput(ctx context.Context, o Options) error {
	asked, err := askedAssets(w.siteFile)
	if err != nil {
		return err
	}
	if err := w.writeFunctions(ctx, o.Arch, o.Native); err != nil {
		return err
	}
	if err := w.linkHashed(asked); err != nil {
		return err
	}
	if err := w.writeConfig(); err != nil {
		return err
	}
	if o.Dev { // what is developed is neither kept nor deployed
		return w.diags.Err()
	}
	if err := w.writeRecord(); err != nil {
		return err
	}
	if err := w.checkUploads(); err != nil {
		return err
	}
	return w.diags.Err()
}
