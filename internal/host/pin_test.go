package host

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// TestOpenHoldsOn replaces an output while it is served, as a build does: it does not
// change. Then the server switches to the new one.
func TestOpenHoldsOn(t *testing.T) {
	p := newPuppet(t)
	parent := t.TempDir()
	out := filepath.Join(parent, "output")
	place := func(version string) {
		t.Helper()
		stage := writeSite(t, versionSite(version)+"-- functions/fn.func/version --\n"+version+"\n-- functions/also.func --\n-> fn.func\n", p)
		if err := os.RemoveAll(out); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(stage, out); err != nil {
			t.Fatal(err)
		}
	}
	place("old")
	log := &logBuffer{}
	open := func() (*Deployment, error) { return Open(out, Options{Log: slog.New(slog.NewTextHandler(log, nil))}) }
	first, err := open()
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(first)
	visitors := httptest.NewServer(server)
	defer visitors.Close()
	get := func(path string) string {
		t.Helper()
		body, err := fetch(visitors.Client(), visitors.URL+path)
		if err != nil {
			t.Fatal(err)
		}
		return body
	}
	place("new")
	if body := get("/only-old"); body != "old" {
		t.Errorf("the file is %q", body)
	}
	if body := get("/also"); body != "GET /also" {
		t.Errorf("the function answers %q", body)
	}
	if text, err := os.ReadFile(filepath.Join(first.out.Entries["fn"].(*output.Function).Dir, "version")); err != nil || string(text) != "old\n" {
		t.Errorf("the function runs in %q, %v", text, err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	reload, tick, done := make(chan os.Signal), make(chan time.Time), make(chan bool)
	opened := 0
	go func() { server.follow(ctx, out, reload, tick, open, func() { opened++ }); close(done) }()
	tick <- time.Time{} // there is another
	tick <- time.Time{} // it has stayed
	log.await(t, "serving the new output")
	if body := get("/only-new"); body != "new" {
		t.Errorf("the file is %q after the change", body)
	}
	// What cannot be served is not deployed, and said once.
	if err := os.WriteFile(filepath.Join(out, "config.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		tick <- time.Time{}
	}
	tick <- time.Time{}
	if n := strings.Count(log.String(), "cannot be served"); n != 1 {
		t.Errorf("said %d times: %s", n, log.String())
	}
	if body := get("/only-new"); body != "new" {
		t.Errorf("the file is %q", body)
	}
	reload <- os.Interrupt // whatever the signal
	tick <- time.Time{}
	if n := strings.Count(log.String(), "cannot be served"); n != 2 {
		t.Errorf("said %d times: %s", n, log.String())
	}
	cancel()
	await(t, "the end", done)
	if opened != 3 {
		t.Errorf("said %d times that an output was opened, of 3", opened)
	}
	server.close(server.current.Load())
	server.replaced.Wait()
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 1 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// TestOpenReportsTheOutput names the files of the original output, and leaves nothing
// behind.
func TestOpenReportsTheOutput(t *testing.T) {
	parent := t.TempDir()
	out := filepath.Join(parent, "output")
	if err := os.Mkdir(out, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(out, "config.json"), []byte(`{"version":3,"routes":[{"src":"^/(["}]}`), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(out, Options{})
	var list diag.List
	if !errors.As(err, &list) || list[0].Pos.File != filepath.ToSlash(filepath.Join(out, "config.json")) {
		t.Errorf("error %v", err)
	}
	if entries, err := os.ReadDir(parent); err != nil || len(entries) != 1 {
		t.Errorf("left are %v, %v", entries, err)
	}
}

// TestCloseKeepsUnknown cannot tell what functions have written: it may be data.
func TestCloseKeepsUnknown(t *testing.T) {
	out := filepath.Join(t.TempDir(), "output")
	if err := os.Rename(writeSite(t, versionSite("old"), newPuppet(t)), out); err != nil {
		t.Fatal(err)
	}
	d, err := Open(out, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(output.RecordFile, filepath.Join(d.out.Dir, output.RecordFile)); err != nil { // leads to itself
		t.Fatal(err)
	}
	d.Close(t.Context())
	if _, err := os.Stat(d.out.Dir); err != nil {
		t.Error(err)
	}
}

// TestTake serves an output that is the Deployment's own, by a handler around the
// Server, until there is another.
func TestTake(t *testing.T) {
	p, parent := newPuppet(t), t.TempDir()
	take := func(version string) *Deployment {
		t.Helper()
		dir, err := scratch.New(parent, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(writeSite(t, versionSite(version), p), filepath.Join(dir.Path, "output")); err != nil {
			t.Fatal(err)
		}
		d, err := Take(dir, "output", Options{})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := take("old")
	server := NewServer(first)
	server.Handle(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Around", "yes")
		server.ServeHTTP(w, r)
	}))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, ln) }()
	for _, version := range []string{"old", "new"} {
		resp, err := http.Get("http://" + ln.Addr().String() + "/only-" + version)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Around") != "yes" {
			t.Errorf("%s: %d %v", version, resp.StatusCode, resp.Header)
		}
		if version == "old" {
			server.Deploy(take("new"))
		}
	}
	server.replaced.Wait()
	if _, err := os.Stat(first.out.Dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old output is not gone: %v", err)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}
