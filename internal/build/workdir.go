package build

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// workDir is where the pages of functions with the same files are rendered ahead.
// Its files become those of the functions, once it is known that no page has changed
// them.
type workDir struct {
	site.WorkDir
	set   *fileSet
	files map[string]fs.FileInfo // as they were put there
	paths []string               // that are rendered there
	first *site.Page             // whose they are
}

// workDirs are the directories that there are, by the keys of their sets.
type workDirs struct {
	*loaded
	base  string // where they are
	byKey map[string]*workDir
}

// setWorkDirs gives the jobs of pages that are functions the directories to be
// rendered in, which are put beside the output.
func (w *writer) setWorkDirs() error {
	d := &workDirs{w.loaded, filepath.Join(filepath.Dir(w.stage), "work"), map[string]*workDir{}}
	for i := range w.jobs {
		job := &w.jobs[i]
		set := w.files[job.Page]
		if set == nil {
			continue
		}
		dir := d.byKey[set.key]
		if dir == nil {
			var err error
			if dir, err = d.make(set); err != nil {
				return fmt.Errorf("make a directory to render pages of functions in: %w", err)
			}
			dir.first = job.Page
			d.byKey[set.key] = dir
		}
		dir.paths = append(dir.paths, job.Path)
		job.In = &dir.WorkDir
	}
	w.workDirs = d.byKey
	return nil
}

// make makes the directory for a set of files.
func (d *workDirs) make(set *fileSet) (*workDir, error) {
	at := filepath.Join(d.base, strconv.Itoa(len(d.byKey)))
	if err := os.MkdirAll(at, 0o755); err != nil {
		return nil, err
	}
	at, err := filepath.EvalSymlinks(at)
	if err != nil {
		return nil, err
	}
	dir := &workDir{set: set, files: map[string]fs.FileInfo{}}
	dir.Dir = at
	dir.Missing = func(p *site.Page, name string) string { return d.missing(p, dir, name) }
	for name, file := range set.files {
		to := filepath.Join(at, filepath.FromSlash(name))
		if err := copyProgram(to, file, copyFile); err != nil {
			return nil, err
		}
		if dir.files[name], err = os.Lstat(to); err != nil {
			return nil, err
		}
	}
	return dir, nil
}

// missing says how a page's function comes to have a file that it did not find.
func (d *workDirs) missing(p *site.Page, dir *workDir, name string) string {
	name = filepath.Clean(name)
	if filepath.IsAbs(name) {
		name, _ = filepath.Rel(dir.Dir, name) // both are absolute
	}
	info, err := os.Stat(filepath.Join(d.project, name))
	if _, there := os.Lstat(filepath.Join(dir.Dir, name)); err != nil || there == nil || !filepath.IsLocal(name) {
		return "it is rendered ahead in the directory of its function, which has no other files of the project than those in includeFiles of " +
			vercel.File + ":\n" + d.rule(p, "content/**")
	}
	name = filepath.ToSlash(name)
	glob := name
	if !info.IsDir() {
		glob = path.Dir(name)
	}
	if glob = escapeGlob(glob) + "/**"; glob == "./**" {
		glob = escapeGlob(name)
	}
	return name + " is in the project, but not in the page's function. Put it there, in " + vercel.File + ":\n" + d.rule(p, glob)
}

// rule is what is to be in vercel.json for the function of a page to have the files of
// a glob, too.
func (d *workDirs) rule(p *site.Page, glob string) string {
	source := p.Source.File
	if rule := d.vercel.FunctionRule(source); rule != nil {
		source = rule.Glob
		if rule.IncludeFiles != "" {
			glob = "{" + rule.IncludeFiles + "," + glob + "}"
		}
	}
	rule := fmt.Sprintf(`"functions": {%q: {"includeFiles": %q}}`, source, glob)
	if _, err := os.Stat(filepath.Join(d.project, vercel.File)); err != nil {
		return "{" + rule + "}"
	}
	return rule
}

var escapeGlob = strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`, "]", `\]`, "{", `\{`, "}", `\}`).Replace

// reportWritten reports what pages have written into these directories: a function
// keeps none of it.
func (w *writer) reportWritten() error {
	for _, key := range slices.Sorted(maps.Keys(w.workDirs)) {
		dir := w.workDirs[key]
		written, err := dir.written()
		if err != nil {
			return fmt.Errorf("look for what pages have written: %w", err)
		}
		if len(written) == 0 {
			continue
		}
		w.diags.Add(dir.first.Source,
			"the directory of a function cannot be written on the platform, and nothing in it lasts anywhere:\n"+
				"keep data outside of .vercel/output, at a path from the environment, and what need not last in the system's directory for temporary files",
			"when %s was rendered ahead, it wrote %s into the directory of its function", first(dir.paths), first(written))
	}
	return nil
}

// first is a list that is not long: "a, b, c and 2 more".
func first(list []string) string {
	const most = 3
	text := strings.Join(list[:min(most, len(list))], ", ")
	if n := len(list) - most; n > 0 {
		text += fmt.Sprintf(" and %d more", n)
	}
	return text
}

// written lists the files that are not as they were put there.
func (d *workDir) written() ([]string, error) {
	var names []string
	err := filepath.WalkDir(d.Dir, func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() {
			if e.Name() == pythonCache {
				return filepath.SkipDir
			}
			return nil
		}
		name, err := filepath.Rel(d.Dir, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		info, err := e.Info()
		if err != nil {
			return err
		}
		if put := d.files[name]; put == nil || !os.SameFile(put, info) || put.Size() != info.Size() || !put.ModTime().Equal(info.ModTime()) {
			names = append(names, name)
		}
		return nil
	})
	return names, err
}

// pythonCache is a directory of what Python makes anew when it is not there.
const pythonCache = "__pycache__"
