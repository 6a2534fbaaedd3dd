package golang

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

// plan is how the program is made of its packages by the compiler and the linker,
// without the Go tool. It is kept between builds: the next compiles what has
// changed, and those that import a package whose export data has.
//
// What decides which packages these are, and by which commands they are made, is
// in the plan's inputs and the units' shapes. While both are what they were, the
// Go tool would run the same commands.
type plan struct {
	memo           // its Dirs are empty: units tell what has changed
	Main   string  // source of package main
	Units  []*unit // a package after those it imports; main is the last
	Link   command
	Config []string // what the linker's import configuration says besides archives
}

// planDir is a directory of the cache with all that belongs to the plan: nothing
// there is used by another build.
const planDir = "quick"

func (s *pageSet) planFile(name string) string { return filepath.Join(s.cache.dir, planDir, name) }

// recallPlan returns the plan of the last build if it still says how the program
// is made.
func (s *pageSet) recallPlan(candidates []candidate) (*plan, error) {
	p := s.session.takePlan()
	if p == nil {
		data, err := os.ReadFile(s.planFile("plan.json"))
		if err != nil {
			return nil, err
		}
		p = new(plan)
		if err := json.Unmarshal(data, p); err != nil {
			return nil, err
		}
	}
	inputs, err := p.digest(s, candidates)
	if err != nil {
		return nil, err
	}
	if inputs != p.Inputs {
		return nil, fmt.Errorf("%w: something else has changed", errUnusual)
	}
	p.setRoutes(candidates, s.templates)
	return p, nil
}

// digest is that of a memo, and of the toolchain.
func (p *plan) digest(s *pageSet, candidates []candidate) (string, error) {
	inputs, err := p.memo.digest(s.tool, candidates)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, page := range s.templates.All() { // what is in them changes nothing of the program
		fmt.Fprintf(h, "template %q %q\n", page.Place, page.Type())
	}
	fmt.Fprintln(h, inputs)
	for _, name := range []string{p.Link.Program, filepath.Join(filepath.Dir(p.Link.Program), "compile")} {
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, name, info.Size(), info.ModTime().UnixNano())
	}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "GO") || strings.HasPrefix(variable, "CGO_") {
			fmt.Fprintf(h, "%q\n", variable)
		}
	}
	return sum(h), nil
}

// keepPlan keeps a plan for the next build, and removes what only older ones had.
func (s *pageSet) keepPlan(p *plan) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	file, err := s.cache.put(path.Join(planDir, "plan.json"), data)
	if err != nil {
		return err
	}
	kept := []string{file, s.program(p.Link, p.linkConfig())}
	for _, u := range p.Units {
		kept = append(kept, u.Archive)
	}
	entries, err := os.ReadDir(filepath.Dir(file))
	for _, e := range entries {
		if name := s.planFile(e.Name()); !slices.Contains(kept, name) && !strings.HasPrefix(e.Name(), workPrefix) {
			err = errors.Join(err, os.RemoveAll(name))
		}
	}
	return err
}

// readUnits reads the packages that may have changed. The source of main is the plan's.
func (p *plan) readUnits() (map[*unit]*sourceFiles, error) {
	sources := map[*unit]*sourceFiles{}
	for i, u := range p.Units {
		if i == len(p.Units)-1 {
			files := map[string][]byte{u.Package.GoFiles[0]: []byte(p.Main)}
			sources[u] = &sourceFiles{shape: mainShape, files: files}
			continue
		}
		if u.fixed() {
			continue
		}
		s, err := u.read()
		if err != nil {
			return nil, err
		}
		sources[u] = s
	}
	return sources, nil
}

// mainShape is the shape of package main, whose source is that of the plan.
const mainShape = "main"

// byPath are the units by import path.
func (p *plan) byPath() map[string]*unit {
	units := map[string]*unit{}
	for _, u := range p.Units {
		units[u.Package.ImportPath] = u
	}
	return units
}

// changes are what there is to do after packages were compiled.
type changes struct {
	archives bool // some are others
	exports  bool // some have other export data
}

// compileChanged compiles what has changed.
func (s *pageSet) compileChanged(ctx context.Context, p *plan, sources map[*unit]*sourceFiles) (changes, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	units, before := p.byPath(), map[*unit]unit{}
	done := map[*unit]chan struct{}{}
	for _, u := range p.Units {
		done[u], before[u] = make(chan struct{}), *u
	}
	slots := make(chan string, runtime.GOMAXPROCS(0)) // of directories to compile in
	for i := range cap(slots) {
		slots <- strconv.Itoa(i)
	}
	var running sync.WaitGroup
	for _, u := range p.Units {
		running.Go(func() {
			defer close(done[u])
			for _, imported := range u.imports(units) {
				<-done[imported]
			}
			slot := <-slots
			defer func() { slots <- slot }()
			if err := ctx.Err(); err != nil {
				return
			}
			if err := s.renewUnit(ctx, u, sources[u], units, slot); err != nil {
				cancel(err)
			}
		})
	}
	running.Wait()
	var c changes
	for _, u := range p.Units {
		c.archives = c.archives || u.Inputs != before[u].Inputs
		c.exports = c.exports || u.Export != before[u].Export
	}
	return c, context.Cause(ctx)
}

// renewUnit compiles a package if its archive is not of these inputs.
func (s *pageSet) renewUnit(ctx context.Context, u *unit, source *sourceFiles, units map[string]*unit, slot string) error {
	if u.fixed() && !u.hasArchive() {
		return fmt.Errorf("%w: the archive of %s is gone", errUnusual, u.Package.ImportPath)
	}
	if u.fixed() {
		return nil
	}
	inputs := u.inputs(source, units)
	if inputs == u.Inputs && u.hasArchive() {
		return nil
	}
	if u.Compile == nil {
		return fmt.Errorf("%w: %s has changed", errUnusual, u.Package.ImportPath)
	}
	if live, err := u.live(s.tool, source, units); err == nil {
		u.Live = true
		if err := s.compileUnit(ctx, u, source, live, units, slot); err == nil || ctx.Err() != nil {
			return err
		}
	}
	u.Live = false
	return s.compileUnit(ctx, u, source, nil, units, slot)
}

// compileUnit compiles a package in a directory of the plan's, of live if that is not nil.
func (s *pageSet) compileUnit(ctx context.Context, u *unit, source *sourceFiles, live map[string][]byte, units map[string]*unit, slot string) error {
	inputs := u.inputs(source, units)
	archive := s.planFile(inputs + ".a")
	work, err := s.workDir(slot)
	if err != nil {
		return err
	}
	made := filepath.Join(work, "package.a")
	if err := u.compile(ctx, s.tool, source, live, units, work, made); err != nil {
		return err
	}
	if err := os.Rename(made, archive); err != nil {
		return err
	}
	return u.setArchive(archive, inputs)
}

// workPrefix is that of the directories in which archives and programs are made: others
// than those of a process that was killed, whose compiler may still be writing. They
// stay, with what is written anew for each: to make as many files as were just removed
// takes some file systems (ext4) longer than to compile a page.
var workPrefix = fmt.Sprintf("work-%d-", os.Getpid())

// workDir makes one of the directories, if it is not there.
func (s *pageSet) workDir(name string) (string, error) {
	work := s.planFile(workPrefix + name)
	return work, os.MkdirAll(work, 0o755)
}

// linkConfig is the linker's import configuration.
func (p *plan) linkConfig() []byte {
	var config bytes.Buffer
	for _, line := range p.Config {
		config.WriteString(line + "\n")
	}
	for _, u := range p.Units {
		config.WriteString(u.archiveLine())
	}
	return config.Bytes()
}

// program is the file of the program, whose name tells by which command and import
// configuration it is linked.
func (s *pageSet) program(link command, config []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n%s", link, config)
	return s.planFile("program-" + sum(h))
}

// link makes the program of the units' archives, unless there is one of the same.
func (s *pageSet) link(ctx context.Context, p *plan) (string, error) {
	config := p.linkConfig()
	program := s.program(p.Link, config)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	defer s.took("link", time.Now())
	work, err := s.workDir("link")
	if err != nil {
		return "", err
	}
	made, configFile := filepath.Join(work, "program"), filepath.Join(work, "importcfg")
	if err := os.WriteFile(configFile, config, 0o644); err != nil {
		return "", err
	}
	args := append([]string{"-o", made, "-importcfg", configFile}, p.Link.Flags...)
	cmd := s.tool.program(ctx, p.Link.Program, append(args, p.Units[len(p.Units)-1].Archive)...)
	// GOROOT is as under -trimpath. The linker's memory is in use until it ends: to look
	// for garbage as often as usual takes a tenth of its time.
	cmd.Env = append(cmd.Env, "GOROOT=", "GOGC=400")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("link: %w\n%s", err, out)
	}
	return program, os.Rename(made, program)
}

// analyzeChanged finds the exports anew, which may be others or in other places. The
// source of package main must be what it was.
func (s *pageSet) analyzeChanged(p *plan, candidates []candidate) error {
	packages, diags := map[string]*listed{}, diag.List{}
	for _, u := range p.Units {
		l := u.Package
		l.Export = u.Archive
		packages[l.ImportPath] = &l
	}
	found, err := analyze(candidates, s.templates, packages, s.tool.dir, &diags)
	if err != nil {
		return err
	}
	if len(diags) > 0 || len(found.Pages) == 0 {
		return fmt.Errorf("%w: %w", errUnusual, diags.Err())
	}
	s.exports = *found
	if err := s.generate(); err != nil {
		return err
	}
	if s.main != p.Main {
		return fmt.Errorf("%w: the pages have other exports", errUnusual)
	}
	p.exports = *found
	return nil
}
