package sitefile

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestAsset asks for public files while a site is built, and in a function, which does
// not tell anybody.
func TestAsset(t *testing.T) {
	file := filepath.Join(t.TempDir(), "site.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := func(name, url, failure string) {
		t.Helper()
		got, err := Asset(name)
		if got != url || (err == nil) != (failure == "") || err != nil && err.Error() != failure {
			t.Errorf("Asset(%q) = %q, %v", name, got, err)
		}
	}
	want("/a.css", "/a.css", "") // a test
	t.Setenv(variable, file)
	write(`{"assets": {"/a.css": "/a.0123.css"}}`) // while pages are loaded
	if routes := Routes(); len(routes) > 0 {
		t.Errorf("there are routes: %v", routes)
	}
	want("/a.css", "/a.0123.css", "")
	write(`{"assets": {"/a.css": "/a.0123.css", "/b.css": "/b.4567.css"}, "routes": ["/", "/b"]}`)
	if routes := Routes(); !slices.Equal(routes, []string{"/", "/b"}) {
		t.Errorf("the routes are %v", routes)
	}
	want("/b.css", "/b.4567.css", "")
	want("/b.css", "/b.4567.css", "")
	want("/c.css", "", "there is no file public/c.css")
	asked, err := os.ReadFile(file + ".asked")
	if err != nil || string(asked) != "/a.css\n/b.css\n" {
		t.Errorf("the build was told %q, %v", asked, err)
	}
}
