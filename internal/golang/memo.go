package golang

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/modfile"

	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/template"
)

// memo is what listing and checking a project's pages found, and on what it
// depends. It is kept when nothing was wrong. While its inputs are what they
// were, the Go tool would say the same again, and need not be asked. What the
// inputs are: docs/decisions/0005-what-cache-keys-hold.md.
type memo struct {
	exports
	Inputs   string   // digest of the Go environment, the candidates and all of Files and Dirs
	Files    []string // go.mod, go.sum, go.work and the like; they need not exist
	Dirs     []string // of the packages the pages are made of, other than immutable ones
	Packages map[string]userPackage

	Templates string // template.Project.Digest
}

// memoFile is where the memo is. That of a site which is developed has no code of its
// templates.
func (s *pageSet) memoFile() string {
	if s.session != nil {
		return "memo-dev.json"
	}
	return "memo.json"
}

// recall returns the memo of the last build, or nil when its inputs have
// changed or cannot be read.
func (s *pageSet) recall(candidates []candidate) *memo {
	data, err := os.ReadFile(filepath.Join(s.cache.dir, s.memoFile()))
	if err != nil {
		return nil
	}
	var m memo
	if json.Unmarshal(data, &m) != nil {
		return nil
	}
	inputs, err := m.digest(s.tool, candidates)
	if err != nil || inputs != m.Inputs || m.Templates != s.templates.Digest() {
		return nil
	}
	m.setRoutes(candidates, s.templates)
	return &m
}

// setRoutes gives pages that were kept their routes, by their places.
func (e *exports) setRoutes(candidates []candidate, templates *template.Project) {
	routes := map[string]site.Route{}
	for _, c := range candidates {
		routes[c.place] = c.route
	}
	for _, page := range templates.All() {
		routes[page.Place] = page.Route
	}
	for _, p := range e.Pages {
		p.route = routes[p.Place]
	}
}

// dependencies are what packages are made of: Files and Dirs of a memo.
func (s *pageSet) dependencies(packages map[string]*listed) (files, dirs []string) {
	files = s.tool.moduleFiles()
	for _, p := range packages {
		if p.Standard || s.tool.immutable(p.Dir) {
			continue
		}
		dirs = append(dirs, p.Dir)
		if p.Module != nil && p.Module.GoMod != "" {
			files = append(files, p.Module.GoMod)
		}
	}
	slices.Sort(dirs)
	slices.Sort(files)
	return slices.Compact(files), dirs
}

// remember keeps what was found for the next build, in m, which has the dependencies.
// began is when the finding did: what was written since then may not be what was looked
// at, and nothing is remembered.
func (s *pageSet) remember(began time.Time, candidates []candidate, m memo) error {
	m.exports, m.Packages, m.Templates = s.exports, s.packages, s.templates.Digest()
	if m.changedSince(began.Add(-site.TimeStep)) {
		return nil
	}
	var err error
	if m.Inputs, err = m.digest(s.tool, candidates); err != nil {
		return fmt.Errorf("digest the pages' packages: %w", err)
	}
	data, err := json.Marshal(m)
	if err != nil {
		return err
	}
	_, err = s.cache.put(s.memoFile(), data)
	return err
}

// changedSince reports whether an input was written after t, or cannot be
// looked at.
func (m *memo) changedSince(t time.Time) bool {
	changed := false
	err := m.eachFile(func(file string) error {
		info, err := os.Stat(file)
		changed = changed || err == nil && info.ModTime().After(t)
		return err
	})
	for _, dir := range m.Dirs {
		info, err := os.Stat(dir)
		changed = changed || err != nil || info.ModTime().After(t)
	}
	return changed || err != nil
}

// forget makes the next build list and check the pages.
func (s *pageSet) forget() error {
	err := os.Remove(filepath.Join(s.cache.dir, s.memoFile()))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// digest reads all that the memo depends on.
func (m *memo) digest(tool goTool, candidates []candidate) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", self(), tool.env)
	for _, c := range candidates {
		fmt.Fprintf(h, "page %q\n", c.place)
	}
	if err := m.eachFile(func(file string) error { return addFile(h, file) }); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// eachFile calls f for every file that the memo depends on. One of Files that
// is not there is left out.
func (m *memo) eachFile(f func(file string) error) error {
	for _, file := range m.Files {
		if err := f(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, dir := range m.Dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.IsDir() || !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			if err := f(filepath.Join(dir, e.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// addFile adds a file's name and content.
func addFile(w io.Writer, file string) error {
	data, err := readFile(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%q %d\n%s", file, len(data), data)
	return err
}

// readFile reads a file, and nothing that only has the name of one: a pipe would
// have no end.
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

// self tells this program from other versions of it, which might generate
// another program.
func self() string {
	file, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(file)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %d", file, info.Size(), info.ModTime().UnixNano())
}

// moduleFiles are the files that say which version of a module is used.
func (g goTool) moduleFiles() []string {
	mod, work := g.env.get("GOMOD"), g.env.get("GOWORK")
	files := []string{mod, strings.TrimSuffix(mod, "mod") + "sum", filepath.Join(filepath.Dir(mod), "vendor", "modules.txt")}
	if work != "" && work != "off" {
		files = append(files, work, work+".sum", filepath.Join(filepath.Dir(work), "vendor", "modules.txt"))
		files = append(files, workModules(work)...)
	}
	for _, file := range slices.Clone(files) {
		if filepath.Base(file) == "go.mod" {
			files = append(files, replacements(file)...)
		}
	}
	return files
}

// workModules are the go.mod files of a workspace and of what it puts in the
// place of modules. One that contributes no package still has a say in
// versions. A file that cannot be read is the Go tool's to complain about.
func workModules(work string) []string {
	data, err := readFile(work)
	if err != nil {
		return nil
	}
	f, err := modfile.ParseWork(work, data, nil)
	if err != nil {
		return nil
	}
	files := replaced(filepath.Dir(work), f.Replace)
	for _, use := range f.Use {
		files = append(files, goModBelow(filepath.Dir(work), use.Path))
	}
	return files
}

// replacements are the go.mod files of the directories that a go.mod puts in
// the place of modules.
func replacements(file string) []string {
	data, err := readFile(file)
	if err != nil {
		return nil
	}
	f, err := modfile.Parse(file, data, nil)
	if err != nil {
		return nil
	}
	return replaced(filepath.Dir(file), f.Replace)
}

func replaced(base string, replace []*modfile.Replace) []string {
	var files []string
	for _, r := range replace {
		if r.New.Version == "" {
			files = append(files, goModBelow(base, r.New.Path))
		}
	}
	return files
}

// goModBelow is the go.mod of a directory named in a file that is in base.
func goModBelow(base, dir string) string {
	if dir = filepath.FromSlash(dir); !filepath.IsAbs(dir) {
		dir = filepath.Join(base, dir)
	}
	return filepath.Join(dir, "go.mod")
}

// immutable reports whether a directory is in the module cache, whose packages
// never change.
func (g goTool) immutable(dir string) bool {
	rel, err := filepath.Rel(g.env.get("GOMODCACHE"), dir)
	return err == nil && filepath.IsLocal(rel)
}
