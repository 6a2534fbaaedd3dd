package host

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// FuzzPath requests any path: nothing outside static/ is ever sent.
func FuzzPath(f *testing.F) {
	const secret = "this is not to be sent"
	dir := f.TempDir()
	writeFiles(f, dir, map[string]string{
		"config.json":                      `{"version":3,"routes":[{"src":"^/r/(.*)$","dest":"/$1"},{"src":"^/l/(.*)$","status":307,"headers":{"Location":"/$1"}}]}`,
		"secret.txt":                       secret,
		"static/a.txt":                     "a",
		"static/dir/index.html":            "dir",
		"functions/x.func/x":               secret,
		"functions/x.func/.hidden":         secret,
		"functions/x.func/.vc-config.json": `{"runtime":"none","handler":"` + secret + `"}`,
	})
	out, err := output.Read(dir)
	if err != nil {
		f.Fatal(err)
	}
	h, err := New(out, Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { h.Close(context.Background()) })
	for _, seed := range []string{"/a.txt", "/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", `/..\secret.txt`, "/dir/", "/r/../secret.txt", "/r/%2e%2e%2fsecret.txt",
		"/x.func/x", "/functions/x.func/x", "/static/../secret.txt", "//secret.txt", "/a.txt%00", "/l//evil.example", `/l/\evil.example`, "/l/%0d%0aX:y", "/?%zz", "*", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			t.Skip()
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, &http.Request{Method: "GET", URL: u, RequestURI: target, Host: "localhost", Header: http.Header{}, Body: io.NopCloser(strings.NewReader("")), RemoteAddr: "127.0.0.1:1"})
		if strings.Contains(w.Body.String(), secret) {
			t.Errorf("%q is answered with what lies outside static/", target)
		}
		if to := w.Header().Get("Location"); strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
			t.Errorf("%q redirects to another host: %q", target, to)
		}
		if w.Code >= 500 && w.Code != http.StatusBadGateway {
			t.Errorf("%q is answered with %d", target, w.Code)
		}
	})
}

// writeFiles writes files below dir, by name.
func writeFiles(t testing.TB, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
