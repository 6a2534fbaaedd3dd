package conformance_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestComponents builds the site in components, whose pages return what templ
// and gomponents make. The site requires them; Jargo does not.
func TestComponents(t *testing.T) {
	dir := buildSite(t, "components", "amd64")
	for name, want := range map[string]string{
		"templ.html":      "<!doctype html><title>templ</title><h1>Hello, &lt;Ada&gt;</h1>",
		"gomponents.html": "<!doctype html><html><head><title>gomponents</title></head><body><h1>Hello, &lt;Ada&gt;</h1></body></html>",
	} {
		got, err := os.ReadFile(filepath.Join(dir, "static", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}
