package golang

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/template"
	"github.com/jargo-dev/jargo/internal/template/compiler"
)

// Session is what stays between the builds of a process that builds one project again
// and again, to be developed. Its zero value is for the first of them.
type Session struct {
	tool   goTool // the last
	inputs string // what decides on its environment
	plan   *plan  // of the last program; nil if there is none

	checked map[string]checked // templates, by the place of their page
	last    *Program           // whose pages have said what they are; nil if there is none
}

// takeLast returns the program of the last build if only templates have changed since, and
// all pages are still there. It is not the session's until it is given back.
func (s *Session) takeLast(o Options) *Program {
	if s == nil {
		return nil
	}
	last := s.last
	if s.last = nil; last == nil || last.pages.typed == nil || !last.pages.onlyTemplates(o.Changed) {
		return nil
	}
	if _, err := os.Stat(last.file); err != nil {
		return nil
	}
	same := slices.EqualFunc(last.pages.templates.All(), o.Templates.All(), func(a, b *template.Page) bool {
		return a.Place == b.Place && a.Type() == b.Type()
	})
	if !same {
		return nil
	}
	return last
}

func (s *Session) keepLast(p *Program) {
	if s != nil {
		s.last = p
	}
}

// onlyTemplates reports whether what has changed is known, and all of it is templates that
// are nothing else.
func (s *pageSet) onlyTemplates(files []string) bool {
	if len(files) == 0 || s.session.plan == nil {
		return false
	}
	for _, file := range files {
		if !strings.HasPrefix(file, "pages/") || !template.Is(path.Base(file)) {
			return false
		}
		name := filepath.Join(s.tool.dir, filepath.FromSlash(file))
		for _, u := range s.session.plan.Units {
			if slices.ContainsFunc(u.Package.EmbedFiles, func(f string) bool { return filepath.Join(u.Package.Dir, f) == name }) {
				return false
			}
		}
	}
	return true
}

// checked is what has come of checking the templates of a page.
type checked struct {
	typed  *typed // with these types
	digest string // of the templates
	result *compiler.Result
}

// take returns what has come of checking the templates of a page, if that was done.
func (s *Session) take(p *template.Page, t *typed) *compiler.Result {
	if s == nil {
		return nil
	}
	if c := s.checked[p.Place]; c.typed == t && c.digest == p.Digest() {
		return c.result
	}
	return nil
}

// keep keeps the results of checking templates, by their pages.
func (s *Session) keep(t *typed, results map[*template.Page]*compiler.Result) {
	if s == nil {
		return
	}
	s.checked = map[string]checked{}
	for p, r := range results {
		s.checked[p.Place] = checked{t, p.Digest(), r}
	}
}

// goTool is newGoTool, which asks the Go command nothing when it would say the same as
// the last time.
func (s *Session) goTool(ctx context.Context, dir string) (goTool, error) {
	if s == nil {
		return newGoTool(ctx, dir)
	}
	inputs := environmentInputs(dir)
	if s.inputs == inputs && s.tool.dir == dir {
		return s.tool, nil
	}
	s.inputs = ""
	tool, err := newGoTool(ctx, dir)
	if err != nil {
		return tool, err
	}
	tool.quick = true
	if inputs == environmentInputs(dir) { // it has not changed meanwhile
		s.tool, s.inputs = tool, inputs
	}
	return tool, nil
}

// environmentInputs is a digest of what go env depends on: the environment, the files of
// its settings, and the modules and workspaces that a directory may be in.
func environmentInputs(dir string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", os.Environ())
	goTool, _ := exec.LookPath("go")
	if info, err := os.Stat(goTool); err == nil {
		fmt.Fprintln(h, goTool, info.Size(), info.ModTime().UnixNano())
	}
	var files []string
	if config, err := os.UserConfigDir(); err == nil {
		files = append(files, filepath.Join(config, "go", "env"))
	}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".tool-versions"), filepath.Join(home, ".goenv", "version"))
	}
	if file := os.Getenv("GOENV"); file != "" {
		files = append(files, file)
	}
	for {
		for _, name := range []string{"go.mod", "go.work", ".go-version", ".tool-versions"} { // version managers' too
			files = append(files, filepath.Join(dir, name))
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	for _, file := range files {
		_ = addFile(h, file) // what cannot be read the Go command complains of
	}
	return sum(h)
}

// takePlan returns the plan, which is not the session's until it is given back: what
// fails leaves it half done.
func (s *Session) takePlan() *plan {
	if s == nil {
		return nil
	}
	p := s.plan
	s.plan = nil
	return p
}
