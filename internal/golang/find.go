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
// say.
func find(project string, diags *diag.List) ([]candidate, error) {
	var found []candidate
	root := filepath.Join(project, "pages")
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if file != root && site.Private(entry.Name()) {
			return filepath.SkipDir
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		place := strings.TrimPrefix(filepath.ToSlash(rel), ".")
		if err := checkTempl(file, path.Join("pages", place), diags); err != nil {
			return err
		}
		goFile, err := firstGoFile(file, nil)
		if err != nil || goFile == "" {
			return err
		}
		pos := diag.Pos{File: path.Join("pages", place, goFile), Line: 1, Col: 1}
		route, ok := site.ParseRoute(place, pos, diags)
		if ok && importable(place, pos, diags) {
			found = append(found, candidate{place, route})
		}
		return nil
	})
	return found, err
}

// firstGoFile names the first Go file of dir that is not a test and not hidden,
// or "".
func firstGoFile(dir string, hidden map[string]string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		name := e.Name()
		if _, is := hidden[filepath.Join(dir, name)]; is {
			continue
		}
		if !e.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") &&
			!strings.HasPrefix(name, "_") && !strings.HasPrefix(name, ".") {
			return name, nil
		}
	}
	return "", nil
}

// checkTempl reports a directory with a file of templ that no Go code was generated
// from: for the compiler its components do not exist.
func checkTempl(absolute, dir string, diags *diag.List) error {
	entries, err := os.ReadDir(absolute)
	if err != nil {
		return err
	}
	for _, e := range entries {
		name, is := strings.CutSuffix(e.Name(), ".templ")
		if !is || e.IsDir() {
			continue
		}
		generated := name + "_templ.go"
		if !slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == generated }) {
			diags.Add(diag.Pos{File: path.Join(dir, e.Name())}, "run the generator, and again after each change: templ generate",
				"no Go code is generated from it: there is no %s", generated)
			return nil // it generates all
		}
	}
	return nil
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
