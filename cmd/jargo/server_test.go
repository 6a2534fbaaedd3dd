package main

import (
	"bufio"
	"bytes"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/cli"
)

// asJargo makes the test binary behave as jargo: for the tests that need the
// process itself.
const asJargo = "JARGO_TEST_AS_JARGO"

func init() {
	if os.Getenv(asJargo) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
}

// jargoCommand is a command line of jargo, with a cache of its own.
func jargoCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asJargo+"=1", "XDG_CACHE_HOME="+t.TempDir(), "GOCACHE="+goCache(t))
	return cmd
}

// server is a running jargo serve.
type server struct {
	t      *testing.T
	url    string
	cmd    *exec.Cmd
	stderr *bytes.Buffer
	exited chan error
}

// startServe runs jargo serve on a project and waits for its one line.
func startServe(t *testing.T, dir string, flags ...string) *server {
	t.Helper()
	return startServer(t, serveCommand(t, dir, flags...))
}

// serveCommand is the command line of jargo serve on a port of its choice.
func serveCommand(t *testing.T, dir string, flags ...string) *exec.Cmd {
	t.Helper()
	return jargoCommand(t, append([]string{"serve", "--addr", "127.0.0.1:0", dir}, flags...)...)
}

// startServer starts a jargo serve and waits for its one line.
func startServer(t *testing.T, cmd *exec.Cmd) *server {
	t.Helper()
	s := &server{t: t, cmd: cmd, stderr: &bytes.Buffer{}, exited: make(chan error, 1)}
	if cmd.Stderr == nil {
		cmd.Stderr = s.stderr
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	go func() { s.exited <- s.cmd.Wait() }()
	if err != nil {
		<-s.exited
		t.Fatalf("jargo serve did not start:\n%s", s.stderr)
	}
	t.Cleanup(s.stop)
	var ok bool
	if s.url, ok = strings.CutPrefix(strings.TrimSpace(line), "Listening on "); !ok {
		t.Fatalf("jargo serve printed %q", line)
	}
	return s
}

// stop sends SIGTERM, waits for the end and checks that it was a good one.
func (s *server) stop() {
	if s.cmd.ProcessState != nil {
		return
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := <-s.exited; err != nil {
		s.t.Errorf("jargo serve ended with %v:\n%s", err, s.stderr)
	}
}

// answer is what came back for a request.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) cache() string { return a.header.Get("X-Vercel-Cache") }

func (s *server) get(path string) answer {
	s.t.Helper()
	return s.do(http.MethodGet, path, "")
}

// do sends one request and follows no redirect.
func (s *server) do(method, path, body string) answer {
	s.t.Helper()
	return s.exchange(method, path, body)
}

// send sends a request with headers, pairs of name and value. The name Host is the
// host that is asked for.
func (s *server) send(method, path string, header ...string) answer {
	s.t.Helper()
	return s.exchange(method, path, "", header...)
}

func (s *server) exchange(method, path, body string, header ...string) answer {
	s.t.Helper()
	r, err := http.NewRequest(method, s.url+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	r.Host = r.Header.Get("Host")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
	if strings.Contains(string(data), bypassToken) {
		s.t.Errorf("%s shows the token: %s", path, data)
	}
	return answer{resp.StatusCode, resp.Header, string(data)}
}

func goCache(t *testing.T) string {
	t.Helper()
	dir, err := findGoCache()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

var findGoCache = sync.OnceValues(func() (string, error) {
	out, err := exec.Command("go", "env", "GOCACHE").Output()
	return strings.TrimSpace(string(out)), err
})

// testSite writes a site from testdata, with a go.mod that uses the checkout.
func testSite(t *testing.T, archive string) string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", archive))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	files, err := txtar.FS(a)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeGoMod(dir, root); err != nil {
		t.Fatal(err)
	}
	return dir
}

// builtSite is a site of testdata that several tests serve: the first builds it.
type builtSite struct {
	name string
	as   string   // what VERSION in it stands for; "" for itself
	env  []string // of the build

	once   sync.Once
	output string
}

var gate = &builtSite{name: "gate"}

func startGate(t *testing.T) *server { return gate.serve(t) }

// serve serves a copy of what the site becomes.
func (b *builtSite) serve(t *testing.T, flags ...string) *server {
	t.Helper()
	return startServe(t, b.copy(t), append(flags, "--prebuilt")...)
}

// copy returns a project with nothing but a copy of what the site becomes.
func (b *builtSite) copy(t *testing.T) (dir string) {
	t.Helper()
	b.once.Do(func() {
		output := filepath.Join(fixtures, b.name+b.as)
		site := testSite(t, b.name+".txtar")
		if b.as != "" {
			replaceVersion(t, site, b.as)
		}
		cmd := jargoCommand(t, "build", "--out", output, site)
		cmd.Env = append(cmd.Env, b.env...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v\n%s", err, out)
			return
		}
		b.output = output
	})
	if b.output == "" {
		t.Fatalf("the site %s has not been built", b.name)
	}
	dir = t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, ".vercel", "output"), os.DirFS(b.output)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// replaceVersion replaces the word VERSION in the files of a site.
func replaceVersion(t *testing.T, site, version string) {
	t.Helper()
	err := filepath.WalkDir(site, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		return os.WriteFile(file, bytes.ReplaceAll(text, []byte("VERSION"), []byte(version)), 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
