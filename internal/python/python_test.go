package python

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// project writes the files of a txtar archive to a new directory.
func project(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range txtar.Parse([]byte(archive)).Files {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(f.Name)), f.Data)
	}
	return dir
}

func writeFile(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// loadProject loads the pages in dir, whose cache is beside it, and puts them in
// order.
func loadProject(t *testing.T, dir string, log io.Writer) (*Pages, diag.List) {
	t.Helper()
	var diags diag.List
	p, err := Load(t.Context(), Options{Dir: dir, Cache: dir + ".cache", Log: log}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	if p == nil {
		return nil, diags
	}
	t.Cleanup(p.Close)
	site.New(p.Pages(), nil, &diags)
	return p, diags
}

// renderAll renders what is to be rendered ahead. The result of a path is its
// status, headers and body, "200 Content-Type: text/plain; body".
func renderAll(t *testing.T, p *Pages) (map[string]string, diag.List) {
	t.Helper()
	dir := t.TempDir()
	var jobs []site.Job
	for _, page := range p.Pages() {
		for _, path := range page.Paths {
			jobs = append(jobs, site.Job{Page: page, Path: path, File: filepath.Join(dir, fmt.Sprint(len(jobs)), "body")})
		}
	}
	var diags diag.List
	got := map[string]string{}
	called := make([]int, len(jobs))
	err := p.Render(t.Context(), jobs, &diags, func(i int, r *site.Response) {
		called[i]++
		if r == nil {
			return
		}
		body, err := os.ReadFile(jobs[i].File)
		if err != nil {
			t.Error(err)
		}
		if r.Size != int64(len(body)) {
			t.Errorf("%s: size %d, but %d bytes are written", jobs[i].Path, r.Size, len(body))
		}
		got[jobs[i].Path] = describe(r, string(body))
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range called {
		if n != 1 {
			t.Errorf("done was called %d times for %s", n, jobs[i].Path)
		}
	}
	return got, diags
}

func describe(r *site.Response, body string) string {
	text := fmt.Sprint(r.Status)
	for name, values := range r.Header {
		if value := strings.Join(values, "|"); name != "Content-Type" || value != "text/html; charset=utf-8" {
			text += " " + name + ": " + value
		}
	}
	return text + " " + body
}

// TestContract checks what Jar's pages may look like: the page, and what it
// becomes.
func TestContract(t *testing.T) {
	const each = `
def config(): return {"regenerate": {"every": 5}}
`
	cases := map[string]struct{ source, want string }{
		"tuple":               {`def render(): return "Hi", {}`, "200 Hi"},
		"list":                {`def render(): return ["Hi", {}]`, "200 Hi"},
		"body alone":          {`def render(): return "Hé"`, "200 Hé"},
		"bytes":               {`def render(): return b"Hi"`, "200 Hi"},
		"a kind of str":       {"class Markup(str): pass\ndef render(): return Markup('Hi')", "200 Hi"},
		"no body":             {`def render(): return None, {}`, "200 "},
		"no info":             {`def render(): return "Hi", None`, "200 Hi"},
		"lambda":              {`render = lambda: ("Hi", {})`, "200 Hi"},
		"lambda with data":    {"render = lambda d: (d, {})\ndata = lambda: 'Hi'", "200 Hi"},
		"data":                {"def render(data): return data['x'], {}\ndef data(): return {'x': 'Hi'}", "200 Hi"},
		"request is None":     {"def render(data): return str(data)\ndef data(request): return request", "200 None"},
		"default":             {"def render(data): return data\ndef data(request=7): return str(request)", "200 None"},
		"render with default": {"def render(data=7): return str(data)", "200 {}"},
		"render without data": {"def render(): return 'Hi'\ndef data(): return 5", "200 Hi"},
		"keyword only":        {"def render(*, x='Hi'): return x", "200 Hi"},
		"any arguments":       {"def render(*args): return str(len(args))", "200 0"},
		"callable object":     {"class R:\n  def __call__(self, data): return data\nrender = R()\ndata = lambda: 'Hi'", "200 Hi"},
		"bound method":        {"class R:\n  def go(self): return 'Hi'\nrender = R().go", "200 Hi"},
		"class":               {"class data(dict): pass\ndef render(data): return str(data)", "200 {}"},
		"partial":             {"from functools import partial\nrender = partial(lambda a, b: a + b, 'H', )\ndata = lambda: 'i'", "200 Hi"},
		"wrapped":             {"import functools\ndef w(f):\n  @functools.wraps(f)\n  def g(*a, **k): return f(*a, **k)\n  return g\n@w\ndef render(data): return data\ndata = lambda: 'Hi'", "200 Hi"},
		"cached":              {"import functools\n@functools.lru_cache\ndef data(request): return 'Hi'\ndef render(data): return data", "200 Hi"},
		"status and headers":  {`def render(): return "Hi", {"status_code": 404, "headers": {"content-type": "text/plain", "X": 1}}` + each, "404 Content-Type: text/plain X: 1 Hi"},
		"several values":      {`def render(): return "Hi", {"headers": {"Link": ["a", "b"]}}`, "200 Link: a|b Hi"},
		"length of the body":  {`def render(): return "Hi", {"headers": {"Content-Length": "9"}}`, "200 Hi"},
		"HTTPStatus":          {"from http import HTTPStatus\ndef render(): return '', {'status_code': HTTPStatus.GONE}" + each, "410 "},
		"no content":          {`def render(): return "Hi", {"status_code": 204}` + each, "204 "},
		"root is importable":  {"from lib.words import HI\ndef render(): return HI", "200 Hi"},
		"reads a file":        {`def render(): return open("lib/words.py").read()`, "200 HI = 'Hi'\n"},
		"knows its file":      {`def render(): return __file__[-len("pages/knows-its-file.py"):] + __name__`, "200 pages/knows-its-file.pypages.knows-its-file"},
		"dataclass":           {"from __future__ import annotations\nfrom dataclasses import dataclass\n@dataclass\nclass D:\n  x: str\ndef data(): return D('Hi')\ndef render(d): return d.x", "200 Hi"},
		"config says build":   {"def render(): return 'Hi'\ndef config(): return {}", "200 Hi"},
	}
	archive := "-- lib/words.py --\nHI = 'Hi'\n"
	for name, tt := range cases {
		archive += "-- pages/" + fileName(name) + ".py --\n" + tt.source + "\n"
	}
	p, diags := loadProject(t, project(t, archive), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil {
		t.Fatal(err)
	}
	for name, tt := range cases {
		// Headers come in any order.
		result := got["/"+fileName(name)]
		if !slices.Equal(sorted(strings.Fields(result)), sorted(strings.Fields(tt.want))) || !strings.HasSuffix(result, tt.want[strings.LastIndexByte(tt.want, ' '):]) {
			t.Errorf("%s: rendered %q, want %q", name, result, tt.want)
		}
	}
}

func fileName(name string) string { return strings.ReplaceAll(name, " ", "-") }

func sorted(s []string) []string {
	slices.Sort(s)
	return s
}

// TestKinds checks what config and paths mean to the model.
func TestKinds(t *testing.T) {
	dir := project(t, `
-- pages/index.py --
def render(): pass
-- pages/fresh.py --
def render(): pass
def config(): return {"fresh": {"max_duration": 10, "memory": 512, "regions": ["iad1"], "python": "3.12"}}
-- pages/flag.py --
def render(): pass
def config(): return {"fresh": True}
-- pages/regenerate.py --
def render(): return "r"
def config(): return {"regenerate": {"every": 5, "query": ["q", "a", "q"]}}
-- pages/off.py --
def render(): pass
config = lambda: {"regenerate": {"every": 5}, "fallback": False}
-- pages/blog/index.py --
def render(): pass
-- pages/blog/slug_.py --
def render(): pass
def paths(): return (s for s in "ab")
-- pages/shop/item_/index.py --
def render(): pass
def config(): return {"regenerate": {"every": 60}}
-- pages/docs/path__.py --
def render(): pass
def config(): return {"fresh": {}}
-- pages/feed.xml.py --
def render(): pass
-- pages/_private.py --
-- pages/_parts/x.py --
-- pages/.hidden/x.py --
-- pages/__pycache__/x.py --
-- pages/not.txt --
`)
	p, diags := loadProject(t, dir, t.Output())
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, page := range p.Pages() {
		got = append(got, strings.TrimSpace(fmt.Sprintln(page.Route, page.Kind, page.Every, page.NoFallback, page.Query, page.Paths, page.MaxDuration, page.Memory, page.Regions, page.Runtime)))
	}
	slices.Sort(got)
	want := []string{
		"/ build 0s false [] [/] 0s 0 []",
		"/blog build 0s false [] [/blog] 0s 0 []",
		"/blog/{slug} build 0s false [] [/blog/a /blog/b] 0s 0 []",
		"/docs/{path...} fresh 0s false [] [] 0s 0 []",
		"/feed.xml build 0s false [] [/feed.xml] 0s 0 []",
		"/flag fresh 0s false [] [] 0s 0 []",
		"/fresh fresh 0s false [] [] 10s 512 [iad1] python3.12",
		"/off regenerated 5s true [] [] 0s 0 []",
		"/regenerate regenerated 5s false [a q] [] 0s 0 []",
		"/shop/{item} regenerated 1m0s false [] [] 0s 0 []",
	}
	if !slices.Equal(got, want) {
		t.Errorf("pages are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestParameters checks that a page with parameters gets a request at build
// time: with its path, and nothing of a visitor.
func TestParameters(t *testing.T) {
	p, diags := loadProject(t, project(t, `
-- pages/year_/slug_.py --
def paths(): return ["2026/crème brûlée & c++", "2027/b"]
def data(request):
    return request.method, request.path, dict(request.headers), request.body, request.params
def render(data): return repr(data)
-- pages/docs/path__.py --
def paths(): return ["a/b"]
def data(request): return request.params
def render(data): return repr(data)
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"/2026/crème brûlée & c++": `200 ('GET', '/2026/cr%C3%A8me%20br%C3%BBl%C3%A9e%20&%20c++', {}, '', {'year': '2026', 'slug': 'crème brûlée & c++'})`,
		"/2027/b":                  `200 ('GET', '/2027/b', {}, '', {'year': '2027', 'slug': 'b'})`,
		"/docs/a/b":                `200 {'path': 'a/b'}`,
	} {
		if got[path] != want {
			t.Errorf("%s: %s, want %s", path, got[path], want)
		}
	}
}

// TestNoPages checks that a project without Python pages needs no Python.
func TestNoPages(t *testing.T) {
	t.Setenv("PATH", "")
	var diags diag.List
	p, err := Load(context.Background(), Options{Dir: project(t, "-- pages/page.go --\n-- other.py --\n")}, &diags)
	if p != nil || err != nil || len(diags) > 0 {
		t.Errorf("got %v, %v, %v", p, err, diags)
	}
}

// TestNoFunctions has pages whose names mean something, but are no functions.
func TestNoFunctions(t *testing.T) {
	_, diags := loadProject(t, project(t, `
-- config.py --
-- pages/config.py --
config = {"fresh": {}}
def render(): return ""
-- pages/data.py --
data = [1]
def render(): return ""
-- pages/imports.py --
import config
paths = None
def render(): return ""
-- pages/slug_.py --
def render(): return ""
paths = ["a", "b"]
`), t.Output())
	const want = `pages/config.py:1:1: config of /config: it is a dict, not a function
    write def config(): return …, or give it another name
pages/data.py:1:1: data of /data: it is a list, not a function
    write def data(): return …, or give it another name
pages/slug_.py:2:1: paths of /{slug}: it is a list, not a function
    write def paths(): return …, or give it another name`
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestProjectPlace checks that places are found wherever the project is, and
// with every exception.
func TestProjectPlace(t *testing.T) {
	dir := filepath.Join(project(t, ""), "site-packages", "mine")
	writeFile(t, filepath.Join(dir, "pages", "a.py"), []byte("\n\nraise ValueError('no')\n"))
	writeFile(t, filepath.Join(dir, "pages", "b.py"), []byte("\nraise SyntaxError(5)\n"))
	writeFile(t, filepath.Join(dir, "pages", "c.py"), []byte("raise ModuleNotFoundError(name=5)\n"))
	writeFile(t, filepath.Join(dir, "lib", "site-packages", "d.py"), []byte("raise ValueError('no')\n"))
	writeFile(t, filepath.Join(dir, "pages", "d.py"), []byte("import sys\nsys.path.append('lib/site-packages')\nimport d\n"))
	_, diags := loadProject(t, dir, t.Output())
	const want = `pages/a.py:3:1: /a: ValueError: no
pages/b.py:2:1: /b: SyntaxError: 5
pages/c.py:1:1: /c: ModuleNotFoundError
pages/d.py:3:1: /d: ValueError: no`
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
