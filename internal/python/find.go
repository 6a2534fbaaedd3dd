package python

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// page is a Python file below pages/.
type page struct {
	file  string // below the project, with slashes: "pages/blog/slug_.py"
	route site.Route
}

// find walks the project's pages/. Every Python file is a page, unless its name
// or that of a directory is private. Names that cannot be routes go
// to diags.
func find(project string, diags *diag.List) ([]*page, error) {
	var found []*page
	err := walk(filepath.Join(project, "pages"), "", nil, func(place string, mode fs.FileMode) {
		name := path.Join("pages", place+".py")
		if !site.CheckFile(name, mode, diags) {
			return
		}
		route, ok := site.ParseRoute(withoutIndex(place), diag.Pos{File: name, Line: 1, Col: 1}, diags)
		if ok {
			found = append(found, &page{file: name, route: route})
		}
	})
	return found, err
}

// walk calls found for the places of the pages below a directory, at prefix in
// pages/, and what is there. It follows symbolic links; above are the directories
// that lead to this one.
func walk(dir, prefix string, above []string, found func(place string, mode fs.FileMode)) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || slices.Contains(above, real) {
		return err
	}
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if site.Private(e.Name()) || e.Name() == "__pycache__" {
			continue
		}
		file, name := filepath.Join(dir, e.Name()), path.Join(prefix, e.Name())
		mode := e.Type()
		if mode&fs.ModeSymlink != 0 {
			mode = 0 // a dangling one is reported when it is loaded
			if info, err := os.Stat(file); err == nil {
				mode = info.Mode()
			}
		}
		if mode.IsDir() {
			if err := walk(file, name, append(slices.Clip(above), real), found); err != nil {
				return err
			}
		} else if place, ok := strings.CutSuffix(name, ".py"); ok {
			found(place, mode)
		}
	}
	return nil
}

// withoutIndex is the place of a page: index.py is that of its directory.
func withoutIndex(place string) string {
	if place == "index" {
		return ""
	}
	return strings.TrimSuffix(place, "/index")
}
