package golang

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

// goToolReads are the extensions of the files that the Go tool opens to see
// what is in a package. It does so whatever they are, and waits for a pipe.
var goToolReads = []string{".go", ".c", ".cc", ".cpp", ".cxx", ".m", ".h", ".hh", ".hpp", ".hxx",
	".f", ".F", ".for", ".f90", ".s", ".S", ".sx", ".swig", ".swigcxx", ".syso"}

// findHidden returns the files of the project that the Go tool must not see, for
// they are no files, as an overlay without them. Each goes to diags.
func findHidden(project string, diags *diag.List) map[string]string {
	hidden := map[string]string{}
	// A directory that cannot be read is the Go tool's to complain about, if it
	// wants to read it, too.
	_ = filepath.WalkDir(project, func(file string, entry fs.DirEntry, err error) error {
		name := entry.Name()
		switch {
		case file == project || err != nil:
			return nil
		case entry.IsDir() && (strings.HasPrefix(name, ".") || name == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir() || ignoredByGo(name):
			return nil
		case !checkFile(project, file, diags):
			hidden[file] = ""
		}
		return nil
	})
	return hidden
}

// ignoredByGo reports whether the Go tool does not open a file of that name.
func ignoredByGo(name string) bool {
	return strings.HasPrefix(name, "_") || strings.HasPrefix(name, ".") || !slices.Contains(goToolReads, path.Ext(name))
}

// checkModuleFiles reports to diags what is not a file among those that say what
// the project's module is, here or in a directory above.
func checkModuleFiles(project string, diags *diag.List) bool {
	ok := true
	for dir := project; ; dir = filepath.Dir(dir) {
		for _, name := range []string{"go.mod", "go.sum", "go.work", "go.work.sum", filepath.Join("vendor", "modules.txt")} {
			ok = checkFile(project, filepath.Join(dir, name), diags) && ok
		}
		if dir == filepath.Dir(dir) {
			return ok
		}
	}
}

// checkFile reports to diags what is there by the name of a file and neither
// file nor directory.
func checkFile(project, file string, diags *diag.List) bool {
	info, err := os.Stat(file)
	if err != nil || info.IsDir() {
		return true
	}
	name := file
	if rel, err := filepath.Rel(project, file); err == nil {
		name = filepath.ToSlash(rel)
	}
	return site.CheckFile(name, info.Mode(), diags)
}
