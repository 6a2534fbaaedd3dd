package jargo_test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/jargo-dev/jargo"
)

// TestRoutes has the build write its file after the pages are loaded, with more
// in it than this package knows.
func TestRoutes(t *testing.T) {
	file := filepath.Join(t.TempDir(), "site.json")
	t.Setenv("JARGO_SITE", file)
	for _, text := range []string{"", `{"routes": ["/half`} {
		if text != "" {
			write(t, file, text)
		}
		if got := jargo.Routes(); len(got) != 0 {
			t.Errorf("with the file %q there are %q", text, got)
		}
	}
	write(t, file, `{"later": {"than": 1}, "routes": ["/", "/about"]}`)
	got := jargo.Routes()
	if want := []string{"/", "/about"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	got[0] = "changed"
	if again := jargo.Routes(); again[0] != "/" {
		t.Errorf("a page has changed them: %q", again)
	}
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
