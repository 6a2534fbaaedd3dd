// Package golang is the front end for Go pages. It finds the page packages,
// checks the shape of their exports, links them with the engine into one
// program, and runs the program to learn the pages' settings and to render
// them. Nothing is written into the project: generated source reaches the Go
// tool through an overlay.
package golang

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Source is the Go pages of a project, checked and ready to be compiled.
// Close it.
type Source struct {
	tool     goTool
	cache    *cache
	pages    []*page           // in route order
	packages map[string]string // directory of each package of the user's modules, by import path
	overlay  string            // file for go build -overlay
	main     string            // directory of the generated main package, which only the overlay has
}

// overlayDir is the directory below pages/ that holds the program and the
// engine in the overlay. Standing in pages/, the program may import what is
// internal to the module. Its name is never a route.
const overlayDir = "_jargo"

// Load finds and checks the Go pages of the project in dir, an absolute path
// without symbolic links. What is wrong with the pages goes to diags; the
// Source has those that are right. It is nil when the project has no Go pages.
func Load(ctx context.Context, dir string, diags *diag.List) (*Source, error) {
	candidates, err := find(dir, diags)
	if err != nil || len(candidates) == 0 {
		return nil, err
	}
	tool, err := newGoTool(ctx, dir)
	if err != nil {
		return nil, err
	}
	dirs := make([]string, len(candidates))
	for i, c := range candidates {
		dirs[i] = "./" + c.dir()
	}
	packages, err := tool.list(ctx, dirs)
	if err != nil {
		return nil, err
	}
	tool.addErrors(packages, diags)
	s := &Source{tool: tool, packages: map[string]string{}}
	for _, p := range packages {
		if p.Module != nil && p.Module.Main {
			s.packages[p.ImportPath] = p.Dir
		}
	}
	s.pages = analyze(candidates, packages, dir, diags)
	slices.SortFunc(s.pages, func(a, b *page) int { return a.route.Compare(b.route) })
	if len(s.pages) == 0 {
		return nil, nil
	}
	if s.cache, err = openCache(dir); err != nil {
		return nil, err
	}
	if err := s.generate(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close lets other builds of the project go on.
func (s *Source) Close() { s.cache.close() }

// generate writes the program's source and the overlay that puts it into the
// user's module.
func (s *Source) generate() error {
	prefix := path.Join(s.pagesImportPath(), overlayDir)
	main, err := generate(s.pages, prefix+"/engine")
	if err != nil {
		return err
	}
	mainFile, err := s.cache.put("main.go", main)
	if err != nil {
		return fmt.Errorf("write the program's source: %w", err)
	}
	files, err := s.cache.engineSource()
	if err != nil {
		return fmt.Errorf("write the engine's source: %w", err)
	}
	s.main = filepath.Join(s.tool.dir, "pages", overlayDir)
	replace := map[string]string{filepath.Join(s.main, "main.go"): mainFile}
	for name, file := range files {
		replace[filepath.Join(s.main, "engine", name)] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	s.overlay, err = s.cache.put("overlay.json", overlay)
	return err
}

// pagesImportPath is the import path of the project's pages/.
func (s *Source) pagesImportPath() string {
	p := s.pages[0]
	return strings.TrimSuffix(p.importPath, strings.TrimPrefix(path.Dir(p.source.File), "pages"))
}

// Compile links the pages into a program for an architecture (amd64, arm64) of
// Linux, or for this machine when arch is "", and returns its file. The file
// is replaced by the next Compile for the same machine.
func (s *Source) Compile(ctx context.Context, arch string) (string, error) {
	tool := s.tool
	tool.os, tool.arch = runtime.GOOS, runtime.GOARCH
	if arch != "" {
		tool.os, tool.arch = "linux", arch
	}
	program := filepath.Join(s.cache.dir, "program-"+tool.os+"-"+tool.arch)
	args := append([]string{"build", "-overlay", s.overlay, "-o", program, "-ldflags=-s -w"}, tool.buildFlags()...)
	cmd := tool.command(ctx, append(args, "./"+path.Join("pages", overlayDir))...)
	output, err := cmd.CombinedOutput()
	if err != nil {
		return "", tool.failure(ctx, "go build", err, string(output))
	}
	if _, err := os.Stat(program); err != nil {
		return "", errors.New("go build made no program")
	}
	return program, nil
}
