package renderer_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
)

// TestMain keeps what the builds cache apart from the user's own, except for
// the Go tool's part of it. Started by the renderer, the test is a site itself.
func TestMain(m *testing.M) {
	if os.Getenv(engine.BuildDir) != "" {
		engine.Main(engine.Site{})
	}
	os.Exit(func() int {
		goCache, err := exec.Command("go", "env", "GOCACHE").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "go env GOCACHE: %v\n", err)
			return 1
		}
		dir, err := os.MkdirTemp("", "renderer-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		os.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
		os.Setenv("XDG_CACHE_HOME", dir)
		return m.Run()
	}())
}

// frontEnd is a front end that has its pages rendered by a renderer.
type frontEnd interface {
	Pages() []*site.Page
	Render(ctx context.Context, jobs []site.Job, diags *diag.List, done func(i int, r *site.Response)) error
	Close()
	SetPatience(d time.Duration)
}

// inEach runs a test for each language.
func inEach(t *testing.T, test func(t *testing.T, l language)) {
	for name, l := range languages {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // mostly, it is waited
			test(t, l)
		})
	}
}

// newSite writes a site with pages that do this, and 20 good ones.
func (l language) newSite(t *testing.T, pages ...string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte("module example.com/site\n\ngo 1.26.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, does := range pages {
		l.newPage(t, dir, does, does)
	}
	for i := range 20 {
		l.newPage(t, dir, fmt.Sprint("good", i), "good")
	}
	return dir
}

// newPage writes a page. One that lists paths gets a parameter.
func (l language) newPage(t *testing.T, dir, name, does string) {
	t.Helper()
	source, ok := l.pages[does]
	if !ok {
		t.Fatalf("there is no page that %s", does)
	}
	if strings.Contains(strings.ToLower(source), "paths()") {
		name += "_"
	}
	if strings.HasSuffix(l.file, ".go") {
		source = "package page" + source
	}
	file := filepath.Join(dir, filepath.FromSlash(fmt.Sprintf(l.file, name)))
	err := os.MkdirAll(filepath.Dir(file), 0o755)
	if err == nil {
		err = os.WriteFile(file, []byte(source+"\n"), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// build loads and renders a site as the build does.
func (l language) build(ctx context.Context, t *testing.T, dir string, limits renderer.Limits, log io.Writer, loaded func(frontEnd)) (rendered []string, diags diag.List, err error) {
	t.Helper()
	f, err := l.load(ctx, dir, limits, io.MultiWriter(log, t.Output()), &diags)
	if err != nil {
		return nil, diags, err
	}
	defer f.Close()
	loaded(f)
	out := t.TempDir()
	var jobs []site.Job
	for _, p := range site.New(f.Pages(), nil, &diags).Pages {
		for _, path := range p.Paths {
			jobs = append(jobs, site.Job{Page: p, Path: path, File: filepath.Join(out, path)})
		}
	}
	called := map[int]bool{}
	err = f.Render(ctx, jobs, &diags, func(i int, r *site.Response) {
		if called[i] {
			t.Errorf("%s is done twice", jobs[i].Path)
		}
		called[i] = true
		if r == nil {
			return
		}
		if data, err := os.ReadFile(jobs[i].File); err != nil || string(data) != "good" || r.Size != 4 || r.Status != 200 || r.Header.Get("Content-Type") != engine.HTMLType {
			t.Errorf("%s is %q, %v: %+v", jobs[i].Path, data, err, r)
		}
		rendered = append(rendered, jobs[i].Path)
	})
	if err == nil && len(called) != len(jobs) {
		t.Errorf("%d of %d jobs are done", len(called), len(jobs))
	}
	return rendered, diags, err
}

// wantMistakes builds a site with pages that do this: what is wrong with each is
// reported, and the good ones are rendered.
func (l language) wantMistakes(t *testing.T, limits renderer.Limits, pages ...string) {
	t.Helper()
	rendered, diags, err := l.build(t.Context(), t, l.newSite(t, pages...), limits, io.Discard, func(frontEnd) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(rendered) != 20 {
		t.Errorf("%d pages are rendered, want the 20 good ones: %v", len(rendered), rendered)
	}
	var want []string
	for _, does := range pages {
		if l.want[does] == "" {
			t.Fatalf("it is not known what is wrong with a page that %s", does)
		}
		want = append(want, l.want[does])
	}
	slices.Sort(want)
	if got := diags.Err(); got == nil || got.Error() != strings.Join(want, "\n") {
		t.Errorf("got\n%v\nwant\n%s", got, strings.Join(want, "\n"))
	}
}

// await is a writer that closes seen when it has been written a line.
type await struct {
	line string
	all  []byte
	seen chan struct{}
}

func newAwait(line string) *await { return &await{line: line + "\n", seen: make(chan struct{})} }

func (w *await) Write(b []byte) (int, error) {
	before := bytes.Contains(w.all, []byte(w.line))
	w.all = append(w.all, b...)
	if !before && bytes.Contains(w.all, []byte(w.line)) {
		close(w.seen)
	}
	return len(b), nil
}

func TestEndings(t *testing.T) {
	inEach(t, func(t *testing.T, l language) {
		l.wantMistakes(t, renderer.Limits{}, "panics", "exits", "exits_early")
	})
}

// TestTooSlow has pages that never come to an end.
func TestTooSlow(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it waits for pages")
	}
	inEach(t, func(t *testing.T, l language) {
		l.wantMistakes(t, renderer.Limits{Time: time.Second}, "panics", "exits", "hangs", "hangs_early")
	})
}

// TestTooLarge has pages that take more and more memory, by themselves or in
// what they start.
func TestTooLarge(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it fills memory")
	}
	inEach(t, func(t *testing.T, l language) {
		l.wantMistakes(t, renderer.Limits{Memory: 120e6}, "panics", "allocates", "allocates_early", "allocates_elsewhere")
	})
}

// TestLargeTogether has pages that are too large only when they share a process.
func TestLargeTogether(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it fills memory")
	}
	inEach(t, func(t *testing.T, l language) {
		dir := l.newSite(t, "holds")
		for i := range 3 {
			l.newPage(t, dir, fmt.Sprint("holds", i), "holds")
		}
		rendered, diags, err := l.build(t.Context(), t, dir, renderer.Limits{Memory: 85e6}, io.Discard, func(frontEnd) {})
		if err != nil || len(diags) > 0 || len(rendered) != 24 {
			t.Errorf("%d pages are rendered: %v, %v", len(rendered), diags, err)
		}
	})
}

// TestTooLargeAtOnce gives pages less memory than their program needs.
func TestTooLargeAtOnce(t *testing.T) {
	inEach(t, func(t *testing.T, l language) {
		_, _, err := l.build(t.Context(), t, l.newSite(t), renderer.Limits{Memory: 1000}, io.Discard, func(frontEnd) {})
		if err == nil || !regexp.MustCompile(`^--memory: the pages' process takes \d+ MB before it does anything$`).MatchString(err.Error()) {
			t.Errorf("got %v", err)
		}
	})
}

// TestTooSlowOften has a page of many paths that never come to an end. Not all
// of them are waited for.
func TestTooSlowOften(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it waits for pages")
	}
	inEach(t, func(t *testing.T, l language) {
		rendered, diags, err := l.build(t.Context(), t, l.newSite(t, "hangs_often"), renderer.Limits{Time: time.Second}, io.Discard, func(frontEnd) {})
		if err != nil || len(rendered) != 20 {
			t.Errorf("%d pages are rendered: %v", len(rendered), err)
		}
		if len(diags) == 0 || len(diags) > runtime.GOMAXPROCS(0) {
			t.Errorf("%d paths are reported", len(diags))
		}
		for _, d := range diags {
			if _, what, _ := strings.Cut(d.Message, " "); what != "did not render within 1s" {
				t.Errorf("got %v", d)
			}
		}
	})
}

// TestChildren has pages that leave programs running, which end with the build
// or with their page.
func TestChildren(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it waits for pages")
	}
	inEach(t, func(t *testing.T, l language) {
		for _, pages := range [][]string{{"starts"}, {"starts_and_hangs"}} {
			log := &bytes.Buffer{}
			_, diags, err := l.build(t.Context(), t, l.newSite(t, pages...), renderer.Limits{Time: time.Second}, log, func(frontEnd) {})
			if want := l.want[pages[0]]; err != nil || diags.Error() != want {
				t.Errorf("got %v, %v; want %s", diags, err, want)
			}
			children := regexp.MustCompile(`(?m)^child (\d+)$`).FindAllStringSubmatch(log.String(), -1)
			if len(children) != 1 {
				t.Fatalf("the log is %q", log)
			}
			awaitEnd(t, children[0][1])
		}
	})
}

// awaitEnd waits until the process of that ID has ended, which need not have
// been waited for by who is its parent now.
func awaitEnd(t *testing.T, pid string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); ; {
		state, err := exec.Command("ps", "-o", "stat=", "-p", pid).Output()
		if err != nil || strings.HasPrefix(string(state), "Z") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("process %s is still there", pid)
		}
		time.Sleep(10 * time.Millisecond) // each look is a process of its own
	}
}

// TestStopped has a page that never returns: it is named while it is waited for,
// and when the build is stopped.
func TestStopped(t *testing.T) {
	inEach(t, func(t *testing.T, l language) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		log := newAwait("jargo: still waiting for /hangs")
		go func() {
			<-log.seen
			cancel()
		}()
		_, diags, err := l.build(ctx, t, l.newSite(t, "hangs"), renderer.Limits{}, log, func(f frontEnd) { f.SetPatience(time.Millisecond) })
		if !errors.Is(err, context.Canceled) || err.Error() != "stopped while rendering /hangs" || len(diags) > 0 {
			t.Errorf("got %v, %v", err, diags)
		}
	})
}
