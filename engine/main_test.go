package engine_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jargo-dev/jargo"
	"github.com/jargo-dev/jargo/engine"
)

// The test binary is a compiled site, too, when this variable is set.
const asSite = "ENGINE_TEST_SITE"

func TestMain(m *testing.M) {
	switch os.Getenv(asSite) {
	case "1":
		engine.Main(engine.Site{Open: openSite, Pages: sitePages()})
	case "own log":
		slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
		engine.Main(engine.Site{Open: openSite, Pages: sitePages()})
	case "own prefix":
		log.SetFlags(log.Lmsgprefix)
		log.SetPrefix("site: ")
		engine.Main(engine.Site{Open: openSite, Pages: sitePages()})
	case "bench":
		engine.Main(engine.Site{Pages: benchPages()})
	}
	os.Exit(m.Run())
}

// openSite does what this variable says.
func openSite(ctx context.Context) (io.Closer, error) {
	switch how := os.Getenv("ENGINE_TEST_OPEN"); how {
	case "":
		return nil, nil
	case "error":
		return (*os.File)(nil), errors.New("no database") // as functions that return a pointer do
	case "panic":
		panicInPage()
	case "wait":
		fmt.Println("waiting")
		<-ctx.Done()
		return nil, ctx.Err()
	case "nil":
		return (*os.File)(nil), nil
	default:
		return opened(how), nil
	}
	panic("unreachable")
}

// opened is what Open returns: Close says so, and returns an error or panics.
type opened string

func (c opened) Close() error {
	fmt.Println("closed")
	if c == "close panics" {
		panic("too late")
	}
	return errors.New("disk full")
}

// sitePages is the site of the tests that need a process.
func sitePages() []engine.Page {
	posts := page("/posts/{slug}", engine.Build, func(r *http.Request) (string, error) {
		switch slug := r.PathValue("slug"); slug {
		case "error":
			return "", errors.New("no such post")
		case "missing":
			return "", jargo.NotFound
		case "panic":
			panicInPage()
		case "exit":
			log.SetOutput(io.Discard)
			log.Fatal("exit")
		case "goexit":
			runtime.Goexit()
		case "hang":
			select {}
		case "big":
			return strings.Repeat("x", 500_000), nil
		}
		return seen(r)
	})
	posts.Paths = func() ([]string, error) { return []string{"hello", "h é"}, nil }
	badPaths := text("/bad/{slug}", engine.Build, "")
	badPaths.Paths = func() ([]string, error) { return nil, errors.New("no paths") }
	badConfig := text("/config", engine.Build, "")
	badConfig.Config = func() engine.Config { panic("no config") }
	live := page("/live/{slug}", engine.Regenerated, func(r *http.Request) (string, error) {
		switch r.PathValue("slug") {
		case "missing":
			return "", jargo.NotFound
		case "moved":
			return "", jargo.Redirect("/live/hello", 308)
		case "error":
			return "", errors.New("no such thing")
		case "file":
			_, err := os.ReadFile("content/none.txt")
			return "", fmt.Errorf("post: %w", err)
		case "file-panic":
			_, err := os.ReadDir("content/none")
			panic(err)
		}
		return seen(r)
	})
	live.Config = func() engine.Config {
		return engine.Config{Kind: engine.Regenerated, Every: time.Minute, Query: []string{"q"}}
	}
	info := engine.Page{Pattern: "/info", Name: "info", Render: func(w *engine.Response, r *http.Request) error {
		w.Info(0, http.Header{"content-type": {"text/plain"}, "X-A": {"1", "2"}})
		fmt.Println("the page's own output" + os.Getenv(engine.BuildDir)) // it is not told of the build
		return w.String("info")
	}}
	empty := engine.Page{Pattern: "/empty", Name: "empty", Render: func(w *engine.Response, r *http.Request) error {
		w.Info(204, nil)
		return w.String("nothing")
	}}
	return append([]engine.Page{
		page("/404", engine.Build, func(*http.Request) (string, error) { return "not here", nil }),
		badConfig, empty, info, badPaths, live, posts,
	}, functionPages()...)
}

func panicInPage(list ...int) { list[5] = 1 }

// process is a running site.
type process struct {
	t      testing.TB
	cmd    *exec.Cmd
	stdout io.Reader
	stderr lockedBuffer
	exited chan int // its status
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs the test binary, or a copy of it, as a site.
func start(t testing.TB, program string, env ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: exec.Command(program), exited: make(chan int, 1)}
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); !strings.HasPrefix(name, "VERCEL_") && name != "PORT" {
			p.cmd.Env = append(p.cmd.Env, v)
		}
	}
	p.cmd.Env = append(append(p.cmd.Env, asSite+"=1", "GORACE=atexit_sleep_ms=0"), env...)
	stdout, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.stdout, p.cmd.Stdout, p.cmd.Stderr = stdout, w, &p.stderr
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	ended := make(chan struct{})
	go func() {
		p.cmd.Wait()
		p.exited <- p.cmd.ProcessState.ExitCode()
		close(ended)
	}()
	t.Cleanup(func() {
		p.cmd.Process.Kill()
		<-ended
		stdout.Close()
	})
	return p
}

func (p *process) wantExit(status int) {
	p.t.Helper()
	if got := receive(p.t, "exit", p.exited); got != status {
		p.t.Errorf("exit status %d, want %d; standard error:\n%s", got, status, p.stderr.String())
	}
}

// listenUnix makes a socket of that name in a directory with a short one.
func listenUnix(t testing.TB, name string) (net.Listener, string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, name)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l, path
}

// accept waits for the site to connect.
func accept(t *testing.T, l net.Listener) net.Conn {
	t.Helper()
	l.(*net.UnixListener).SetDeadline(time.Now().Add(patience))
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return conn
}

// firstLine reads a line of standard output.
func (p *process) firstLine() string {
	p.t.Helper()
	line := make(chan string, 1)
	go func() {
		s, _ := bufio.NewReader(p.stdout).ReadString('\n')
		line <- s
	}()
	return receive(p.t, "line on standard output", line)
}
