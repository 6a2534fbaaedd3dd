package python

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// tree is the files of a function: where each is.
type tree struct {
	files map[string]string
	diags *diag.List // gets what cannot be one of them
}

// collect lists the project's files that go into the function, and reports what
// cannot.
func (p *Pages) collect(ctx context.Context, diags *diag.List) (map[string]string, error) {
	project := &tree{map[string]string{}, diags}
	if err := project.add(p.options.Dir, "", p.skip, nil); err != nil {
		return nil, fmt.Errorf("list the project's files: %w", err)
	}
	p.packages.checkRuntimes(p, diags)
	p.packages.checkMarkers(ctx, p.runtime, diags)
	return project.files, nil
}

// checkModules reports what is named like a Python file but is not a file. Python
// would only say that there is no such module.
func (p *Pages) checkModules(diags *diag.List) {
	var found diag.List
	project := &tree{map[string]string{}, &found}
	_ = project.add(p.options.Dir, "", p.skip, nil) // as far as it can be read
	for _, d := range found {
		if path.Ext(d.Pos.File) == ".py" {
			*diags = append(*diags, d)
		}
	}
}

// add adds the files below a directory, at prefix in the function. It follows
// symbolic links; above are the directories that lead to this one.
func (t *tree) add(dir, prefix string, skip func(file, name string, isDir bool) bool, above []string) error {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil || slices.Contains(above, real) {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		file, name := filepath.Join(dir, e.Name()), path.Join(prefix, e.Name())
		info, err := os.Stat(file)
		if err != nil || skip(file, name, info.IsDir()) || e.Type() == fs.ModeSymlink && leadsToEnvironment(file) {
			continue // a dangling link is not a file
		}
		switch {
		case !site.CheckName(name, t.diags):
		case info.IsDir():
			if err := t.add(file, name, skip, append(above, real)); err != nil {
				return err
			}
		case site.CheckFile(name, info.Mode(), t.diags):
			t.files[name] = file
		}
	}
	return nil
}

func leadsToEnvironment(link string) bool {
	real, err := filepath.EvalSymlinks(link)
	return err == nil && site.IsEnvironment(filepath.Base(real))
}

// skip reports whether a file of the project does not go into the function.
// Hidden files are a tool's or a secret.
func (p *Pages) skip(file, name string, isDir bool) bool {
	base := path.Base(name)
	if strings.HasPrefix(base, ".") {
		return true
	}
	if !isDir {
		return slices.Contains([]string{"go.mod", "go.sum", "go.work", "go.work.sum", "vercel.json"}, name) ||
			slices.Contains([]string{".go", ".pyc"}, path.Ext(base))
	}
	if _, err := os.Stat(filepath.Join(file, "pyvenv.cfg")); err == nil {
		return true
	}
	return name == "public" || base == "node_modules" || base == "__pycache__" || file == p.options.Out || output.Is(file)
}

// readFile reads a regular file and nothing else: a pipe would never end.
func readFile(name string) ([]byte, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", name)
	}
	return os.ReadFile(name)
}
