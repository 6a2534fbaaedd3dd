package golang

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
)

// described is what a page says of itself, in the words of a table: its place,
// and what the program told of its Config and Paths.
type described struct {
	place   string
	handler handlerShape
	config  *engine.Config // nil: there is no Config
	paths   []string       // nil: there is no Paths
}

// describe has a page described as the renderer does. Its Config is in line 5 of
// its file, Paths in line 7, and Render in line 9.
func (d described) describe(t *testing.T, diags *diag.List) *site.Page {
	t.Helper()
	p := &page{Place: d.place, Handler: d.handler}
	var ok bool
	if p.route, ok = site.ParseRoute(d.place, diag.Pos{}, diags); !ok {
		t.Fatal(diags)
	}
	file := candidate{place: d.place}.dir() + "/page.go"
	p.Source = diag.Pos{File: file, Line: 9, Col: 6}
	info := engine.PageInfo{Config: engine.Config{Kind: engine.Build}, Paths: d.paths}
	if d.config != nil {
		info.Config, p.ConfigAt = *d.config, diag.Pos{File: file, Line: 5, Col: 6}
	}
	if d.paths != nil {
		p.PathsAt = diag.Pos{File: file, Line: 7, Col: 6}
	}
	data, err := json.Marshal(info)
	if err != nil {
		t.Fatal(err)
	}
	return (&language{pageSet: &pageSet{exports: exports{Pages: []*page{p}}}}).Describe(0, data, diags)
}

// TestSettings has what Config and Paths return, and what is said of it: in the
// words of a Go page.
func TestSettings(t *testing.T) {
	regenerated := func(c engine.Config) *engine.Config {
		c.Kind = engine.Regenerated
		if c.Every == 0 {
			c.Every = time.Minute
		}
		return &c
	}
	const (
		nilFix = `
    return jargo.Build{}, jargo.Fresh{…} or jargo.Regenerated{…}, and not a pointer to one`
		newerFix = `
    install a newer one: go install github.com/jargo-dev/jargo/cmd/jargo@latest`
		handlerFix = `
    return jargo.Fresh{…}, or write Data and Render instead of Handler`
	)
	for _, tt := range []struct {
		page described
		want string
	}{
		{described{place: "a"}, ""},
		{described{place: "a", config: &engine.Config{Kind: engine.Build}}, ""},
		{described{place: "a", config: &engine.Config{Kind: engine.Fresh, MaxDuration: time.Minute, Memory: 10240}}, ""},
		{described{place: "a", config: regenerated(engine.Config{Every: time.Second, Memory: 128})}, ""},
		{described{place: "a/x_", config: regenerated(engine.Config{}), paths: []string{"1", "2"}}, ""},
		{described{place: "a/x_", config: regenerated(engine.Config{})}, ""},
		{described{place: "a", handler: handlerFunc, config: &engine.Config{Kind: engine.Fresh}}, ""},

		// The kind.
		{described{place: "a", config: &engine.Config{}},
			`pages/a/page.go:5:6: Config of /a returns a nil value` + nilFix},
		{described{place: "a", config: &engine.Config{Unknown: []string{"jargo.Streamed"}}},
			`pages/a/page.go:5:6: Config of /a uses jargo.Streamed, which this version of jargo does not know` + newerFix},
		{described{place: "a", config: &engine.Config{Kind: engine.Fresh, Unknown: []string{"jargo.Fresh.Preload", "jargo.Fresh.Hints"}}},
			`pages/a/page.go:5:6: Config of /a uses jargo.Fresh.Preload, jargo.Fresh.Hints, which this version of jargo does not know` + newerFix},
		{described{place: "a", handler: handlerFunc, config: &engine.Config{Kind: engine.Build}},
			`pages/a/page.go:5:6: /a has a Handler, which is always fresh, but its Config says build` + handlerFix},
		{described{place: "a", handler: handlerFunc, config: regenerated(engine.Config{})},
			`pages/a/page.go:5:6: /a has a Handler, which is always fresh, but its Config says regenerated` + handlerFix},

		// The interval.
		{described{place: "a", config: regenerated(engine.Config{Every: time.Millisecond})},
			`pages/a/page.go:5:6: /a is regenerated every 1ms
    the shortest interval is a second: jargo.Regenerated{Every: time.Second}`},
		{described{place: "a", config: regenerated(engine.Config{Every: 2500 * time.Millisecond})},
			`pages/a/page.go:5:6: /a is regenerated every 2.5s, which is not whole seconds
    use whole seconds: jargo.Regenerated{Every: 2 * time.Second}`},
		{described{place: "a", config: regenerated(engine.Config{Every: 1500 * time.Millisecond})},
			`pages/a/page.go:5:6: /a is regenerated every 1.5s, which is not whole seconds
    use whole seconds: jargo.Regenerated{Every: time.Second}`},
		{described{place: "a", config: regenerated(engine.Config{Every: -time.Minute})},
			`pages/a/page.go:5:6: /a is regenerated every -1m0s
    the shortest interval is a second: jargo.Regenerated{Every: time.Second}`},
		{described{place: "a", config: &engine.Config{Kind: engine.Regenerated}},
			`pages/a/page.go:5:6: /a is regenerated every 0s
    the shortest interval is a second: jargo.Regenerated{Every: time.Second}`},

		// Kinds.
		{described{place: "500", config: regenerated(engine.Config{})},
			`pages/500/page.go:5:6: /500 is a regenerated page, but what has its status is a failure, which is never kept
    make the page jargo.Build or jargo.Fresh`},

		// Limits.
		{described{place: "a", config: &engine.Config{Kind: engine.Fresh, MaxDuration: 1500 * time.Millisecond, Memory: 64}},
			`pages/a/page.go:5:6: MaxDuration of /a is 1.5s
    use whole seconds, or leave MaxDuration out for the platform's default
pages/a/page.go:5:6: Memory of /a is 64 MB: it can be 128 to 10240
    leave Memory out for the platform's default`},
		{described{place: "a", config: regenerated(engine.Config{MaxDuration: -time.Second, Memory: 10241})},
			`pages/a/page.go:5:6: MaxDuration of /a is -1s
    use whole seconds, or leave MaxDuration out for the platform's default
pages/a/page.go:5:6: Memory of /a is 10241 MB: it can be 128 to 10240
    leave Memory out for the platform's default`},

		// Query parameters.
		{described{place: "a", config: regenerated(engine.Config{Query: []string{"q", "", "__jargo_path"}})},
			`pages/a/page.go:5:6: Query of /a has "", which cannot be a query parameter of a page
    remove it
pages/a/page.go:5:6: Query of /a has "__jargo_path", which cannot be a query parameter of a page
    remove it`},

		// Paths and parameters.
		{described{place: "blog", paths: []string{}},
			`pages/blog/page.go:7:6: /blog has Paths but no parameters for its values
    remove Paths, or end a directory's name in _ to make it a parameter`},
		{described{place: "blog/slug_"},
			`pages/blog/slug_/page.go:9:6: /blog/{slug} is a build page with parameters but has no Paths
    add func Paths() []string to list the values, or make the page jargo.Fresh or jargo.Regenerated`},
		{described{place: "blog/slug_", config: &engine.Config{Kind: engine.Fresh}, paths: []string{}},
			`pages/blog/slug_/page.go:7:6: /blog/{slug} has Paths, but a fresh page renders nothing ahead
    remove Paths, or make the page jargo.Build or jargo.Regenerated`},
		{described{place: "blog/slug_", config: regenerated(engine.Config{Query: []string{"q"}}), paths: []string{}},
			`pages/blog/slug_/page.go:7:6: /blog/{slug} has Paths, which are rendered ahead, but with NoFallback or Query nothing is
    remove Paths, or NoFallback and Query`},
		{described{place: "blog/slug_", config: regenerated(engine.Config{NoFallback: true}), paths: []string{"x"}},
			`pages/blog/slug_/page.go:7:6: /blog/{slug} has Paths, which are rendered ahead, but with NoFallback or Query nothing is
    remove Paths, or NoFallback and Query`},

		// The values of Paths.
		{described{place: "docs/path__", paths: []string{"a", "a/b/c", "/a"}},
			`pages/docs/path__/page.go:7:6: the value "/a" of Paths has an empty part: it starts or ends with a slash, or has two in a row
    each value fills the parameters of /docs/{path...}`},
		{described{place: "year_/slug_", paths: []string{
			"2026/ok", "2026", "", "a/b/c", "a//b", "2026/ok", "2026/what?", "2026/a#b", "2026/..", "2026/a..b", "2026/index", "2026/a.html",
		}},
			`pages/year_/slug_/page.go:7:6: Paths returns "2026/ok" twice
    return each value once
pages/year_/slug_/page.go:7:6: the value "" of Paths is empty
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026" of Paths has too few parts: /{year}/{slug} takes 2, joined by slashes
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026/.." of Paths is no path: its part ".." contains ".."
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026/a#b" of Paths is no path: its part "a#b" contains '#'
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026/a..b" of Paths is no path: its part "a..b" contains ".."
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026/a.html" of Paths is no path: its part "a.html" ends in .html, which URLs leave out
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026/index" of Paths is no path: its part "index" means the directory's own page
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "2026/what?" of Paths is no path: its part "what?" contains '?'
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "a//b" of Paths has an empty part: it starts or ends with a slash, or has two in a row
    each value fills the parameters of /{year}/{slug}
pages/year_/slug_/page.go:7:6: the value "a/b/c" of Paths has too many parts: /{year}/{slug} takes 2
    each value fills the parameters of /{year}/{slug}`},
	} {
		var diags diag.List
		if p := tt.page.describe(t, &diags); p != nil {
			site.New([]*site.Page{p}, nil, &diags)
		}
		wantDiags(t, diags, tt.want)
	}
}

// TestDescribe checks that what a page says of itself comes into the model.
func TestDescribe(t *testing.T) {
	var diags diag.List
	p := described{place: "a/x_", paths: []string{"1"}, config: &engine.Config{
		Kind: engine.Regenerated, Every: time.Hour, NoFallback: true, Query: []string{"q", "a", "q"},
		MaxDuration: time.Minute, Memory: 512, Regions: []string{"fra1", "iad1"},
	}}.describe(t, &diags)
	wantDiags(t, diags, "")
	if p.Route.String() != "/a/{x}" || p.Kind != site.Regenerated || p.Every != time.Hour || !p.NoFallback ||
		strings.Join(p.Query, " ") != "q a q" || p.MaxDuration != time.Minute || p.Memory != 512 ||
		strings.Join(p.Regions, " ") != "fra1 iad1" || strings.Join(p.Values, " ") != "1" {
		t.Errorf("got %+v", p)
	}
	if p.Source.Line != 9 || p.ConfigAt.Line != 5 || p.PathsAt.Line != 7 {
		t.Errorf("it is at %v, its Config at %v, Paths at %v", p.Source, p.ConfigAt, p.PathsAt)
	}

	// Without a Config, what is wrong with the settings is the page's matter.
	if p := (described{place: "a"}).describe(t, &diags); p.ConfigAt != p.Source || p.Kind != site.Build {
		t.Errorf("got %+v", p)
	}
	l := &language{pageSet: &pageSet{exports: exports{Pages: []*page{{Source: diag.Pos{File: "pages/page.go", Line: 9, Col: 6}}}}}}
	if p := l.Describe(0, json.RawMessage("{"), &diags); p != nil {
		t.Errorf("got %+v", p)
	}
	wantDiags(t, diags, "pages/page.go:9:6: internal error, please report: what / says of itself: unexpected end of JSON input")
}

// userSite is a language whose pages are in files: /a, and /b, which is in line
// 3 of its file.
func userSite(t *testing.T, log *bytes.Buffer) (*language, renderer.Task) {
	t.Helper()
	dir := writeSite(t, `
-- pages/a/page.go --
package a

func Render() string { return lib.Text() }
-- pages/b/page.go --
package b

func Render() string {
	panic("b")
}
-- lib/lib.go --
package lib

	var X = 1
`)
	at := diag.Pos{File: "pages/b/page.go", Line: 3, Col: 6}
	s := &pageSet{
		tool: goTool{dir: dir},
		exports: exports{Pages: []*page{
			{route: site.Route{{Name: "a"}}, Source: diag.Pos{File: "pages/a/page.go", Line: 3, Col: 6}},
			{
				route: site.Route{{Name: "b"}}, Source: at,
				ConfigAt: diag.Pos{File: "pages/b/page.go", Line: 10, Col: 6}, PathsAt: diag.Pos{File: "pages/b/page.go", Line: 11, Col: 6},
			},
		}},
		packages: map[string]userPackage{
			"example.com/site/pages/a": {Dir: filepath.Join(dir, "pages", "a")},
			"example.com/site/pages/b": {Dir: filepath.Join(dir, "pages", "b")},
			"example.com/site/lib":     {Dir: filepath.Join(dir, "lib")},
			"example.com/elsewhere":    {Dir: filepath.Join(filepath.Dir(dir), "elsewhere")},
		},
	}
	return &language{s, "", log}, renderer.Task{Index: 1, Path: "/b", At: at}
}

// TestPlace has the files of stacks, as a program compiled with -trimpath names
// them.
func TestPlace(t *testing.T) {
	l, _ := userSite(t, nil)
	for file, want := range map[string]string{
		"example.com/site/pages/b/page.go":             "pages/b/page.go:4:2",
		"example.com/site/lib/lib.go":                  "lib/lib.go:4",
		"example.com/site/lib/gone.go":                 "lib/gone.go:4",
		"example.com/elsewhere/file.go":                "../elsewhere/file.go:4",
		"runtime/panic.go":                             "",
		"example.com/site/pages/_jargo/engine/page.go": "",
	} {
		pos, ok := l.Place(engine.Frame{File: file, Line: 4})
		if got := pos.String(); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %v, want %q", file, got, ok, want)
		}
	}
}

func TestBlame(t *testing.T) {
	l, task := userSite(t, nil)
	for _, tt := range []struct {
		failure  engine.Failure
		what, at string
	}{
		{engine.Failure{In: "Render", Type: "panic"}, "/b", "pages/b/page.go:3:6"},
		{engine.Failure{In: "Render"}, "/b: returned the error", "pages/b/page.go:3:6"},
		{engine.Failure{In: engine.InConfig, Type: "panic"}, "Config of /b", "pages/b/page.go:10:6"},
		{engine.Failure{In: engine.InPaths}, "Paths of /b: returned the error", "pages/b/page.go:11:6"},
	} {
		if what, at := l.Blame(task, &tt.failure); what != tt.what || at.String() != tt.at {
			t.Errorf("%+v: %q at %v, want %q at %s", tt.failure, what, at, tt.what, tt.at)
		}
	}
}

// ended runs a program that prints this to standard error and ends with a
// status, as one of the language's.
func ended(t *testing.T, l *language, stderr, status string) *renderer.ExitError {
	t.Helper()
	cmd := exec.Command("sh", "-c", `cat >&2; exit `+status)
	cmd.Stdin = strings.NewReader(stderr)
	cmd.Stderr = &tail{out: l.log}
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return &renderer.ExitError{Cmd: cmd}
}

// stack is what the Go runtime prints of a panic in a goroutine of page /b.
const stack = `panic: in the background

goroutine 20 [running]:
example.com/site/pages/_jargo/engine.call()
	example.com/site/pages/_jargo/engine/page.go:20 +0x1
example.com/site/lib.Text()
	example.com/site/lib/lib.go:3 +0x2
example.com/site/pages/b.Render.func1()
	example.com/site/pages/b/page.go:4 +0x3

goroutine 1 [chan receive]:
example.com/site/pages/a.Render()
	example.com/site/pages/a/page.go:3 +0x4
`

// TestEnded has ends of the program while it renders a page.
func TestEnded(t *testing.T) {
	const fix = "\n    a page must not end the program: return an error instead"
	for _, tt := range []struct{ stderr, status, want string }{
		{"", "3", "pages/b/page.go:3:6: the program stopped while it rendered /b: exit status 3" + fix},
		{"", "0", "pages/b/page.go:3:6: the program stopped while it rendered /b: exit status 0" + fix},
		{"connecting\nno database\n\n", "1",
			"pages/b/page.go:3:6: the program stopped while it rendered /b: exit status 1, after it said: no database" + fix},
		{"panic: just a line of a log\n", "1",
			"pages/b/page.go:3:6: the program stopped while it rendered /b: exit status 1, after it said: panic: just a line of a log" + fix},
		{"before\n" + stack, "2", "lib/lib.go:3:2: the program stopped while it rendered /b: in the background" + fix},
		{"fatal error: all goroutines are asleep - deadlock!\n\ngoroutine 1 [select (no cases)]:\nmain.main()\n\texample.com/other/main.go:3 +0x1\n", "2",
			"pages/b/page.go:3:6: the program stopped while it rendered /b: all goroutines are asleep - deadlock!" + fix},
		{"", "$(kill -9 $$)", "pages/b/page.go:3:6: the program stopped while it rendered /b: signal: killed" + fix},
	} {
		var log bytes.Buffer
		l, task := userSite(t, &log)
		task.Page = new(site.Page) // it is rendered, not loaded
		if got := l.Ended(task, ended(t, l, tt.stderr, tt.status)).String(); got != tt.want {
			t.Errorf("%q, %s: got\n%s\nwant\n%s", tt.stderr, tt.status, got, tt.want)
		}
		if log.String() != tt.stderr {
			t.Errorf("the log is %q, want %q", &log, tt.stderr)
		}
	}
}

// TestNotStarted has programs that end, or wait, before their main function.
func TestNotStarted(t *testing.T) {
	const (
		fix         = "\n    a page must not end the program: return an error instead"
		initialised = "\n    packages are initialised when the program starts: correct it, or do it in Data, which can return an error"
		slower      = "\n    make it faster, or give it more time: --timeout 1m0s"
		asked       = "SIGQUIT: quit\nPC=0x1 m=0 sigcode=0\n\ngoroutine 1 [sleep]:\n"
	)
	for _, tt := range []struct {
		stderr string
		late   time.Duration
		want   string
	}{
		{"no luck\n", 0, "pages: the site's program stopped before it answered: exit status 2, after it said: no luck" + fix},
		{"panic: no such file [recovered]\n\tpanic: no such file\n\ngoroutine 1 [running]:\nos.Open(...)\n\tos/file.go:1\n" +
			"example.com/site/lib.Text()\n\texample.com/site/lib/lib.go:3 +0x2\nexample.com/site/pages/b.init()\n\texample.com/site/pages/b/page.go:4 +0x3\n" +
			"runtime.doInit1(0x1)\n\truntime/proc.go:1\n\ngoroutine 2 [running]:\nexample.com/site/pages/a.init()\n\texample.com/site/pages/a/page.go:3 +0x2\n", 0,
			"pages/b/page.go:4:2: a variable of the page /b panics: no such file [recovered]" + initialised + "\n    it panics at lib/lib.go:3:2"},
		{"panic: no luck\n\ngoroutine 1 [running]:\nexample.com/site/lib.init.0.func1(...)\n\texample.com/site/lib/lib.go:3\n" +
			"example.com/site/lib.init.0()\n\texample.com/site/lib/lib.go:3 +0x2\n", 0,
			"lib/lib.go:3:2: func init of package lib panics: no luck" + initialised},
		{stack, 0, "lib/lib.go:3:2: the site's program stopped before it answered: in the background" + fix},
		{"", 30 * time.Second, "pages: the site's program did not load within 30s" + slower},
		{asked + "time.Sleep(1)\n\truntime/time.go:1\nexample.com/site/lib.Load()\n\texample.com/site/lib/lib.go:3 +0x1\n" +
			"example.com/site/pages/a.init()\n\texample.com/site/pages/a/page.go:3 +0x2\n\ngoroutine 2 [running]:\n" +
			"example.com/site/pages/b.Render.func1()\n\texample.com/site/pages/b/page.go:4 +0x3\n",
			30 * time.Second, "lib/lib.go:3:2: /a did not load within 30s" + slower},
		{asked + "example.com/site/lib.init()\n\texample.com/site/lib/lib.go:3 +0x1\n",
			30 * time.Second, "lib/lib.go:3:2: the site's program did not load within 30s" + slower},
		{asked + "example.com/site/pages/_jargo/engine.Main()\n\nruntime.gopark()\n\ngoroutine 7 [select]:\nexample.com/site/lib.Dial()\n\texample.com/site/lib/lib.go:3 +0x1\n" +
			"example.com/site/pages/_jargo/engine.Site.open({0x1, 0x2})\n\texample.com/site/pages/_jargo/engine/open.go:9 +0x2\n",
			30 * time.Second, "lib/lib.go:3:2: Open did not return within 30s" + slower},
		{asked + "\ngoroutine 7 [select]:\nexample.com/site/pages/_jargo/engine.Site.open({0x1, 0x2})\n",
			30 * time.Second, "pages/open.go:5:6: Open did not return within 30s" + slower},
	} {
		var log bytes.Buffer
		l, _ := userSite(t, &log)
		l.Open = &export{At: diag.Pos{File: "pages/open.go", Line: 5, Col: 6}}
		end := ended(t, l, tt.stderr, "2")
		end.Late = tt.late
		if got := l.NotStarted(t.Context(), end).String(); got != tt.want {
			t.Errorf("%q: got\n%s\nwant\n%s", tt.stderr, got, tt.want)
		}
		if strings.Contains(log.String(), "SIGQUIT") {
			t.Errorf("what the program was asked for is printed: %s", &log)
		}
	}
}

// TestTail has more written than is kept.
func TestTail(t *testing.T) {
	var out bytes.Buffer
	w := &tail{out: &out}
	line := strings.Repeat("x", 1<<16-1) + "\n"
	for range 3 * maxTail / len(line) {
		w.Write([]byte(line))
	}
	w.Write([]byte(stack))
	if got := w.report(); got != stack {
		t.Errorf("the report is %q", got)
	}
	if len(w.text) > 2*maxTail {
		t.Errorf("%d bytes are kept", len(w.text))
	}
	if want := 3*maxTail + len(stack); out.Len() != want {
		t.Errorf("%d bytes are passed on, want %d", out.Len(), want)
	}
}

// TestCommand checks how the program of the pages is started: in the project, by
// the name that it was reached by.
func TestCommand(t *testing.T) {
	var log bytes.Buffer
	l, _ := userSite(t, &log)
	l.file = "/program"
	cmd := l.Command("")
	if cmd.Dir != l.tool.dir || cmd.Path != l.file || cmd.Env[len(cmd.Env)-1] != "PWD="+l.tool.dir || len(cmd.Env) < len(os.Environ()) {
		t.Errorf("got %+v", cmd)
	}
	if cmd := l.Command("/function"); cmd.Dir != "/function" || cmd.Env[len(cmd.Env)-1] != "PWD=/function" {
		t.Errorf("in the directory of a function: %+v", cmd)
	}
}
