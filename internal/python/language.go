package python

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
)

// launch says how build.py is started to render pages.
type launch struct {
	interpreter
	dir      string // where buildFile and foundFile are
	project  string // the directory they work in
	packages string // directory of the packages of requirements.txt; "" when there is none
	log      io.Writer
}

// language is what the renderer has to know about Python.
type language struct {
	launch
	found   []*page
	runtime string // that functions run on
}

var _ renderer.Language = (*language)(nil)

// Command implements renderer.Language. Under -B no __pycache__ appears in the
// project, and the seed makes sets iterate in the same order every time.
func (l *language) Command(dir string) *exec.Cmd {
	dir = cmp.Or(dir, l.project)
	cmd := exec.Command(l.file, "-B", "-X", "utf8", filepath.Join(l.dir, buildFile), dir, l.packages, filepath.Join(l.dir, foundFile))
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED=0")
	cmd.Stdout, cmd.Stderr = l.log, l.log
	return cmd
}

// loaded is what a page says of itself, as build.py writes it.
type loaded struct {
	Render bool            `json:"render"` // it has a function of that name
	Config json.RawMessage `json:"config"` // what config returned, an object; nil without config
	Paths  *[]string       `json:"paths"`  // what paths returned; nil without paths
	Places map[string]int  `json:"places"` // the lines of render, data, config and paths
}

// Describe implements renderer.Language.
func (l *language) Describe(i int, data json.RawMessage, diags *diag.List) *site.Page {
	page, a := l.found[i], loaded{}
	start := diag.Pos{File: page.file, Line: 1, Col: 1}
	if err := json.Unmarshal(data, &a); err != nil {
		diags.Add(start, "", "internal error, please report: what %s says of itself: %v", page.route, err)
		return nil
	}
	at := func(name string) diag.Pos { return diag.Pos{File: page.file, Line: max(1, a.Places[name]), Col: 1} }
	if !a.Render {
		diags.Add(start, "write def render(): …, or, if it is no page, rename it to "+
			privateName(page.file)+" or move it out of pages/", "%s has no render", page.route)
		return nil
	}
	made := &site.Page{Route: page.route, Source: at("render"), Terms: &terms, ConfigAt: at("render")}
	made.Kind = site.Build
	if a.Config != nil {
		made.ConfigAt, made.Explicit = at("config"), true
	}
	if a.Paths != nil {
		made.PathsAt, made.Values = at("paths"), *a.Paths
	}
	if a.Config != nil && !readConfig(a.Config, made, diags) {
		return nil
	}
	return made
}

// privateName is the name under which a file is not a page.
func privateName(file string) string {
	return "_" + file[strings.LastIndexByte(file, '/')+1:]
}

// terms are what authors of Python pages know the settings as.
var terms = site.Terms{
	Paths:           "paths",
	AddPaths:        "add def paths() to list the values",
	MakeBuild:       "leave config out",
	MakeFresh:       `return {"fresh": {}} from config`,
	MakeRegenerated: `return {"regenerate": {"every": …}} from config`,
	MakeExplicit:    "def config(): return {}",
	Setting: func(s *site.Setting) string {
		if s.Opposite {
			return `"` + s.Python + `": False`
		}
		return s.Python
	},
	Every: func(seconds string) string { return `{"regenerate": {"every": ` + seconds + `}}` },
}

// Blame implements renderer.Language. A failure in a function of the page always
// has a frame.
func (l *language) Blame(t renderer.Task, f *engine.Failure) (what string, at diag.Pos) {
	switch f.In {
	case "data", "config", "paths":
		return f.In + " of " + t.Path, t.At
	}
	return t.Path, t.At
}

// Place implements renderer.Language: build.py leaves out what is not the
// user's.
func (l *language) Place(f engine.Frame) (diag.Pos, bool) {
	pos := diag.Pos{File: f.File, Line: f.Line, Col: f.Col}
	if pos.Col == 0 { // tracebacks have none before Python 3.11
		pos.Col = diag.FirstColumn(filepath.Join(l.project, filepath.FromSlash(f.File)), f.Line)
	}
	return pos, true
}

// Ended implements renderer.Language.
func (l *language) Ended(t renderer.Task, e *renderer.ExitError) diag.Diagnostic {
	state := e.Cmd.ProcessState
	exit, fix := state.String(), "a package that is not Python alone crashed, or the machine was short of memory"
	switch {
	case e.Invalid:
		exit, fix = "a page wrote to the connection of the build", "write only to files that the page has opened itself"
	case state.Exited():
		fix = "a page must not end the process: raise an exception instead"
	}
	return diag.Diagnostic{Pos: t.At, Message: t.Path + ": the process ended while it " + t.Verb() + "ed: " + exit, Fix: fix}
}

// NotStarted implements renderer.Language.
func (l *language) NotStarted(ctx context.Context, e *renderer.ExitError) diag.Diagnostic {
	if e.Late > 0 {
		return diag.Diagnostic{Pos: diag.Pos{File: "pages"}, Message: fmt.Sprintf("python3 did not start within %v", e.Late), Fix: renderer.MoreTime(e.Late)}
	}
	return noPython(ctx, l.file)
}
