// Package golang is the front end for Go pages. It finds the page packages,
// checks the shape of their exports, links them with the engine into one
// program, and runs the program to learn the pages' settings and to render
// them. Nothing is written into the project: generated source reaches the Go
// tool through an overlay (docs/decisions/0001-engine-in-the-users-module.md).
package golang

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	executed "github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/template"
)

// Options say which pages to load.
type Options struct {
	Dir    string          // the project, an absolute path without symbolic links
	Cache  string          // a directory that stays between builds, and that no other build uses meanwhile
	Limits renderer.Limits // of the pages
	Site   string          // renderer.Options.SiteFile
	Log    io.Writer       // gets what the pages print; nil discards it
	// Session is that of the builds of a site in development, where the next change
	// matters more than how fast pages run (plan); nil for none.
	Session *Session
	// Changed are the files that have changed since the last build of the session, relative to
	// the project; nil if that is not known.
	Changed []string
	// Templates are those of the project: pages, also where there is no package.
	Templates *template.Project

	// Sources gets what the pages are made of as it becomes known, also when there are
	// mistakes: directories of packages that may change, and the files that say which
	// these are. They need not be in the project, nor exist. It may be nil.
	Sources func(paths []string)
}

// pageSet is the Go pages of a project, checked and ready to be compiled.
type pageSet struct {
	tool  goTool
	cache cache
	exports
	packages map[string]userPackage // by import path
	hidden   map[string]string      // files that the Go tool must not see, as in an overlay
	main     string                 // source of the program's package main
	overlay  string                 // file for go build -overlay
	sources  func(paths []string)
	session  *Session
	steps    []Step

	templates *template.Project
	checking  func() diag.List // what checked waits for; nil for nothing
	bundle    string           // file with the templates that are executed; "" if the program has them
}

// userPackage is a package of the user's modules.
type userPackage struct{ Dir, Name string }

// Step is a part of what it took to make a program.
type Step struct {
	Name string // compile, link; list and build for what the Go tool does
	Took time.Duration
}

// took notes a step that ends now.
func (s *pageSet) took(name string, began time.Time) {
	s.steps = append(s.steps, Step{name, time.Since(began)})
}

// overlayDir is the directory below pages/ that holds the program and the
// engine in the overlay. Standing in pages/, the program may import what is
// internal to the module. Its name is never a route.
const overlayDir = "_jargo"

// Load finds, checks and compiles the Go pages of a project, and asks them for
// their settings. What is wrong with the pages goes to diags; the Program has
// those that are right. It is nil when there are none.
func Load(ctx context.Context, o Options, diags *diag.List) (*Program, error) {
	o.Log = renderer.SharedLog(o.Log)
	if last := o.Session.takeLast(o); last != nil {
		return o.again(last, diags)
	}
	s, file, err := o.checkAndCompile(ctx, diags)
	if errors.Is(err, errProgram) {
		// A page was written after it was looked at.
		s, file, err = o.checkAndCompile(ctx, diags)
	}
	if err != nil || s == nil {
		return nil, diags.Merge(err)
	}
	if s.Open == nil && len(*diags) == 0 {
		for _, hint := range s.Hints {
			hint.Message = "warning: " + hint.Message
			fmt.Fprintln(o.Log, hint)
		}
	}
	if err := o.writeBundle(s); err != nil {
		return nil, err
	}
	before := len(*diags)
	running, err := renderer.Load(ctx, o.rendering(s, file), diags)
	loaded := len(*diags) == before
	*diags = append(*diags, s.checked()...)
	if err != nil {
		return nil, err
	}
	program := &Program{Renderer: running, pages: s, file: file}
	if loaded {
		o.Session.keepLast(program)
	}
	return program, nil
}

// again is the program of the last build, where nothing but what is in templates has
// changed: its pages would say the same of themselves.
func (o Options) again(last *Program, diags *diag.List) (*Program, error) {
	s := *last.pages
	s.templates, s.steps, s.checking = o.Templates, nil, nil
	s.checkTemplates(o.Templates, o.Session, diags)
	if err := o.writeBundle(&s); err != nil {
		return nil, err
	}
	program := &Program{Renderer: last.Again(o.rendering(&s, last.file), diags), pages: &s, file: last.file}
	o.Session.keepLast(program)
	return program, nil
}

// writeBundle writes the templates of a site that is developed to a file.
func (o Options) writeBundle(s *pageSet) error {
	if o.Session == nil || len(o.Templates.All()) == 0 {
		return nil
	}
	s.bundle = filepath.Join(o.Cache, executed.BundleName)
	return o.Templates.WriteBundle(s.bundle)
}

// rendering is how the pages are loaded and rendered by their program.
func (o Options) rendering(s *pageSet, file string) renderer.Options {
	r := renderer.Options{Language: &language{s, file, o.Log}, Processes: 1, Limits: o.Limits, SiteFile: o.Site, Ask: syscall.SIGQUIT, Log: o.Log}
	for _, p := range s.Pages {
		r.Pages = append(r.Pages, renderer.Task{Path: p.route.String(), At: p.Source})
	}
	return r
}

// Program is a site's Go pages, compiled and running on this machine. Close it.
type Program struct {
	*renderer.Renderer
	pages *pageSet
	file  string
}

// Steps are what it took to make the program, those that were not left out.
func (p *Program) Steps() []Step { return p.pages.steps }

// Warnings are what may be a mistake in templates.
func (p *Program) Warnings() diag.List { return p.pages.Warnings }

// Middleware is what wraps fresh pages.
func (p *Program) Middleware() []site.Middleware {
	var list []site.Middleware
	for _, m := range p.pages.Middleware {
		list = append(list, m.middleware())
	}
	return list
}

// checkAndCompile returns the pages and their program for this machine. There
// are no pages to go on with when the set is nil.
func (o Options) checkAndCompile(ctx context.Context, diags *diag.List) (*pageSet, string, error) {
	var found diag.List
	s, candidates, err := o.start(ctx, &found)
	if err != nil || s == nil {
		*diags = append(*diags, found...)
		return nil, "", err
	}
	quick := o.Session != nil && len(found) == 0
	if quick {
		if file, err := s.renew(ctx, candidates); err == nil {
			return s, file, nil
		}
	}
	ok, err := s.check(ctx, candidates, &found)
	if err != nil || !ok {
		*diags = append(*diags, found...)
		return nil, "", err
	}
	file, err := "", errUnusual
	if quick && len(found) == 0 {
		file, err = s.compilePlanned(ctx, candidates)
	}
	if err != nil {
		file, err = s.compile(ctx, runtime.GOOS, runtime.GOARCH)
	}
	if !errors.Is(err, errProgram) {
		*diags = append(*diags, found...)
	}
	return s, file, err
}

// errProgram says that the generated program does not fit the pages.
var errProgram = errors.New("internal error, please report: the program does not compile")

// check finds the Go pages and checks the shapes of their exports. It returns
// nil when there is no page to go on with.
func (o Options) check(ctx context.Context, diags *diag.List) (*pageSet, error) {
	s, candidates, err := o.start(ctx, diags)
	if err != nil || s == nil {
		return nil, err
	}
	if ok, err := s.check(ctx, candidates, diags); err != nil || !ok {
		return nil, err
	}
	return s, nil
}

// start finds what may be Go pages, and the Go tool. It returns nil when there is
// no page to go on with.
func (o Options) start(ctx context.Context, diags *diag.List) (*pageSet, []candidate, error) {
	candidates, err := find(o.Dir, o.Templates, diags)
	if err != nil || len(candidates) == 0 {
		return nil, nil, err
	}
	if !checkModuleFiles(o.Dir, diags) {
		return nil, nil, nil
	}
	tool, err := o.Session.goTool(ctx, o.Dir)
	if err != nil {
		return nil, nil, err
	}
	s := &pageSet{tool: tool, session: o.Session, templates: o.Templates, cache: cache{o.Cache}, packages: map[string]userPackage{}, sources: o.Sources}
	if s.sources == nil {
		s.sources = func([]string) {}
	}
	s.sources(tool.moduleFiles())
	if candidates, err = s.hide(candidates, diags); err != nil || len(candidates) == 0 {
		return nil, nil, err
	}
	return s, candidates, nil
}

// check checks the shapes of the candidates' exports, and writes the program's
// source. It reports whether there is a page to go on with.
func (s *pageSet) check(ctx context.Context, candidates []candidate, diags *diag.List) (bool, error) {
	if m := s.recall(candidates); m != nil {
		s.exports, s.packages = m.exports, m.Packages
		s.sources(slices.Concat(m.Files, m.Dirs))
	} else if err := s.analyze(ctx, candidates, diags); err != nil {
		return false, err
	}
	if len(s.Pages) == 0 {
		s.checkUseful(diags)
		return false, nil
	}
	return true, s.generate()
}

// hide hides from the Go tool what is not a file, and returns the candidates that
// are left.
func (s *pageSet) hide(candidates []candidate, diags *diag.List) ([]candidate, error) {
	if s.hidden = findHidden(s.tool.dir, diags); len(s.hidden) == 0 {
		return candidates, nil
	}
	left := candidates[:0]
	for _, c := range candidates {
		dir := filepath.Join(s.tool.dir, filepath.FromSlash(c.dir()))
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		if firstGoFile(entries, dir, s.hidden) != "" {
			left = append(left, c)
		}
	}
	var err error
	s.tool.overlay, err = s.cache.putOverlay("hidden.json", s.hidden)
	return left, err
}

// analyze lists the candidates' packages and checks which are pages. It
// remembers the result when nothing was wrong.
func (s *pageSet) analyze(ctx context.Context, candidates []candidate, diags *diag.List) error {
	if err := s.forget(); err != nil {
		return err
	}
	began, before := time.Now(), len(*diags)
	dirs := make([]string, len(candidates))
	for i, c := range candidates {
		dirs[i] = "./" + c.dir()
	}
	listing := time.Now()
	if len(s.templates.All()) > 0 {
		dirs = append(dirs, "time") // of a function that templates have
	}
	packages, err := s.tool.list(ctx, dirs)
	s.took("list", listing)
	if err != nil {
		return err
	}
	files, sources := s.dependencies(packages)
	s.sources(slices.Concat(files, sources))
	s.tool.addErrors(packages, diags)
	for _, p := range packages {
		if p.Module != nil && p.Module.Main {
			s.packages[p.ImportPath] = userPackage{p.Dir, p.Name}
		}
	}
	compiled := len(*diags) == before
	found, err := analyze(candidates, s.templates, packages, s.tool.dir, diags)
	if err != nil {
		return err
	}
	s.exports = *found
	if compiled {
		s.checkTemplates(s.templates, s.session, diags)
	} else { // what templates can use is not known
		for _, p := range s.Pages {
			p.wrong = p.Template != nil
		}
	}
	if len(s.Pages) > 0 && len(*diags) == before && len(s.hidden) == 0 {
		// A memo that cannot be made costs the next build some time, no more.
		_ = s.remember(began, candidates, memo{Files: files, Dirs: sources})
	}
	return nil
}

// generate writes the program's source and the overlay that puts it into the
// user's module.
func (s *pageSet) generate() error {
	main, err := generate(&s.exports, s.templates, path.Join(s.Root, overlayDir, "engine"), "", s.session != nil)
	if err != nil {
		return err
	}
	s.main = string(main)
	mainFile, err := s.cache.put("main.go", main)
	if err != nil {
		return fmt.Errorf("write the program's source: %w", err)
	}
	files, err := s.cache.engineSource()
	if err != nil {
		return fmt.Errorf("write the engine's source: %w", err)
	}
	dir := filepath.Join(s.tool.dir, "pages", overlayDir)
	replace := maps.Clone(s.hidden)
	replace[filepath.Join(dir, "main.go")] = mainFile
	for name, file := range files {
		replace[filepath.Join(dir, "engine", filepath.FromSlash(name))] = file
	}
	s.overlay, err = s.cache.putOverlay("overlay.json", replace)
	return err
}

// compile links the pages into a program and returns its file, which the next
// compile for the same system replaces.
func (s *pageSet) compile(ctx context.Context, system, arch string) (string, error) {
	return s.compileMain(ctx, s.overlay, path.Join("pages", overlayDir), system, arch, "program-"+system+"-"+arch)
}

// compileMain links the main package in a directory of the overlay, below the project, into
// the program name in the cache, and returns its file.
func (s *pageSet) compileMain(ctx context.Context, overlay, dir, system, arch, name string) (string, error) {
	defer s.took("build", time.Now())
	tool := s.tool
	tool.os, tool.arch = system, arch
	program := filepath.Join(s.cache.dir, name)
	args := append([]string{"build", "-overlay", overlay, "-o", program, "-ldflags=-s -w"}, tool.buildFlags()...)
	cmd := tool.command(ctx, append(args, "./"+dir)...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		if err := s.forget(); err != nil {
			return "", err
		}
		if strings.Contains(string(output), filepath.Base(s.cache.dir)) || strings.Contains(string(output), "pages/"+overlayDir+"/") {
			return "", fmt.Errorf("%w:\n%s", errProgram, output)
		}
		return "", tool.failure(ctx, "go build", err, string(output))
	}
	if _, err := os.Stat(program); err != nil {
		return "", errors.New("go build made no program")
	}
	return program, nil
}

// Files are the files of the project that functions have: none, for the program is
// all there is.
func (p *Program) Files() map[string]string { return nil }

// Function is what the function of the pages is made of: the program, compiled
// for Linux on arch (amd64, arm64), or for this machine when arch is "".
func (p *Program) Function(ctx context.Context, arch string) (site.Function, error) {
	f := site.Function{Runtime: "executable", Handler: "executable", Language: "go", Streaming: true}
	file := p.file
	if arch != "" && (runtime.GOOS != "linux" || runtime.GOARCH != arch) {
		var err error
		if file, err = p.pages.compile(ctx, "linux", arch); err != nil {
			return f, err
		}
	}
	f.Files = map[string]string{f.Handler: file}
	if p.pages.bundle != "" {
		f.Files[executed.BundleName] = p.pages.bundle
		f.Environment = map[string]string{executed.Variable: executed.BundleName}
	}
	f.AsksForAssets = func() (bool, error) {
		data, err := os.ReadFile(file)
		// What is not called is not linked, and the runtime keeps the names of what is.
		return bytes.Contains(data, []byte("/engine/sitefile.Asset")) || bytes.Contains(data, []byte(jargoPath+".Asset")), err
	}
	return f, nil
}
