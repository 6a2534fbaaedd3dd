// Package browser_test builds the example sites, serves the outputs and looks at
// them in Chromium, as a visitor does.
package browser_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/jargo-dev/jargo/internal/cli"
)

// asJargo makes the test binary behave as jargo.
const asJargo = "JARGO_TEST_AS_JARGO"

// TestMain runs the tests with one browser for all, whose start is most of the time
// that they take. The builds have a cache of their own, but for the Go tool's.
func TestMain(m *testing.M) {
	if os.Getenv(asJargo) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "browser-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		goCache, err := exec.Command("go", "env", "GOCACHE").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "go env GOCACHE: %v\n", err)
			return 1
		}
		os.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
		os.Setenv("XDG_CACHE_HOME", dir)
		os.Setenv("TMPDIR", dir) // where Chromium leaves files behind
		// Chromium's own sandbox does not start as root. It sees our pages alone.
		flags := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox)
		allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
		defer stop()
		browser, _ = chromedp.NewContext(allocator)
		defer chromedp.Cancel(browser) // waits for its end
		return m.Run()
	}())
}

var browser context.Context

var startBrowser = sync.OnceValue(func() error { return chromedp.Do(browser) })

// needBrowser skips the test where no browser is installed, and fails it in CI.
func needBrowser(t *testing.T) {
	t.Helper()
	err := startBrowser()
	switch {
	case err == nil:
	case errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "":
		t.Skipf("Chromium is not installed: %v", err)
	default:
		t.Fatal(err)
	}
}

// site is an example that is being served.
type site struct {
	t   *testing.T
	url string
}

// serve builds an example and serves the output, with these variables in its
// environment.
func serve(t *testing.T, example string, env ...string) site {
	t.Helper()
	dir := t.TempDir()
	jargo(t, env, "build", filepath.Join("..", "examples", example), "--out", filepath.Join(dir, ".vercel", "output"))
	return start(t, command(env, "serve", "--prebuilt", "--addr", "127.0.0.1:0", dir))
}

// serveProgram makes an example one program and starts that, as serve does.
func serveProgram(t *testing.T, example string, env ...string) site {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, example)
	jargo(t, env, "build", filepath.Join("..", "examples", example), "--out", filepath.Join(dir, "output"), "--binary", program)
	cmd := exec.Command(program, "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), env...)
	return start(t, cmd)
}

// ways are how an example is served.
var ways = map[string]func(t *testing.T, example string, env ...string) site{"host": serve, "program": serveProgram}

// start starts a server and stops it at the end of the test.
func start(t *testing.T, cmd *exec.Cmd) site {
	t.Helper()
	what := strings.Join(cmd.Args[1:], " ")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, listening := strings.CutPrefix(strings.TrimSpace(line), "Listening on ")
	if err != nil || !listening {
		t.Fatalf("jargo %s: %q, %v, %v\n%s", what, line, err, cmd.Wait(), &stderr)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("jargo %s: %v", what, err)
		}
		if t.Failed() {
			t.Logf("jargo %s says\n%s", what, &stderr)
		}
	})
	return site{t, url}
}

// jargo runs a command of jargo to its end, which has to be a good one.
func jargo(t *testing.T, env []string, args ...string) {
	t.Helper()
	if out, err := command(env, args...).CombinedOutput(); err != nil {
		t.Fatalf("jargo %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func command(env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Env = append(append(os.Environ(), env...), asJargo+"=1")
	return cmd
}

// get asks for a path, without a browser.
func (s site) get(path string) (*http.Response, string) {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodGet, s.url+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return s.send(request)
}

// send sends a request, and follows no redirect.
func (s site) send(request *http.Request) (*http.Response, string) {
	s.t.Helper()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(body)
}

// visitor has a tab in a browser that has no cookies of others.
type visitor struct {
	t   *testing.T
	tab context.Context
}

// visit opens a page for a new visitor. What the browser complains of while the test
// runs fails the test: a script that ends in an error, a file that is missing or
// refused. That the page itself has an error's status is for the test to judge.
func (s site) visit(path string) visitor {
	s.t.Helper()
	tab, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	s.t.Cleanup(stop)
	v := visitor{s.t, tab}
	v.do()
	err := chromedp.Listen(tab, func(event any) {
		switch event := event.(type) {
		case *log.EventEntryAdded:
			// The script of a site in development asks until a server is there again.
			if event.Entry.URL != s.url+path && !strings.HasPrefix(event.Entry.URL, s.url+"/_jargo/events") {
				s.t.Errorf("the browser says: %s: %s", event.Entry.URL, event.Entry.Text)
			}
		case *runtime.EventExceptionThrown:
			s.t.Errorf("a script failed: %v", event.ExceptionDetails)
		}
	})
	if err != nil {
		s.t.Fatal(err)
	}
	v.do(chromedp.Navigate(s.url + path))
	return v
}

// do does things in the tab.
func (v visitor) do(steps ...chromedp.Action[chromedp.Void]) {
	v.t.Helper()
	if err := chromedp.Do(v.tab, steps...); err != nil {
		v.t.Fatal(err)
	}
}

// follow clicks on what leads to another page, waits for that and returns its status
// and URL.
func (v visitor) follow(selector chromedp.CSS) (status int64, url string) {
	v.t.Helper()
	response, err := chromedp.RunResponse(v.tab, chromedp.Click(selector))
	if err != nil {
		v.t.Fatal(err)
	}
	return response.Status, response.URL
}

// text is the text of an element, which is waited for.
func (v visitor) text(selector chromedp.CSS) string {
	v.t.Helper()
	return ask(v, chromedp.Text(selector))
}

// style is what a property of an element has come to.
func (v visitor) style(selector, property string) string {
	v.t.Helper()
	return evaluate[string](v, fmt.Sprintf("getComputedStyle(document.querySelector(%q)).getPropertyValue(%q)", selector, property))
}

// prefer sets the colour scheme of the visitor's system: light or dark.
func (v visitor) prefer(scheme string) {
	v.t.Helper()
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}
	v.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features})
		return err
	}))
}

// fits fails the test if pages have to be scrolled sideways on a small phone.
func (v visitor) fits(s site, paths ...string) {
	v.t.Helper()
	v.do(chromedp.EmulateViewport(320, 640))
	for _, path := range paths {
		v.do(chromedp.Navigate(s.url + path))
		if width := evaluate[int](v, "document.documentElement.scrollWidth"); width > 320 {
			v.t.Errorf("%s is %d pixels wide", path, width)
		}
	}
}

// evaluate is the value of an expression in the page.
func evaluate[T any](v visitor, expression string) T {
	v.t.Helper()
	return ask(v, chromedp.Evaluate[T](expression))
}

// ask is what an action in the tab returns.
func ask[T any](v visitor, action chromedp.Action[T]) T {
	v.t.Helper()
	value, err := chromedp.Run(v.tab, action)
	if err != nil {
		v.t.Fatal(err)
	}
	return value
}
