package host

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
	"golang.org/x/tools/txtar"
)

// puppetProgram is the path of testdata/puppet, compiled.
var puppetProgram string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "jargo-host-test-")
	if err != nil {
		panic(err)
	}
	puppetProgram = filepath.Join(dir, "puppet")
	if out, err := exec.Command("go", "build", "-o", puppetProgram, "./testdata/puppet").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build testdata/puppet: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// site is an output that is being served.
type site struct {
	*httptest.Server
	t      *testing.T
	host   *Deployment
	puppet *puppet
	clock  *clock
	log    *logBuffer
}

// newSite serves an output written as a txtar archive. Every function directory
// without a program gets the puppet; a file whose content is "-> target" is a
// symbolic link.
func newSite(t *testing.T, archive string, opts ...func(*Options)) *site {
	t.Helper()
	p := newPuppet(t)
	dir := writeSite(t, archive, p)
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	return serveSite(t, out, p, opts...)
}

func serveSite(t *testing.T, out *output.Output, p *puppet, opts ...func(*Options)) *site {
	t.Helper()
	s := &site{t: t, puppet: p, clock: &clock{now: time.Unix(1_800_000_000, 0)}, log: &logBuffer{}}
	o := Options{now: s.clock.Now, Log: slog.New(slog.NewTextHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, f := range opts {
		f(&o)
	}
	var err error
	if s.host, err = New(out, o); err != nil {
		t.Fatal(err)
	}
	s.Server = httptest.NewServer(s.host)
	s.Client().CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	s.Client().Transport.(*http.Transport).DisableCompression = true
	t.Cleanup(s.stop)
	return s
}

func (s *site) stop() {
	s.puppet.stop()
	s.Server.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	s.host.Close(ctx)
	if s.t.Failed() {
		s.t.Log(s.log.String())
	}
}

func writeSite(t *testing.T, archive string, p *puppet) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		text := strings.ReplaceAll(string(f.Data), "PUPPET", `"environment":{"PUPPET_URL":"`+p.URL+`"}`)
		if target, ok := strings.CutPrefix(text, "-> "); ok {
			err = os.Symlink(strings.TrimSpace(target), path)
		} else {
			err = os.WriteFile(path, []byte(text), 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
		if program := filepath.Join(filepath.Dir(path), "puppet"); filepath.Base(path) == ".vc-config.json" && strings.Contains(text, "PUPPET_URL") {
			if err := os.Symlink(puppetProgram, program); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

// reply is a response whose body has been read.
type reply struct {
	*http.Response
	body string
}

// do sends a request; headers are "name: value".
func (s *site) do(method, path, body string, headers ...string) reply {
	s.t.Helper()
	resp, err := s.Client().Do(s.request(method, path, body, headers...))
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	return reply{resp, string(data)}
}

func (s *site) request(method, path, body string, headers ...string) *http.Request {
	s.t.Helper()
	var r io.Reader
	if body != "" {
		r = strings.NewReader(body)
	}
	req, err := http.NewRequest(method, s.URL, r)
	if err != nil {
		s.t.Fatal(err)
	}
	// The path goes out as it is written here.
	path, query, _ := strings.Cut(path, "?")
	req.URL.Opaque = path
	if strings.HasPrefix(path, "//") { // where a host would be looked for
		req.URL.Opaque = "//" + req.URL.Host + path
	}
	req.URL.RawQuery = query
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if strings.EqualFold(name, "host") {
			req.Host = value
		}
		req.Header.Add(name, value)
	}
	return req
}

func (s *site) get(path string, headers ...string) reply {
	s.t.Helper()
	return s.do("GET", path, "", headers...)
}

// want fails the test when a response is not as described: status, then
// "name: value" of headers ("name:" for one that must be missing), then
// the body unless it is "*".
func (s *site) want(a reply, status int, body string, headers ...string) {
	s.t.Helper()
	if a.StatusCode != status {
		s.t.Errorf("%s %s: status %d, want %d; body %q", a.Request.Method, a.Request.URL, a.StatusCode, status, a.body)
	}
	if body != "*" && a.body != body {
		s.t.Errorf("%s %s: body %q, want %q", a.Request.Method, a.Request.URL, a.body, body)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ":")
		if got := strings.Join(a.Header.Values(name), ", "); got != strings.TrimSpace(value) {
			s.t.Errorf("%s %s: header %s is %q, want %q", a.Request.Method, a.Request.URL, name, got, strings.TrimSpace(value))
		}
	}
}

// puppet is the test's side of the program testdata/puppet.
type puppet struct {
	*httptest.Server
	mu     sync.Mutex
	handle http.HandlerFunc
	begin  func() string // how the next process begins: the X-Puppet header
	starts int
	done   chan struct{} // closed when the test is over
	once   sync.Once
}

func newPuppet(t *testing.T) *puppet {
	p := &puppet{done: make(chan struct{})}
	p.handle = func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%s %s", r.Method, r.URL.RequestURI()) }
	p.Server = httptest.NewServer(p)
	t.Cleanup(func() { p.stop(); p.Server.Close() })
	return p
}

// stop releases handlers that wait for the end of the test.
func (p *puppet) stop() { p.once.Do(func() { close(p.done) }) }

func (p *puppet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	handle := p.handle
	if r.URL.Path == "/puppet-start" {
		p.starts++
		if p.begin != nil {
			w.Header().Set("X-Puppet", p.begin())
		}
		p.mu.Unlock()
		return
	}
	p.mu.Unlock()
	handle(w, r)
}

// on sets what the function does from now on.
func (p *puppet) on(handle http.HandlerFunc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handle = handle
}

// onStart sets how processes begin from now on.
func (p *puppet) onStart(begin func() string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.begin = begin
}

// started is how many processes have been started.
func (p *puppet) started() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.starts
}

// clock is a clock that only the test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// logBuffer is a log that tests can await and read.
type logBuffer struct {
	mu    sync.Mutex
	buf   bytes.Buffer
	wrote chan struct{}
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.wrote != nil {
		close(l.wrote)
		l.wrote = nil
	}
	return l.buf.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// await waits until the log has text in it.
func (l *logBuffer) await(t *testing.T, text string) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		l.mu.Lock()
		if strings.Contains(l.buf.String(), text) {
			l.mu.Unlock()
			return
		}
		if l.wrote == nil {
			l.wrote = make(chan struct{})
		}
		wrote := l.wrote
		l.mu.Unlock()
		select {
		case <-wrote:
		case <-late:
			t.Fatalf("the log never says %q:\n%s", text, l.String())
		}
	}
}

// await waits for something that must happen.
func await[T any](t *testing.T, what string, ch <-chan T) T {
	t.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(20 * time.Second):
		t.Fatalf("%s does not happen", what)
		panic("unreachable")
	}
}
