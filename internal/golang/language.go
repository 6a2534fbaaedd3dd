package golang

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	executed "github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
	"github.com/jargo-dev/jargo/internal/template"
)

// language is what the renderer has to know of Go.
type language struct {
	*pageSet
	file string // the program, compiled for this machine
	log  io.Writer
}

var _ renderer.Language = (*language)(nil)

// Command implements renderer.Language.
func (l *language) Command(dir string) *exec.Cmd {
	cmd := exec.Command(l.file)
	cmd.Dir = cmp.Or(dir, l.tool.dir)
	cmd.Env = append(os.Environ(), "PWD="+cmd.Dir)
	if l.bundle != "" {
		cmd.Env = append(cmd.Env, executed.Variable+"="+l.bundle)
	}
	cmd.Stdout, cmd.Stderr = l.log, &tail{out: l.log}
	return cmd
}

// Describe implements renderer.Language: loaded is an engine.PageInfo.
func (l *language) Describe(i int, loaded json.RawMessage, diags *diag.List) *site.Page {
	p, info := l.Pages[i], engine.PageInfo{}
	if l.checked(); p.wrong {
		return nil
	}
	if err := json.Unmarshal(loaded, &info); err != nil {
		diags.Add(p.Source, "", "internal error, please report: what %s says of itself: %v", p.route, err)
		return nil
	}
	page := &site.Page{
		Route: p.route, Source: p.Source, Terms: &terms,
		ConfigAt: p.ConfigAt, Explicit: p.hasConfig(), PathsAt: p.PathsAt, Values: info.Paths, Config: info.Config,
	}
	if t := p.Template; t != nil {
		page.Template.Compiled = t.Code != ""
		if len(t.Why) > 0 {
			page.Template.Why = t.Why[0].String()
		}
	}
	if !p.hasConfig() {
		page.ConfigAt = p.Source
	}
	switch c := info.Config; {
	case len(c.Unknown) > 0:
		diags.Add(p.ConfigAt, "install a newer one: go install github.com/jargo-dev/jargo/cmd/jargo@latest",
			"Config of %s uses %s, which this version of jargo does not know", p.route, strings.Join(c.Unknown, ", "))
		return nil
	case c.Kind == "":
		diags.Add(p.ConfigAt, "return jargo.Build{}, jargo.Fresh{…} or jargo.Regenerated{…}, and not a pointer to one",
			"Config of %s returns a nil value", p.route)
		return nil
	case p.Handler != noHandler && c.Kind != engine.Fresh:
		diags.Add(p.ConfigAt, "return jargo.Fresh{…}, or write Data and Render instead of Handler",
			"%s has a Handler, which is always fresh, but its Config says %s", p.route, c.Kind)
		return nil
	}
	return page
}

// Blame implements renderer.Language.
func (l *language) Blame(t renderer.Task, f *engine.Failure) (what string, at diag.Pos) {
	what, at = t.Path, t.At
	switch f.In {
	case engine.InOpen:
		what, at = "Open", l.Open.At
	case engine.InConfig:
		what, at = "Config of "+t.Path, l.Pages[t.Index].ConfigAt
	case engine.InPaths:
		what, at = "Paths of "+t.Path, l.Pages[t.Index].PathsAt
	}
	if f.Type == "" && !ofTemplate(f) {
		what += ": returned the error"
	}
	return what, at
}

// ofTemplate reports whether a failure is at a place in a template.
func ofTemplate(f *engine.Failure) bool {
	return len(f.Frames) > 0 && f.Frames[0].Func == "" && template.Is(path.Base(f.Frames[0].File))
}

// Place implements renderer.Language. Under -trimpath a file is named by its
// package's import path.
func (l *language) Place(f engine.Frame) (diag.Pos, bool) {
	if template.Is(path.Base(f.File)) && f.Func == "" {
		return diag.Pos{File: f.File, Line: f.Line, Col: f.Col}, f.Line > 0
	}
	p, ok := l.packages[path.Dir(f.File)]
	if !ok {
		return diag.Pos{}, false
	}
	file := filepath.Join(p.Dir, path.Base(f.File))
	return diag.Pos{File: l.tool.relative(file), Line: f.Line, Col: diag.FirstColumn(file, f.Line)}, true
}

// Ended implements renderer.Language.
func (l *language) Ended(t renderer.Task, e *renderer.ExitError) diag.Diagnostic {
	return l.crash("the program stopped while it "+t.Verb()+"ed "+t.Path, t.At, e)
}

// NotStarted implements renderer.Language. It is a package's variables or its
// init that did not come to an end, or Open.
func (l *language) NotStarted(_ context.Context, e *renderer.ExitError) diag.Diagnostic {
	if e.Late == 0 {
		if d, ok := l.initPanic(e.Cmd.Stderr.(*tail).report()); ok {
			return d
		}
		return l.crash("the site's program stopped before it answered", diag.Pos{File: "pages"}, e)
	}
	report := e.Cmd.Stderr.(*tail).report()
	for stack := range strings.SplitSeq(report, "\n\n") {
		if l.Open != nil && strings.Contains(stack, "/engine.Site.open(") {
			at := append(l.places(stack), l.Open.At)[0]
			return diag.Diagnostic{Pos: at, Message: fmt.Sprintf("Open did not return within %v", e.Late), Fix: renderer.MoreTime(e.Late)}
		}
	}
	_, stack, _ := strings.Cut(report, "\ngoroutine 1 ")
	stack, _, _ = strings.Cut(stack, "\n\n")
	at, what := diag.Pos{File: "pages"}, "the site's program"
	places := l.places(stack)
	if len(places) > 0 {
		at = places[0]
	}
	for _, place := range places {
		if route, ok := l.routeOf(place); ok {
			what = route
		}
	}
	return diag.Diagnostic{Pos: at, Message: fmt.Sprintf("%s did not load within %v", what, e.Late), Fix: renderer.MoreTime(e.Late)}
}

// crashLine is a line of the stacks that the Go runtime prints.
var crashLine = regexp.MustCompile(`(?m)^\t(\S+\.go):(\d+)`)

// crash describes the end of the program. When the Go runtime printed a stack,
// the first line of the user's code on it is the place.
func (l *language) crash(what string, at diag.Pos, e *renderer.ExitError) diag.Diagnostic {
	stderr := e.Cmd.Stderr.(*tail)
	reason := e.Cmd.ProcessState.String()
	if last := stderr.lastLine(); last != "" {
		reason += ", after it said: " + last
	}
	if report := stderr.report(); report != "" {
		first, stack, _ := strings.Cut(report, "\n")
		_, reason, _ = strings.Cut(first, ": ")
		if places := l.places(stack); len(places) > 0 {
			at = places[0]
		}
	}
	return diag.Diagnostic{Pos: at, Message: what + ": " + reason, Fix: "a page must not end the program: return an error instead"}
}

// places are the lines of the user's code in a stack that the Go runtime printed.
func (l *language) places(stack string) []diag.Pos {
	var list []diag.Pos
	for _, line := range crashLine.FindAllStringSubmatch(stack, -1) {
		number, _ := strconv.Atoi(line[2])
		if pos, ok := l.Place(engine.Frame{File: line[1], Line: number}); ok {
			list = append(list, pos)
		}
	}
	return list
}
