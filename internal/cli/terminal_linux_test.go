package cli

import (
	"errors"
	"io"
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/host"
)

// colour is a sequence that tint writes, and time the time of a record.
var (
	colour   = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	timeOnly = regexp.MustCompile(`(?m)^\d\d:\d\d:\d\d `)
)

func TestLogOnTerminal(t *testing.T) {
	tty, shown := openTerminal(t, 80)
	handler := textLog(tty, map[string]string{"about": "pages/about/page.go", "blog/[slug]": "pages/blog/slug_/page.go"})
	log := slog.New(handler)
	request := func(method, path string, status int, took time.Duration, more ...any) {
		args := append([]any{"method", method, "path", path, "status", status, "duration", took, "bytes", 1234}, more...)
		log.Info(host.RequestMessage, append(args, "id", "iad1::17-1-ab")...)
	}
	request("GET", "/about", 200, 123456*time.Nanosecond, "cache", "HIT", "route", 3, "output", "about")
	request("POST", "/blog/a", 303, 1234567*time.Nanosecond, "cache", "MISS", "output", "blog/[slug]", "function", "/fresh")
	request("GET", "/about", 200, 7*time.Millisecond, "output", "about", "function", "/fresh", "start", 5800*time.Microsecond)
	request("GET", "/style.css", 200, 2*time.Second, "cache", "HIT", "output", "style.css")
	request("GET", "/other", 500, 250*time.Millisecond, "output", "api/other", "function", "/api/shared", "error", errors.New("ended\x1b[31m without"))
	function := log.With("function", "/fresh")
	function.Info("said\x1b[2J by a page", "stream", "stdout")
	function.Error("panic: boom", "stack", "main.f()\n\tmain.go:3", "id", "iad1::17-1-ab", "user", "ada\x07")
	function.Info(host.RequestMessage, "method", "its own")
	function.Info("a visitor\n12:00:00 INF GET /admin 200 1ms")
	// Of an output that was built elsewhere the pages are not known.
	log = slog.New(textLog(tty, nil))
	request("GET", "/about", 200, time.Millisecond, "output", "about", "function", "/fresh")
	log.With("function", "/api").Info("said by a foreign function", "stream", "stdout")
	tty.Close()
	got, _ := io.ReadAll(shown) // which ends with an error: the terminal is closed
	text := strings.ReplaceAll(string(got), "\r\n", "\n")
	text = timeOnly.ReplaceAllString(colour.ReplaceAllString(text, ""), "")
	want := `INF GET /about 200 123µs HIT pages/about/page.go
INF POST /blog/a 303 1.2ms MISS pages/blog/slug_/page.go
INF GET /about 200 1.2ms pages/about/page.go, started in 5.8ms
INF GET /style.css 200 2s HIT
INF GET /other 500 250ms /api/other error="ended�[31m without"
INF said�[2J by a page
ERR panic: boom
  main.f()
  	main.go:3 user="ada�"
INF request method="its own"
INF a visitor
  12:00:00 INF GET /admin 200 1ms
INF GET /about 200 1ms /about
INF said by a foreign function function=/api
`
	if text != want {
		t.Errorf("the terminal shows\n%s\nwant\n%s", text, want)
	}
}
