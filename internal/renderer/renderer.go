// Package renderer loads and renders the pages of a site while it is built. It
// does so in processes of their own, so that whatever a page does, the build goes
// on and knows which page it was. Their programs may be of any language and speak
// the protocol in engine/protocol.go. Why it is done so:
// docs/decisions/0006-every-rendering-in-a-process.md.
package renderer

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// Language is what only the front end of a language knows.
type Language interface {
	// Command is the command that starts the pages' program in a site.WorkDir, or in
	// the project if dir is "", with its arguments, directory, environment and outputs.
	Command(dir string) *exec.Cmd
	// Describe turns what a page says of itself, its engine.Result.Loaded, into a
	// page of the model. It returns nil when that is wrong, and adds why.
	Describe(page int, loaded json.RawMessage, diags *diag.List) *site.Page
	// Place is the position of a frame, if it is in the user's own code.
	Place(f engine.Frame) (diag.Pos, bool)
	// Blame says what failed, and where that is when no frame is the user's.
	Blame(t Task, f *engine.Failure) (what string, at diag.Pos)
	// Ended says what is wrong with a task during which its process ended.
	Ended(t Task, e *ExitError) diag.Diagnostic
	// NotStarted says what is wrong when the process does not start.
	NotStarted(ctx context.Context, e *ExitError) diag.Diagnostic
}

// Task is a page to load, or a path of it to render.
type Task struct {
	Index int        // of the page in Options.Pages
	Path  string     // its route when it is to be loaded
	At    diag.Pos   // where the page is
	Page  *site.Page // nil when it is to be loaded
	file  string
}

// Verb is what is done: "load" or "render".
func (t Task) Verb() string {
	if t.Page == nil {
		return "load"
	}
	return "render"
}

// of marks what is said of a path of a page that may have others.
func (t Task) of(d diag.Diagnostic) diag.Diagnostic {
	if t.Page != nil {
		d.Path = t.Path
	}
	return d
}

func (t Task) job(id int) engine.Job {
	job := engine.Job{ID: id, Page: t.Index, Path: t.Path, File: t.file}
	if escaped := site.EscapePath(t.Path); t.Page != nil && escaped != t.Path {
		job.Escaped = escaped
	}
	return job
}

// ExitError is the end of a process.
type ExitError struct {
	Cmd     *exec.Cmd     // with its ProcessState
	Invalid bool          // it wrote something that is not a message, and was killed
	Late    time.Duration // the time limit that it was killed for exceeding, else 0
	Large   int64         // the memory limit, in bytes, that it was killed for exceeding, else 0
}

// Error implements error.
func (e *ExitError) Error() string { return "the pages' process: " + e.Cmd.ProcessState.String() }

// Options say what to load.
type Options struct {
	Language  Language
	Pages     []Task // with Path and At
	Processes int    // that share the work
	Limits    Limits
	SiteFile  string         // for the pages, as engine.SiteFile; "" for none
	Ask       syscall.Signal // the signal at which a program that hangs says where
	Log       io.Writer      // says which pages are waited for
	Started   *Started       // is the first process in the project; nil for none
}

// Renderer is the pages of a language, loaded. Close it.
type Renderer struct {
	pool   *pool
	loaded []json.RawMessage // by page; nil for one that could not be
	pages  []*site.Page
	index  map[*site.Page]int
}

// Load loads pages with their settings. What is wrong with them goes to diags;
// the Renderer has those that are right.
func Load(ctx context.Context, o Options, diags *diag.List) (*Renderer, error) {
	r := newRenderer(o)
	if err := o.Limits.check(); err != nil {
		r.Close()
		return nil, err
	}
	err := r.do(ctx, r.pool, o.Pages, diags, func(i int, result *engine.Result) {
		if result != nil {
			r.loaded[i] = result.Loaded
		}
	})
	if err != nil {
		r.Close()
		return nil, err
	}
	r.describe(diags)
	return r, nil
}

// Again is r for another build, o, in which the pages would say the same of themselves:
// they are not asked again. r may be closed.
func (r *Renderer) Again(o Options, diags *diag.List) *Renderer {
	again := newRenderer(o)
	again.loaded = r.loaded
	again.describe(diags)
	return again
}

func newRenderer(o Options) *Renderer {
	for i := range o.Pages {
		o.Pages[i].Index = i
	}
	return &Renderer{pool: newPool(o), loaded: make([]json.RawMessage, len(o.Pages)), index: map[*site.Page]int{}}
}

// describe makes pages of what was loaded.
func (r *Renderer) describe(diags *diag.List) {
	for i, data := range r.loaded {
		if data == nil {
			continue
		}
		if page := r.pool.Language.Describe(i, data, diags); page != nil {
			r.pages = append(r.pages, page)
			r.index[page] = i
		}
	}
}

// Pages are the pages, with what they say of themselves.
func (r *Renderer) Pages() []*site.Page { return r.pages }

// Place is the position of a frame of a failure, if it is in the user's own code.
func (r *Renderer) Place(f engine.Frame) (diag.Pos, bool) { return r.pool.Language.Place(f) }

// Close kills the processes.
func (r *Renderer) Close() { r.pool.close() }

// Render renders jobs in parallel and calls done for each, with its index in
// jobs and never twice at a time: with nil for one that failed, whose cause goes
// to diags. Then it closes r: what a build does next needs the memory.
func (r *Renderer) Render(ctx context.Context, jobs []site.Job, diags *diag.List, done func(i int, r *site.Response)) error {
	var dirs []*site.WorkDir // in the order of jobs
	places := map[*site.WorkDir][]int{}
	for i, job := range jobs {
		if places[job.In] == nil {
			dirs = append(dirs, job.In)
		}
		places[job.In] = append(places[job.In], i)
	}
	defer r.Close()
	var mu sync.Mutex
	oneByOne := func(i int, r *site.Response) {
		mu.Lock()
		defer mu.Unlock()
		done(i, r)
	}
	errs, found := make([]error, len(dirs)), make([]diag.List, len(dirs))
	var group sync.WaitGroup
	for i, dir := range dirs {
		group.Go(func() { errs[i] = r.renderIn(ctx, dir, jobs, places[dir], &found[i], oneByOne) })
	}
	group.Wait()
	*diags = append(*diags, slices.Concat(found...)...)
	return errors.Join(errs...)
}

// renderIn renders the jobs at some places in their list, all in one directory: in
// processes of their own, unless it is the project.
func (r *Renderer) renderIn(ctx context.Context, dir *site.WorkDir, jobs []site.Job, places []int, diags *diag.List, done func(i int, r *site.Response)) error {
	pool := r.pool
	if dir != nil {
		options := pool.Options
		options.Started = nil
		pool = newPool(options)
		pool.in = dir
		defer pool.close()
	}
	tasks := make([]Task, len(places))
	for i, place := range places {
		job := jobs[place]
		tasks[i] = Task{Index: r.index[job.Page], Path: job.Path, At: job.Page.Source, Page: job.Page, file: job.File}
	}
	return r.do(ctx, pool, tasks, diags, func(i int, result *engine.Result) {
		if result == nil {
			done(places[i], nil)
			return
		}
		done(places[i], response(result))
	})
}

// html are the headers that most pages have. Nobody changes them.
var html = http.Header{"Content-Type": {engine.HTMLType}}

func response(r *engine.Result) *site.Response {
	header := r.Header
	switch hasBody := r.Status != http.StatusNoContent && r.Status != http.StatusNotModified; {
	case !hasBody || len(header["Content-Type"]) > 0:
	case len(header) == 0:
		header = html
	default:
		header["Content-Type"] = html["Content-Type"]
	}
	return &site.Response{Status: r.Status, Header: header, Size: r.Size}
}

// do runs tasks in a pool and calls done for each, with nil for one that failed.
func (r *Renderer) do(ctx context.Context, pool *pool, tasks []Task, diags *diag.List, done func(i int, result *engine.Result)) error {
	err := pool.run(ctx, tasks, func(i int, o outcome) error {
		switch {
		case o == outcome{}:
		case o.end != nil:
			*diags = append(*diags, tasks[i].of(r.ended(tasks[i], o.end)))
		case o.result.Failure == nil:
			done(i, o.result)
			return nil
		case o.result.Failure.In == engine.InWrite:
			return errors.New(o.result.Failure.Message)
		default:
			*diags = append(*diags, tasks[i].of(r.failed(tasks[i], o.result.Failure, pool.in)))
		}
		done(i, nil)
		return nil
	})
	var end *ExitError
	if errors.As(err, &end) {
		d := r.pool.Language.NotStarted(ctx, end)
		if pool.in != nil {
			d.Fix += "\n" + inFunction
		}
		*diags = append(*diags, d)
		return ctx.Err()
	}
	return err
}

// ended says what is wrong with a task during which its process ended.
func (r *Renderer) ended(t Task, e *ExitError) diag.Diagnostic {
	switch {
	case e.Late > 0:
		return diag.Diagnostic{Pos: t.At, Message: fmt.Sprintf("%s did not %s within %v", t.Path, t.Verb(), e.Late), Fix: MoreTime(e.Late)}
	case e.Large > 0:
		return diag.Diagnostic{Pos: t.At, Message: fmt.Sprintf("%s takes more than %d MB of memory to %s", t.Path, e.Large/1e6, t.Verb()),
			Fix: fmt.Sprintf("let it take less, or give it more: --memory %dMB", 2*e.Large/1e6)}
	}
	return r.pool.Language.Ended(t, e)
}

// inFunction says why a program does not start for rendering ahead that has started
// before.
const inFunction = "it starts in the project, but not with the files of its function alone: what it reads then is to be in includeFiles of vercel.json"

// maxStack is how many calls of a stack are worth printing.
const maxStack = 8

// failed reports a failure at the line of the user's own code that it comes from.
func (r *Renderer) failed(t Task, f *engine.Failure, in *site.WorkDir) diag.Diagnostic {
	what, at := r.pool.Language.Blame(t, f)
	fix := []string{f.Fix}
	if f.Missing != "" && in != nil {
		fix = []string{in.Missing(t.Page, f.Missing)}
	} else if f.Fix == "" && t.Page != nil && t.Page.Kind == site.Regenerated {
		fix = []string{"a regenerated page is rendered ahead: if it cannot be, set " + t.Page.SettingName("NoFallback")}
	}
	var stack []string
	for _, frame := range f.Frames {
		if pos, ok := r.pool.Language.Place(frame); ok {
			if len(stack) == 0 {
				at = pos
			}
			stack = append(stack, strings.TrimSpace(pos.String()+" "+frame.Func[strings.LastIndexByte(frame.Func, '/')+1:]))
		}
	}
	if len(stack) > maxStack {
		stack = append(stack[:maxStack], "…")
	}
	if len(stack) > 1 {
		fix = append(fix, "called from "+strings.Join(stack[1:], "\n            "))
	}
	message := f.Message
	if in != nil { // which is gone when this is read
		message = strings.ReplaceAll(message, in.Dir+string(filepath.Separator), "")
	}
	parts := []string{what, f.Type, message}
	notEmpty := func(s string) bool { return s == "" }
	return diag.Diagnostic{
		Pos:     at,
		Message: strings.Join(slices.DeleteFunc(parts, notEmpty), ": "),
		Fix:     strings.Join(slices.DeleteFunc(fix, notEmpty), "\n"),
	}
}
