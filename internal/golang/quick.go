package golang

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// renew makes the program by the plan of the last build. Templates are being checked then.
// An error says why it cannot be made; the Go tool then can, or says what is wrong in its
// own words.
func (s *pageSet) renew(ctx context.Context, candidates []candidate) (string, error) {
	p, err := s.recallPlan(candidates)
	if err != nil {
		return "", err
	}
	sources, err := p.readUnits()
	if err != nil {
		return "", err
	}
	for u, source := range sources {
		if source.shape != u.Shape {
			return "", fmt.Errorf("%w: %s is made of something else", errUnusual, u.Package.ImportPath)
		}
	}
	began := time.Now()
	changed, err := s.compileChanged(ctx, p, sources)
	if err != nil {
		return "", err
	}
	if changed.archives {
		s.took("compile", began)
	}
	s.exports, s.packages = p.exports, p.Packages
	analyzed := make(chan error, 1)
	go func() {
		var err error
		// Exports have the lines of what pages export, too; what Funcs has is no export.
		if changed.exports || len(s.Funcs) > 0 && changed.archives || s.needsTypes() {
			err = s.analyzeChanged(p, candidates)
		}
		if err == nil && changed.archives {
			_ = s.keepPlan(p)
		}
		analyzed <- err
	}()
	program, err := s.link(ctx, p)
	if err := errors.Join(<-analyzed, err); err != nil {
		return "", err
	}
	s.session.plan = p
	s.checkMeanwhile()
	return program, nil
}

// checkMeanwhile checks the templates while the program starts.
func (s *pageSet) checkMeanwhile() {
	if len(s.templates.All()) == 0 {
		return
	}
	var found diag.List
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.checkTemplates(s.templates, s.session, &found)
	}()
	s.checking = func() diag.List {
		<-done
		return found
	}
}

// checked waits until the templates are checked, and returns the mistakes that have not
// been reported.
func (s *pageSet) checked() diag.List {
	if s.checking == nil {
		return nil
	}
	return s.checking()
}

// needsTypes reports whether there are templates to be checked, and no types.
func (s *pageSet) needsTypes() bool {
	return len(s.templates.All()) > 0 && s.typed == nil
}

// compilePlanned compiles the pages by the Go tool, links the program, and keeps
// the plan that this went by.
func (s *pageSet) compilePlanned(ctx context.Context, candidates []candidate) (string, error) {
	began := time.Now()
	p, err := s.newPlan(ctx)
	if err != nil {
		return "", err
	}
	sources, err := p.readUnits()
	if err != nil {
		return "", err
	}
	for u, source := range sources {
		u.Shape = source.shape
	}
	units := p.byPath()
	for _, u := range p.Units {
		var inputs string
		if source := sources[u]; source != nil {
			inputs = u.inputs(source, units)
		}
		if err := u.setArchive(u.Package.Export, inputs); err != nil {
			return "", err
		}
		if _, err := u.live(s.tool, sources[u], units); err == nil {
			u.Inputs = ""
		}
	}
	if p.Inputs, err = p.digest(s, candidates); err != nil {
		return "", err
	}
	if _, err := s.compileChanged(ctx, p, sources); err != nil { // what is to read embedded files
		return "", err
	}
	program, err := s.link(ctx, p)
	if err != nil {
		return "", err
	}
	// What changed meanwhile may not be what the Go tool read.
	if !p.changedSince(began.Add(-site.TimeStep), sources) {
		// A plan that cannot be kept costs the next build some time, no more.
		_ = s.keepPlan(p)
		s.session.plan = p
	}
	return program, nil
}

// changedSince reports whether what the plan was made of changed after t.
func (p *plan) changedSince(t time.Time, sources map[*unit]*sourceFiles) bool {
	for _, source := range sources {
		if source.changed.After(t) {
			return true
		}
	}
	for _, file := range p.Files {
		changed, err := changeTime(file)
		if changed.After(t) || err != nil && !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// newPlan has the Go tool compile the packages, and asks it for its commands.
func (s *pageSet) newPlan(ctx context.Context) (*plan, error) {
	tool := s.tool
	tool.overlay = s.overlay
	var script *script
	asked := make(chan error, 1)
	go func() {
		var err error
		script, err = s.script(ctx)
		asked <- err
	}()
	packages, err := tool.listInOrder(ctx, []string{"./" + path.Join("pages", overlayDir)})
	if err := errors.Join(err, <-asked); err != nil {
		return nil, err
	}
	link, own, _, err := newCommand(script.link, linkFlags)
	if err != nil {
		return nil, err
	}
	p := &plan{memo: memo{exports: s.exports, Packages: s.packages, Files: tool.moduleFiles()}, Main: s.main, Link: link}
	var archives map[string]string
	archives, p.Config = script.imports(own["-importcfg"])
	packages = slices.DeleteFunc(packages, func(l *listed) bool { return l.ImportPath == "unsafe" }) // it has no archive
	changing := map[string]bool{}
	for i, l := range packages {
		if l.Error != nil || l.Export == "" {
			return nil, fmt.Errorf("%w: %s is not compiled", errUnusual, l.ImportPath)
		}
		u := &unit{Package: *l}
		p.Units = append(p.Units, u)
		isChanging := func(importPath string) bool { return changing[importPath] }
		if i < len(packages)-1 && s.isFixed(l) && !slices.ContainsFunc(l.Imports, isChanging) {
			continue
		}
		changing[l.ImportPath], u.Shape = true, mainShape // until it is read
		if u.Compile, err = script.compilation(archives[l.ImportPath], l); err != nil && !errors.Is(err, errUnusual) {
			return nil, err
		}
		p.addModuleFiles(l)
	}
	return p, nil
}

// script asks the Go tool by which commands it would make the program.
func (s *pageSet) script(ctx context.Context) (*script, error) {
	args := append([]string{"build", "-n", "-a", "-overlay", s.overlay, "-ldflags=-s -w"}, s.tool.buildFlags()...)
	output, err := s.tool.command(ctx, append(args, "./"+path.Join("pages", overlayDir))...).CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("go build -n: %w\n%s", err, output)
	}
	return parseScript(string(output)), nil
}

// isFixed reports whether the source of a package never changes: that of the
// engine changes with this program.
func (s *pageSet) isFixed(l *listed) bool {
	return l.Standard || s.tool.immutable(l.Dir) || strings.HasPrefix(l.Dir+string(filepath.Separator), filepath.Join(s.tool.dir, "pages", overlayDir, "engine")+string(filepath.Separator))
}

// addModuleFiles adds the go.mod of a package's module, and those that would make
// another module of its directory.
func (p *plan) addModuleFiles(l *listed) {
	if l.Module == nil || l.Module.GoMod == "" {
		return
	}
	for dir := l.Dir; ; dir = filepath.Dir(dir) {
		p.Files = append(p.Files, filepath.Join(dir, "go.mod"))
		if dir == filepath.Dir(l.Module.GoMod) || dir == filepath.Dir(dir) {
			return
		}
	}
}
