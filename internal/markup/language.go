package markup

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path"

	"github.com/jargo-dev/jargo/engine"
	executed "github.com/jargo-dev/jargo/engine/template"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
	templates "github.com/jargo-dev/jargo/internal/template"
)

// language is what the renderer has to know of templates.
type language struct {
	Options
	made  *Pages
	pages []*templates.Page
}

var _ renderer.Language = (*language)(nil)

// Command implements renderer.Language.
func (l *language) Command(dir string) *exec.Cmd {
	cmd := exec.Command(l.made.program)
	cmd.Dir = cmp.Or(dir, l.Dir)
	cmd.Env = append(os.Environ(), "PWD="+cmd.Dir, executed.Variable+"="+l.made.bundle)
	cmd.Stdout, cmd.Stderr = l.Log, l.Log
	return cmd
}

// Describe implements renderer.Language.
func (l *language) Describe(i int, _ json.RawMessage, _ *diag.List) *site.Page {
	p := l.pages[i]
	return &site.Page{Route: p.Route, Source: p.Source(), ConfigAt: p.Source(), Terms: &terms, Config: engine.Config{Kind: site.Build}}
}

// terms are what authors of templates know the settings as.
var terms = site.Terms{
	Paths:           "Paths",
	AddPaths:        "add a Go package beside it, with func Paths() []string to list the values",
	MakeBuild:       "leave Config out",
	MakeFresh:       "make it jargo.Fresh there",
	MakeRegenerated: "make it jargo.Regenerated there",
	MakeExplicit:    "func Config() jargo.Config { return jargo.Build{} }",
	Setting:         func(s *site.Setting) string { return s.Go },
	Every:           func(seconds string) string { return "jargo.Regenerated{Every: " + seconds + " * time.Second}" },
}

// Place implements renderer.Language.
func (l *language) Place(f engine.Frame) (diag.Pos, bool) {
	return diag.Pos{File: f.File, Line: f.Line, Col: f.Col}, f.Line > 0 && templates.Is(path.Base(f.File))
}

// Blame implements renderer.Language.
func (l *language) Blame(t renderer.Task, _ *engine.Failure) (what string, at diag.Pos) {
	return t.Path, t.At
}

// Ended implements renderer.Language.
func (l *language) Ended(t renderer.Task, e *renderer.ExitError) diag.Diagnostic {
	return diag.Diagnostic{Pos: t.At, Message: "the program stopped while it " + t.Verb() + "ed " + t.Path + ": " + e.Cmd.ProcessState.String()}
}

// NotStarted implements renderer.Language.
func (l *language) NotStarted(_ context.Context, e *renderer.ExitError) diag.Diagnostic {
	return diag.Diagnostic{Pos: diag.Pos{File: "pages"}, Message: "the program of the templates stopped before it answered: " + e.Cmd.ProcessState.String()}
}
