package build

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// fileSet is the files of the project that a function has.
type fileSet struct {
	files map[string]string // where each is, by its name below the project
	key   string            // the same for sets of the same names
}

func newFileSet(files map[string]string) *fileSet {
	return &fileSet{files, strings.Join(slices.Sorted(maps.Keys(files)), "\x00")}
}

// filesOf are the files of the project that the function of a page has: a build page has
// a function only in development, which works in the project.
func (l *loaded) filesOf(p *site.Page) *fileSet {
	if set := l.files[p]; set != nil {
		return set
	}
	return newFileSet(map[string]string{})
}

// functionFiles finds what the functions of vercel.json say of pages that are
// functions: their files, and the limits of those pages that set none. If the site
// is whole, a rule that says it of no page goes to diags.
func (l *loaded) functionFiles(o Options, whole bool, diags *diag.List) error {
	l.files = map[*site.Page]*fileSet{}
	i := &includer{project: o.Dir, out: o.Out, diags: diags, found: map[*vercel.FunctionRule]map[string]string{}}
	used := map[*vercel.FunctionRule]bool{}
	var sources []string
	for _, f := range l.frontEnds {
		sets := map[*vercel.FunctionRule]*fileSet{}
		for _, p := range f.Pages() {
			rule := l.vercel.FunctionRule(p.Source.File)
			sources, used[rule] = append(sources, p.Source.File), true
			if p.Kind == site.Build {
				continue
			}
			if sets[rule] == nil {
				included, err := i.find(rule)
				if err != nil {
					return err
				}
				sets[rule] = newFileSet(merge(f, rule, included))
			}
			l.files[p] = sets[rule]
			setLimits(p, rule)
		}
	}
	for n := range l.vercel.Functions {
		if rule := &l.vercel.Functions[n]; !used[rule] && whole && len(sources) > 0 {
			l.reportUnused(rule, sources, diags)
		}
	}
	return nil
}

// merge returns the files that a front end's functions have of the project
// anyway, except what the rule excludes, and those that it includes. The sources of
// pages stay.
func merge(f frontEnd, rule *vercel.FunctionRule, included map[string]string) map[string]string {
	files := map[string]string{}
	maps.Copy(files, f.Files())
	if rule != nil && rule.ExcludeFiles != "" {
		maps.DeleteFunc(files, func(name, _ string) bool {
			isPage := slices.ContainsFunc(f.Pages(), func(p *site.Page) bool { return p.Source.File == name })
			return !isPage && vercel.Matches(rule.ExcludeFiles, name)
		})
	}
	maps.Copy(files, included)
	return files
}

// setLimits gives a page the limits of its rule that it does not set itself.
func setLimits(p *site.Page, rule *vercel.FunctionRule) {
	if rule == nil {
		return
	}
	if p.MaxDuration == 0 {
		p.MaxDuration = output.Seconds(rule.MaxDuration)
	}
	if p.Memory == 0 {
		p.Memory = rule.Memory
	}
	if len(p.Regions) == 0 {
		p.Regions = rule.Regions
	}
}

// reportUnused reports a rule that decides for no page.
func (l *loaded) reportUnused(rule *vercel.FunctionRule, sources []string, diags *diag.List) {
	var globs []string
	for _, source := range sources {
		if vercel.Matches(rule.Glob, source) {
			first := l.vercel.FunctionRule(source)
			diags.Add(rule.At, "put it before "+first.Glob,
				"functions: %q has no effect: %q comes before it, and the first rule that matches a page decides", rule.Glob, first.Glob)
			return
		}
		globs = append(globs, source)
		for dir := path.Dir(source); dir != "."; dir = path.Dir(dir) {
			globs = append(globs, dir+"/**")
		}
	}
	fix := `it is a glob of sources of pages, such as "` + sources[0] + `" or "pages/**"`
	if near := diag.Nearest(rule.Glob, globs); near != "" {
		fix = "did you mean " + near + "?"
	}
	diags.Add(rule.At, fix, "functions: %q matches no page", rule.Glob)
}

// includer finds the files that rules include.
type includer struct {
	project, out string
	diags        *diag.List
	found        map[*vercel.FunctionRule]map[string]string

	// Of the rule that is looked at.
	rule  *vercel.FunctionRule
	files map[string]string
}

// find returns the files that a rule includes. None at all goes to diags.
func (i *includer) find(rule *vercel.FunctionRule) (map[string]string, error) {
	if rule == nil || rule.IncludeFiles == "" {
		return nil, nil
	}
	if files, again := i.found[rule]; again {
		return files, nil
	}
	i.rule, i.files = rule, map[string]string{}
	base, pattern := doublestar.SplitPattern(rule.IncludeFiles)
	if !strings.ContainsAny(pattern, `*?[{\`) {
		base = path.Join(base, pattern) // a file
	}
	before := len(*i.diags)
	if err := i.add(base, nil); err != nil {
		return nil, fmt.Errorf("find the files that %s includes: %w", vercel.File, err)
	}
	if i.found[rule] = i.files; len(i.files) == 0 && len(*i.diags) == before {
		i.diags.Add(rule.At, i.nearest(), "functions[%s].includeFiles: %q matches no file", rule.Glob, rule.IncludeFiles)
	}
	return i.files, nil
}

// add adds what is at a name below the project: a file, or those of a directory. It
// follows symbolic links within the project; above are the directories that lead to
// this one.
func (i *includer) add(name string, above []string) error {
	file := filepath.Join(i.project, filepath.FromSlash(name))
	if i.never(name) || file == i.out || i.rule.ExcludeFiles != "" && vercel.Matches(i.rule.ExcludeFiles, name) {
		return nil
	}
	matches := vercel.Matches(i.rule.IncludeFiles, name)
	real, err := filepath.EvalSymlinks(file)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Lstat(file); err == nil && matches {
			i.diags.Add(diag.Pos{File: name}, "remove it, or put a file in its place", "vercel.json includes it, but it leads nowhere")
		}
		return nil
	}
	if err != nil {
		return err
	}
	info, err := os.Stat(real)
	if err != nil {
		return err
	}
	target, err := filepath.Rel(i.project, real)
	if err != nil {
		return err
	}
	target = filepath.ToSlash(target)
	switch {
	case real != file && (matches || info.IsDir()) && (!filepath.IsLocal(target) || i.never(target)):
		i.diags.Add(diag.Pos{File: name}, "put the files themselves there, or name it in excludeFiles",
			"vercel.json includes what is below it, but it leads to %s, which is never in a function", target)
	case info.IsDir() && i.below(name) && !slices.Contains(above, real) && !output.Is(file):
		entries, err := os.ReadDir(file)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if err := i.add(path.Join(name, e.Name()), append(slices.Clip(above), real)); err != nil {
				return err
			}
		}
	case !info.IsDir() && matches && i.checkNames(name) && site.CheckFile(name, info.Mode(), i.diags):
		i.files[name] = file
	}
	return nil
}

// checkNames reports directories above a file by whose names it cannot be deployed.
func (i *includer) checkNames(name string) bool {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if !site.CheckName(dir, i.diags) {
			return false
		}
	}
	return true
}

// below reports whether the glob can match something below a directory.
func (i *includer) below(name string) bool {
	glob := i.rule.IncludeFiles
	return name == "." || strings.Contains(glob, "**") || strings.Contains(glob, "{") || strings.Count(name, "/") < strings.Count(glob, "/")
}

// never reports whether a file is in no function, whatever includes it: it steers
// tools, or holds secrets.
func (i *includer) never(name string) bool {
	return name == vercel.File || slices.ContainsFunc(strings.Split(name, "/"), func(part string) bool {
		return part == ".git" || part == ".vercel" || strings.HasPrefix(part, scratch.Prefix) || site.IsEnvironment(part)
	})
}

// nearest says which glob might have been meant.
func (i *includer) nearest() string {
	glob := i.rule.IncludeFiles
	if i.never(glob) {
		return "leave it out: no output ever has it"
	}
	if info, err := os.Stat(filepath.Join(i.project, filepath.FromSlash(glob))); err == nil && info.IsDir() {
		return "write " + glob + "/** for the files in it"
	}
	var globs []string
	for _, pattern := range []string{"*", "*/*"} {
		names, _ := filepath.Glob(filepath.Join(i.project, pattern)) // the pattern is right
		for _, name := range names {
			rel, err := filepath.Rel(i.project, name)
			if rel = filepath.ToSlash(rel); err != nil || strings.HasPrefix(rel, ".") {
				continue
			}
			if info, err := os.Stat(name); err == nil && info.IsDir() {
				rel += "/**"
			}
			globs = append(globs, rel)
		}
	}
	if near := diag.Nearest(glob, globs); near != "" {
		return "did you mean " + near + "?"
	}
	return `it is a glob of files below the project, such as "content/**"`
}
