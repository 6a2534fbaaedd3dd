package python

import (
	"io/fs"
	"path"
	"path/filepath"
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
// or that of a directory says that it is none. Names that cannot be routes go
// to diags.
func find(project string, diags *diag.List) ([]*page, error) {
	var found []*page
	root := filepath.Join(project, "pages")
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case file != root && (site.Private(entry.Name()) || entry.Name() == "__pycache__"):
			if entry.IsDir() {
				return filepath.SkipDir
			}
			return nil
		case entry.IsDir() || !strings.HasSuffix(entry.Name(), ".py"):
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		place := strings.TrimSuffix(filepath.ToSlash(rel), ".py")
		name := path.Join("pages", place+".py")
		route, ok := site.ParseRoute(withoutIndex(place), diag.Pos{File: name, Line: 1, Col: 1}, diags)
		if ok {
			found = append(found, &page{file: name, route: route})
		}
		return nil
	})
	return found, err
}

// withoutIndex is the place of a page: index.py is that of its directory.
func withoutIndex(place string) string {
	if place == "index" {
		return ""
	}
	return strings.TrimSuffix(place, "/index")
}
