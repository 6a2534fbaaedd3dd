package engine_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

// reluctant notes that it was closed.
type reluctant struct{ closed bool }

func (c *reluctant) Close() error {
	c.closed = true
	return errors.New("not at once")
}

// TestLink asks a site that is linked. It sets the log of the process, and has one of its own.
func TestLink(t *testing.T) {
	if os.Getenv("ENGINE_TEST_LINK") == "" {
		cmd := exec.Command(os.Args[0], "-test.run", "^TestLink$", "-test.v")
		cmd.Env = append(os.Environ(), "ENGINE_TEST_LINK=1")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestLink") {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	opened := &reluctant{}
	var logged []string
	site, err := engine.Link(t.Context(), engine.Site{
		Open: func(context.Context) (io.Closer, error) { return opened, nil },
		Pages: []engine.Page{
			{Pattern: "/", Name: "index", Config: func() engine.Config { return engine.Config{Kind: engine.Fresh} }, Render: func(w *engine.Response, r *http.Request) error {
				slog.InfoContext(r.Context(), "rendered")
				return w.String("hello " + r.URL.Path)
			}},
			{Pattern: "/fails", Name: "fails", Handler: func(http.ResponseWriter, *http.Request) error { return errors.New("broken") }},
		},
	}, t.TempDir(), func(request, level, text string) {
		logged = append(logged, request+" "+level+" "+strings.TrimSpace(text))
	})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]struct {
		status int
		body   string
		log    string
	}{
		"/":      {200, "hello /", `id1 info {"time":`},
		"/fails": {500, "<h1>Internal Server Error</h1>", "id1 error GET /fails: broken"},
		"/other": {404, "<h1>Not Found</h1>", ""},
	} {
		logged = nil
		w := httptest.NewRecorder()
		site.Serve(w, httptest.NewRequest("GET", path, nil), "id1")
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.body) {
			t.Errorf("%s: %d %q", path, w.Code, w.Body)
		}
		if text := strings.Join(logged, "\n"); !strings.HasPrefix(text, want.log) || want.log == "" && text != "" {
			t.Errorf("%s: logged %s", path, text)
		}
	}
	logged = nil
	site.Close()
	if want := " error Close of what Open returned: not at once"; !opened.closed || strings.Join(logged, "\n") != want {
		t.Errorf("closed %t, logged %q", opened.closed, logged)
	}
	_, err = engine.Link(t.Context(), engine.Site{Open: func(context.Context) (io.Closer, error) { return nil, errors.New("no database") }}, "", func(string, string, string) {})
	if err == nil || err.Error() != "call Open: no database" {
		t.Errorf("Open fails: %v", err)
	}
}
