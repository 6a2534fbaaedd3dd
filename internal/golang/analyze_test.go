package golang

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/template"
)

// siteModule is the go.mod of a site that uses this checkout.
func siteModule(t *testing.T) string {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return "module example.com/site\n\ngo 1.26.0\n\nrequire " + jargoPath + " v0.0.0\n\nreplace " + jargoPath + " => " + root + "\n"
}

// checkSite finds and checks the pages of a site, as far as that goes without
// linking them. It returns the routes of those that are right.
func checkSite(t *testing.T, archive string) (*pageSet, []string, diag.List) {
	t.Helper()
	dir := writeSite(t, archive)
	if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(siteModule(t)), 0o644); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	templates, err := template.Find(dir, &diags)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	s, err := Options{Dir: dir, Cache: t.TempDir(), Templates: templates}.check(t.Context(), &diags)
	if err != nil {
		t.Fatal(err)
	}
	var routes []string
	if s != nil {
		for _, p := range s.Pages {
			routes = append(routes, p.route.String())
		}
	}
	return s, routes, diags
}

// TestDirectoryExports has what looks like the exports of a directory, and what is
// the author's own.
func TestDirectoryExports(t *testing.T) {
	s, _, diags := checkSite(t, `
-- pages/page.go --
package pages

import (
	"context"
	"io"
	"net/http"
)

func Render() string { return "" }

func Middleware(next http.Handler) http.Handler { return next }

var Open func(context.Context) (io.Closer, error)
-- pages/types/types.go --
package types

type Middleware func(Middleware) Middleware

const Open = true
-- pages/methods/methods.go --
package methods

import "net/http"

type T int

func (T) Middleware(http.Handler) http.Handler { return nil }
-- pages/variable/guard.go --
package variable

import "net/http"

var Middleware = func(next http.Handler) http.Handler { return next }
-- pages/shape/guard.go --
package shape

import "net/http"

func Middleware(next http.HandlerFunc) http.HandlerFunc { return next }
-- pages/generic/guard.go --
package generic

func Middleware[T any](next T) T { return next }
-- pages/main/main.go --
package main

import "net/http"

func Middleware(next http.Handler) http.Handler { return next }

func Open() {}

func main() {}
-- pages/a/b/guard.go --
package b

import "net/http"

func Middleware(next http.Handler) http.Handler { return next }
-- pages/a-b/page.go --
package ab

func Render() string { return "" }
`)
	const fix = "\n    func Middleware(next http.Handler) http.Handler"
	wantDiags(t, diags, `pages/generic/guard.go:3:6: Middleware has type parameters: Jargo would not know their types`+fix+`
pages/main/main.go:1:9: a page's package cannot be named main: Go does not let it be imported
    name the package after its directory, or move the program out of pages/
pages/page.go:13:5: Open is a variable, but Jargo calls a function of that name
    func Open(ctx context.Context) (io.Closer, error)
pages/shape/guard.go:5:6: Middleware has a shape that Jargo cannot call: func(next http.HandlerFunc) http.HandlerFunc`+fix+`
pages/variable/guard.go:5:5: Middleware is a variable, but Jargo calls a function of that name`+fix)
	if len(s.Middleware) != 2 || s.Middleware[0].Place != "" || s.Middleware[1].Place != "a/b" {
		t.Errorf("found %+v", s.Middleware)
	}
}

// TestCheck has packages of every sort below pages/, compiled as they are: which
// of them are pages, and what is said of the others.
func TestCheck(t *testing.T) {
	s, routes, diags := checkSite(t, `
-- pages/page.go --
package pages

import "example.com/site/pages/lib"

func Render() string { return lib.Text }
-- pages/api/handler.go --
package api

import "net/http"

func Handler(w http.ResponseWriter, r *http.Request) {}
-- pages/blog/slug_/page.go --
package slug

import "github.com/jargo-dev/jargo"

func Config() jargo.Config { return jargo.Fresh{} }
-- pages/blog/slug_/render.go --
package slug

import (
	"html/template"
	"net/http"
)

func Data(r *http.Request) (template.HTML, error) { return "", nil }

func Render(html template.HTML) template.HTML { return html }
-- pages/lib/lib.go --
package lib

// Config is ordinary code where no page is.
type Config struct{}

const Text = ""
-- pages/data/page.go --
package data

func Data() int { return 1 }
-- pages/values/page.go --
package values

var Data = 1
-- pages/main/page.go --
package main

func Render() string { return "" }

func main() {}
-- pages/tool/main.go --
package main

func main() {}
-- pages/generated/gen.go --
//go:build ignore

package main

func main() {}
-- pages/tests/page.go --
package tests
-- pages/tests/page_test.go --
package tests

func Render() string { return "" }
-- pages/shape/page.go --
package shape

func Render() int { return 1 }
-- pages/compile/page.go --
package compile

func Render() string { return undefined }
-- pages/imports/page.go --
package imports

import "example.com/nowhere"

func Render() string { return nowhere.Text() }
-- pages/syntax/page.go --
package syntax

func Render() string { return "" 
-- pages/both/a.go --
package both

func Render() string { return "" }
-- pages/both/b.go --
package other
-- pages/broken/page.go --
package broken

import "example.com/site/lib"

func Render() string { return lib.Text() }
-- lib/lib.go --
package lib

func Text() string { return 1 }
-- pages/[id]/page.go --
package id

func Render() int { return "nobody looks at it" }
`)
	if want := []string{"/", "/api", "/blog/{slug}"}; !slices.Equal(routes, want) {
		t.Errorf("the pages are %v, want %v", routes, want)
	}
	wantDiags(t, diags, `lib/lib.go:3:29: cannot use 1 (untyped int constant) as string value in return statement
pages/[id]/page.go:1:1: a page cannot be named "[id]"
    a parameter is spelled with an underscore at the end: rename it to id_
pages/both: found packages both (a.go) and other (b.go) in `+filepath.Join(s.tool.dir, "pages", "both")+`
pages/compile/page.go:3:31: undefined: undefined
pages/data/page.go:3:6: the package has Data but no Render
    add func Render, or move the package to a directory whose name starts with _
pages/imports/page.go:3:8: no required module provides package example.com/nowhere; to add it:
	go get example.com/nowhere
pages/main/page.go:1:9: a page's package cannot be named main: Go does not let it be imported
    name the package after its directory, or move the program out of pages/
pages/shape/page.go:3:6: Render has a shape that Jargo cannot call: func() int`+renderFix+`
pages/syntax/page.go:4:1: syntax error: unexpected EOF, expected }`)
	if got := s.packages["example.com/site/pages/lib"]; got != (userPackage{filepath.Join(s.tool.dir, "pages", "lib"), "lib"}) {
		t.Errorf("a package of the user's is %v", got)
	}
	if got := s.Pages[2]; got.Source.String() != "pages/blog/slug_/render.go:10:6" || got.ConfigAt.String() != "pages/blog/slug_/page.go:5:6" {
		t.Errorf("the page of two files is %+v", got)
	}
	if len(s.Kinds) != 3 {
		t.Errorf("the kinds of page are %+v", s.Kinds)
	}

	// What was wrong is not remembered.
	candidates, err := find(s.tool.dir, nil, new(diag.List))
	if err != nil || s.recall(candidates) != nil {
		t.Errorf("mistakes are remembered, %v", err)
	}
}

// TestCheckNothing has nothing to go on with.
func TestCheckNothing(t *testing.T) {
	for archive, want := range map[string]string{
		"-- pages/README --\n":                       "",
		"-- pages/lib.go --\npackage lib\n":          "",
		"-- pages/a/page.go --\npackage a\n":         "",
		"-- pages/$a/page.go --\npackage a\n":        "pages/$a/page.go:1:1: a page cannot be named \"$a\"\n    a parameter is spelled with an underscore at the end: rename it to a_",
		"-- pages/_a/a.go --\npackage a; syntax!!\n": "",
	} {
		s, _, diags := checkSite(t, archive)
		if s != nil {
			t.Errorf("%q: there are pages: %+v", archive, s)
		}
		wantDiags(t, diags, want)
	}
}

// TestGeneratedFiles checks what goes into the program: the overlay puts it into
// the user's module, and all of it is there.
func TestGeneratedFiles(t *testing.T) {
	s, _, diags := checkSite(t, "-- pages/a/page.go --\npackage a\n\nfunc Render() string { return \"\" }\n")
	wantDiags(t, diags, "")
	if got := s.Root; got != "example.com/site/pages" {
		t.Errorf("pages/ is imported as %s", got)
	}
	overlay, err := os.ReadFile(s.overlay)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"main.go", "engine/page.go", "engine/server.go"} {
		if want := `"` + filepath.Join(s.tool.dir, "pages", overlayDir, filepath.FromSlash(name)) + `"`; !strings.Contains(string(overlay), want) {
			t.Errorf("%s is not in the overlay: %s", want, overlay)
		}
	}
	if strings.Contains(string(overlay), "_test.go") || strings.Contains(string(overlay), "engine/source.go") {
		t.Errorf("the overlay has more than the program needs: %s", overlay)
	}
	for _, name := range []string{"main.go", "engine/page.go", "engine/server.go", "overlay.json"} {
		data, err := os.ReadFile(filepath.Join(s.cache.dir, filepath.FromSlash(name)))
		if err != nil || len(data) == 0 {
			t.Errorf("%s has %d bytes, %v", name, len(data), err)
		}
		if strings.HasPrefix(name, "engine/") && !strings.HasPrefix(string(data), "//go:build go1.21") {
			t.Errorf("%s is compiled with the site's language version", name)
		}
	}
}
