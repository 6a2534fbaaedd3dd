package golang

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/template"
)

// candidate is a directory of pages/ that holds Go files: a page, if its
// package turns out to export Render or Handler.
type candidate struct {
	place string // below pages/, with slashes; "" is pages/ itself
	route site.Route
}

// dir is the candidate's directory below the project, with slashes.
func (c candidate) dir() string { return path.Join("pages", c.place) }

// find walks the project's pages/. Directories whose names cannot be routes or
// Go import paths go to diags, for the Go tool would fail on them with less to
// say. Those of templates have been reported.
func find(project string, templates *template.Project, diags *diag.List) ([]candidate, error) {
	var found []candidate
	var walk func(place string) error
	walk = func(place string) error {
		dir := path.Join("pages", place)
		entries, err := os.ReadDir(filepath.Join(project, filepath.FromSlash(dir)))
		if err != nil {
			return err
		}
		checkTempl(entries, dir, diags)
		if goFile := firstGoFile(entries, "", nil); goFile != "" {
			pos := diag.Pos{File: path.Join(dir, goFile), Line: 1, Col: 1}
			reported := diags
			if templates.Has(place) {
				reported = new(diag.List)
			}
			route, ok := site.ParseRoute(place, pos, reported)
			if ok && importable(place, pos, diags) {
				found = append(found, candidate{place, route})
			}
		}
		for _, e := range entries {
			if e.IsDir() && !site.Private(e.Name()) {
				if err := walk(path.Join(place, e.Name())); err != nil {
					return err
				}
			}
		}
		return nil
	}
	return found, walk("")
}

// firstGoFile names the first Go file of dir, which has these entries, that is not a test
// and not hidden, or "".
func firstGoFile(entries []fs.DirEntry, dir string, hidden map[string]string) string {
	for _, e := range entries {
		name := e.Name()
		if _, is := hidden[filepath.Join(dir, name)]; is {
			continue
		}
		if !e.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") &&
			!strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") {
			return name
		}
	}
	return ""
}

// checkTempl reports an entry of a directory that is a file of templ, from which no Go code
// was generated: for the compiler its components do not exist.
func checkTempl(entries []fs.DirEntry, dir string, diags *diag.List) {
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), ".templ")
		if !is || e.IsDir() {
			continue
		}
		generated := name + "_templ.go"
		if !slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return e.Name() == generated }) {
			diags.Add(diag.Pos{File: path.Join(dir, e.Name())}, "run the generator, and again after each change: templ generate",
				"no Go code is generated from it: there is no %s", generated)
			return // it generates all
		}
	}
}

// importable reports to diags why the Go tool could not import a page's
// package.
func importable(place string, pos diag.Pos, diags *diag.List) bool {
	if place == "" {
		return true
	}
	if err := module.CheckImportPath(place); err != nil {
		why := err
		var invalid *module.InvalidPathError
		if errors.As(err, &invalid) {
			why = invalid.Err
		}
		diags.Add(pos, "rename the directory", "Go cannot import a package from %s: %v", path.Dir(pos.File), why)
		return false
	}
	for i, name := range strings.Split(place, "/") {
		// The program that links the pages is in pages/ itself, so it may
		// import pages/internal but nothing deeper.
		if name == "vendor" || name == "internal" && i > 0 {
			diags.Add(pos, "rename the directory",
				"Go gives directories named %q a meaning of their own and forbids importing this page", name)
			return false
		}
	}
	return true
}
