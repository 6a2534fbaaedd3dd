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
	write(t, file, `{"routes": ["/other"]}`) // what is complete is kept
	got[0] = "changed"
	if again := jargo.Routes(); again[0] != "/" {
		t.Errorf("a page has changed them: %q", again)
	}
}

func TestBuilding(t *testing.T) {
	if jargo.Building() {
		t.Error("a test is taken for a build")
	}
	t.Setenv("JARGO_BUILDING", "1")
	if !jargo.Building() {
		t.Error("a build is not noticed")
	}
}

// TestAsset is about a build that loads pages: what is in the file is not complete.
func TestAsset(t *testing.T) {
	file := filepath.Join(t.TempDir(), "site.json")
	if got := jargo.Asset("/style.css"); got != "/style.css" {
		t.Errorf("without a build: %q", got)
	}
	t.Setenv("JARGO_SITE", file)
	if got := jargo.Asset("/style.css"); got != "/style.css" {
		t.Errorf("of a build that knows no assets: %q", got)
	}
	write(t, file, `{"assets": {"/style.css": "/style.0123456789ab.css"}}`)
	for range 2 {
		if got := jargo.Asset("/style.css"); got != "/style.0123456789ab.css" {
			t.Errorf("got %q", got)
		}
	}
	if asked, err := os.ReadFile(file + ".asked"); err != nil || string(asked) != "/style.css\n" {
		t.Errorf("the build is told %q, %v", asked, err)
	}
	defer func() {
		if got, want := recover(), `jargo.Asset("style.css"): there is no file public/style.css`; got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}()
	jargo.Asset("style.css")
}

// TestAssetOfFunction: a file that is not there is a mistake only while the site is
// developed.
func TestAssetOfFunction(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(filepath.Dir(program), "jargo.json")
	write(t, file, `{"assets": {}}`)
	t.Cleanup(func() { os.Remove(file) })
	if got := jargo.Asset("/style.css"); got != "/style.css" {
		t.Errorf("got %q", got)
	}
	t.Setenv("JARGO_DEV", ".")
	defer func() {
		if got, want := recover(), `jargo.Asset("/style.css"): there is no file public/style.css`; got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}()
	jargo.Asset("/style.css")
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
