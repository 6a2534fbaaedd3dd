package engine_test

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// builder is the other side of the build protocol.
type builder struct {
	t       *testing.T
	conn    net.Conn
	in      *bufio.Reader
	hello   engine.Hello
	begun   string         // the file
	pages   map[string]int // index by pattern
	dir     string
	process *process
}

func startBuild(t *testing.T) *builder {
	t.Helper()
	l, dir := listenBuild(t)
	f := &builder{t: t, dir: t.TempDir(), begun: filepath.Join(dir, engine.BuildBegun), pages: map[string]int{}}
	f.process = start(t, os.Args[0], engine.BuildDir+"="+dir)
	f.conn = accept(t, l)
	f.in = bufio.NewReader(f.conn)
	f.read(&f.hello)
	for i, p := range sitePages() {
		f.pages[p.Pattern] = i
	}
	return f
}

// listenBuild makes what a build has ready for a process.
func listenBuild(t testing.TB) (net.Listener, string) {
	t.Helper()
	l, path := listenUnix(t, engine.BuildSocket)
	dir := filepath.Dir(path)
	if err := os.WriteFile(filepath.Join(dir, engine.BuildBegun), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return l, dir
}

func (f *builder) read(v any) {
	f.t.Helper()
	line, err := f.in.ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, v)
	}
	if err != nil {
		f.t.Fatalf("read %q: %v", line, err)
	}
}

// send asks for a path to be rendered: percent-encoded, as it is in a URL.
func (f *builder) send(id int, pattern, escaped, file string) {
	f.t.Helper()
	job := engine.Job{ID: id, Page: f.pages[pattern], Path: escaped, File: filepath.Join(f.dir, file)}
	if path, err := url.PathUnescape(escaped); err == nil && path != escaped {
		job.Path, job.Escaped = path, escaped
	}
	f.sendJob(job)
}

func (f *builder) sendJob(job engine.Job) {
	f.t.Helper()
	b, err := json.Marshal(job)
	if err == nil {
		_, err = f.conn.Write(append(b, '\n'))
	}
	if err != nil {
		f.t.Fatal(err)
	}
}

// render does one job and returns its result and the file, if there is one.
func (f *builder) render(pattern, path, file string) (engine.Result, string) {
	f.t.Helper()
	f.send(7, pattern, path, file)
	var r engine.Result
	f.read(&r)
	if r.ID != 7 {
		f.t.Errorf("result of job %d, want 7", r.ID)
	}
	body, err := os.ReadFile(filepath.Join(f.dir, file))
	if (err == nil) != (r.Failure == nil) {
		f.t.Errorf("%s: failure %+v, file error %v", path, r.Failure, err)
	}
	if int(r.Size) != len(body) {
		f.t.Errorf("%s: size %d, the file has %d", path, r.Size, len(body))
	}
	return r, string(body)
}

func TestLoadPages(t *testing.T) {
	f := startBuild(t)
	for i, want := range []struct {
		pattern string
		info    engine.PageInfo
		failure *engine.Failure
	}{
		{"/404", engine.PageInfo{Config: engine.Config{Kind: engine.Build}}, nil},
		{"/config", engine.PageInfo{}, &engine.Failure{In: engine.InConfig, Type: engine.Panic, Message: "no config"}},
		{"/info", engine.PageInfo{Config: engine.Config{Kind: engine.Build}}, nil},
		{"/bad/{slug}", engine.PageInfo{}, &engine.Failure{In: engine.InPaths, Message: "no paths"}},
		{"/live/{slug}", engine.PageInfo{Config: engine.Config{Kind: engine.Regenerated, Every: time.Minute, Query: []string{"q"}}}, nil},
		{"/posts/{slug}", engine.PageInfo{Config: engine.Config{Kind: engine.Build}, Paths: []string{"hello", "h é"}}, nil},
		{"/echo/{slug...}", engine.PageInfo{Config: engine.Config{Kind: engine.Fresh}}, nil},
	} {
		f.sendJob(engine.Job{ID: i + 1, Page: f.pages[want.pattern], Path: want.pattern})
		var got engine.Result
		f.read(&got)
		if got.Failure != nil {
			got.Failure.Frames = nil
		}
		var info engine.PageInfo
		if got.Failure == nil {
			if err := json.Unmarshal(got.Loaded, &info); err != nil {
				t.Errorf("%s: %v", want.pattern, err)
			}
		}
		if got.ID != i+1 || !reflect.DeepEqual(info, want.info) || !reflect.DeepEqual(got.Failure, want.failure) {
			t.Errorf("%s: %+v %+v, want %+v", want.pattern, info, got.Failure, want)
		}
	}
	f.conn.Close()
	f.process.wantExit(0)
}

func TestBuildPages(t *testing.T) {
	f := startBuild(t)
	const html = "" // HTMLType, which goes without saying
	for _, tt := range []struct {
		pattern, path, file string
		status              int
		contentType, body   string
	}{
		{"/posts/{slug}", "/posts/hello", "posts/hello.html", 200, html,
			`GET /posts/hello path=/posts/hello query= slug=hello pattern=/posts/{slug} host="" remote="" headers=0`},
		{"/posts/{slug}", "/posts/h%20%C3%A9", "posts/h é.html", 200, html,
			`GET /posts/h%20%C3%A9 path=/posts/h é query= slug=h é pattern=/posts/{slug} host="" remote="" headers=0`},
		{"/posts/{slug}", "/posts/a%252Fb", "deep/er/still/x", 200, html,
			`GET /posts/a%252Fb path=/posts/a%2Fb query= slug=a%2Fb pattern=/posts/{slug} host="" remote="" headers=0`},
		{"/posts/{slug}", "/posts/big", "big", 200, html, strings.Repeat("x", 500_000)},
		{"/info", "/info", "info", 200, "text/plain", "info"},
		{"/empty", "/empty", "empty", 204, "", ""},
		{"/404", "/404", "404.html", 404, html, "not here"},
		{"/live/{slug}", "/live/x", "live/x", 200, html,
			`GET /live/x path=/live/x query= slug=x pattern=/live/{slug} host="" remote="" headers=0`},
		{"/live/{slug}", "/live/missing", "live/missing", 404, html, "not here"},
		{"/live/{slug}", "/live/moved", "live/moved", 308, "text/plain; charset=utf-8", "Redirecting...\n"},
	} {
		r, body := f.render(tt.pattern, tt.path, tt.file)
		if r.Failure != nil || r.Status != tt.status || r.Header.Get("Content-Type") != tt.contentType || body != tt.body {
			t.Errorf("%s: %+v %+v, file %.200q; want status %d, type %q, %.200q", tt.path, r, r.Failure, body, tt.status, tt.contentType, tt.body)
		}
		if r.Header.Get("Content-Length") != "" {
			t.Errorf("%s: header %v", tt.path, r.Header)
		}
	}
	if r, _ := f.render("/live/{slug}", "/live/moved", "live/moved"); r.Header.Get("Location") != "/live/hello" {
		t.Errorf("redirect has header %v", r.Header)
	}
	info, err := os.Stat(filepath.Join(f.dir, "info"))
	if err != nil || info.Mode().Perm() != 0o644 {
		t.Errorf("file mode %v, %v", info.Mode(), err)
	}
	// A file that was there is replaced.
	if _, body := f.render("/info", "/info", "big"); body != "info" {
		t.Errorf("replaced file has %d bytes", len(body))
	}
	f.conn.Close()
	out, err := io.ReadAll(f.process.stdout)
	if err != nil || string(out) != "the page's own output\nthe page's own output\n" {
		t.Errorf("standard output %q, %v", out, err)
	}
	f.process.wantExit(0)
	if got := f.process.stderr.String(); got != "" {
		t.Errorf("standard error %q", got)
	}
}

func TestBuildFailures(t *testing.T) {
	f := startBuild(t)
	for _, tt := range []struct {
		pattern, path string
		want          engine.Failure
	}{
		{"/posts/{slug}", "/posts/error", engine.Failure{In: engine.InRender, Message: "no such post"}},
		{"/posts/{slug}", "/posts/missing", engine.Failure{In: engine.InRender, Message: "page not found"}},
		{"/posts/{slug}", "/posts/goexit", engine.Failure{In: engine.InRender, Message: "the page called runtime.Goexit"}},
		{"/posts/{slug}", "/posts/goexit", engine.Failure{In: engine.InRender, Message: "the page called runtime.Goexit"}},
		{"/posts/{slug}", "/posts/goexit", engine.Failure{In: engine.InRender, Message: "the page called runtime.Goexit"}},
		{"/posts/{slug}", "/posts", engine.Failure{In: engine.InRender, Message: `path "/posts" does not match "/posts/{slug}"`}},
		{"/posts/{slug}", "/posts/a/b", engine.Failure{In: engine.InRender, Message: `path "/posts/a/b" does not match "/posts/{slug}"`}},
		{"/live/{slug}", "/live/error", engine.Failure{In: engine.InRender, Message: "no such thing"}},
		{"/live/{slug}", "/live/file", engine.Failure{In: engine.InRender, Message: "post: open content/none.txt: no such file or directory", Missing: "content/none.txt"}},
	} {
		if r, _ := f.render(tt.pattern, tt.path, "x"); r.Failure == nil || !reflect.DeepEqual(*r.Failure, tt.want) {
			t.Errorf("%s: failure %+v, want %+v", tt.path, r.Failure, tt.want)
		}
	}

	r, _ := f.render("/posts/{slug}", "/posts/panic", "x")
	if r.Failure == nil || r.Failure.Type != engine.Panic || r.Failure.Message != "runtime error: index out of range [5] with length 0" || len(r.Failure.Frames) < 2 {
		t.Fatalf("panic: %+v", r.Failure)
	}
	if r, _ := f.render("/live/{slug}", "/live/file-panic", "x"); r.Failure == nil || r.Failure.Missing != "content/none" {
		t.Errorf("a panic for a missing file: %+v", r.Failure)
	}
	for i, want := range []string{"panicInPage", "sitePages.func1"} {
		frame := r.Failure.Frames[i]
		if !strings.HasSuffix(frame.Func, "engine_test."+want) || !strings.HasSuffix(frame.File, "/main_test.go") || frame.Line == 0 {
			t.Errorf("frame %d is %+v, want the call of %s", i, frame, want)
		}
	}
	last := r.Failure.Frames[len(r.Failure.Frames)-1]
	if strings.Contains(last.Func, "(*page)") || strings.HasPrefix(last.Func, "runtime.") {
		t.Errorf("the last frame is %+v, want the adapter's", last)
	}

	if err := os.WriteFile(filepath.Join(f.dir, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	f.send(1, "/info", "/info", "file/below")
	var written engine.Result
	if f.read(&written); written.Failure == nil || written.Failure.In != engine.InWrite {
		t.Errorf("write below a file: %+v", written.Failure)
	}
	f.pages["none"] = 99
	if r, _ := f.render("none", "/", "x"); r.Failure == nil {
		t.Error("a page that is not there was rendered")
	}
}

// Answers come in any order, each once.
func TestManyJobs(t *testing.T) {
	f := startBuild(t)
	go io.Copy(io.Discard, f.process.stdout)
	const n = 500
	for i := range n {
		f.send(i, "/info", "/info", "info")
	}
	answered := map[int]bool{}
	for range n {
		var r engine.Result
		f.read(&r)
		answered[r.ID] = true
	}
	if len(answered) != n {
		t.Errorf("%d jobs answered, want %d", len(answered), n)
	}
	f.conn.Close()
	f.process.wantExit(0)
}

// Pages that never return can be told from those that wait for their turn, and
// do not outlive the connection.
func TestPageHangs(t *testing.T) {
	f := startBuild(t)
	const n = 200
	for id := 1; id <= n; id++ {
		f.send(id, "/posts/{slug}", "/posts/hang", "x")
	}
	for begun := map[uint64]bool{}; len(begun) < f.hello.AtOnce; {
		data, err := os.ReadFile(f.begun)
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > 8*f.hello.AtOnce {
			t.Fatalf("%d bytes say what %d jobs have begun", len(data), f.hello.AtOnce)
		}
		for ; len(data) >= 8; data = data[8:] {
			switch id := binary.LittleEndian.Uint64(data); {
			case id > n:
				t.Fatalf("job %d has begun", id)
			case id > 0:
				begun[id] = true
			}
		}
	}
	f.conn.Close()
	f.process.wantExit(0)
}

// Results of quick pages are sent together, and yet do not wait for a page that never
// returns.
func TestResultsBesidePagesThatHang(t *testing.T) {
	f := startBuild(t)
	const quick = 20
	for id := 1; id <= quick; id++ {
		f.send(id, "/info", "/info", "info")
	}
	for id := quick + 1; id <= 2*quick; id++ {
		f.send(id, "/posts/{slug}", "/posts/hang", "x")
	}
	for range quick {
		var r engine.Result
		if f.read(&r); r.ID > quick {
			t.Errorf("job %d has a result", r.ID)
		}
	}
	f.conn.Close()
	f.process.wantExit(0)
}

// A page that ends the program leaves the front end with a closed socket.
func TestPageExits(t *testing.T) {
	f := startBuild(t)
	f.send(1, "/posts/{slug}", "/posts/exit", "x")
	if rest, err := io.ReadAll(f.in); err != nil || len(rest) > 0 {
		t.Errorf("read %q, %v; want the end", rest, err)
	}
	f.process.wantExit(1)
}

func TestBuildIsGone(t *testing.T) {
	p := start(t, os.Args[0], engine.BuildDir+"="+filepath.Join(t.TempDir(), "none"))
	p.wantExit(1)
	if got := p.stderr.String(); !strings.HasPrefix(got, "render pages: dial unix ") {
		t.Errorf("standard error %q", got)
	}
}
