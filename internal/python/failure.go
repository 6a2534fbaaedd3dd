package python

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// failure is an exception in a page, or a result that it must not return.
type failure struct {
	Step    string  `json:"step"`    // import, config, paths, render; or write: not the page's fault
	Type    string  `json:"type"`    // of the exception; "" for a result
	Message string  `json:"message"` // may have several lines
	Fix     string  `json:"fix"`     // "" when there is nothing to say
	Module  string  `json:"module"`  // that was not found and may be a package
	At      *frame  `json:"at"`      // of a syntax error
	Frames  []frame `json:"frames"`  // lines of the user's files, innermost first
}

// frame is a call in one of the user's files.
type frame struct {
	File string `json:"file"` // below the project, with slashes
	Line int    `json:"line"` // 1-based
	Col  int    `json:"col"`  // 1-based, in bytes; 0 means the first of the line's text
	Func string `json:"func"`
}

// addFailure reports a failure. what names the page or its function, at is
// where that is: an exception is placed on the line of the user's files that it
// comes from.
func (p *Pages) addFailure(f *failure, what string, at diag.Pos, fix string, diags *diag.List) {
	switch f.Type {
	case "":
		diags.Add(at, fix, "%s: %s", what, f.Message)
		return
	case "SystemExit":
		fix = endFix
	}
	frames := f.Frames
	if f.At != nil {
		frames = append([]frame{*f.At}, frames...)
	}
	var called []string
	for i, frame := range frames {
		pos := diag.Pos{File: frame.File, Line: frame.Line, Col: frame.Col}
		if pos.Col == 0 {
			pos.Col = p.firstColumn(frame.File, frame.Line)
		}
		if i == 0 {
			at = pos
		} else {
			called = append(called, strings.TrimSuffix(pos.String()+" "+frame.Func, " <module>"))
		}
	}
	if len(called) > 0 {
		fix = strings.TrimPrefix(fix+"\ncalled from "+strings.Join(called, "\n            "), "\n")
	}
	message := f.Type
	if first, _, _ := strings.Cut(strings.TrimSpace(f.Message), "\n"); first != "" {
		message += ": " + first
	}
	diags.Add(at, fix, "%s: %s", what, message)
}

const endFix = "a page must not end the process: raise an exception instead"

// ending is how a worker's process ended, and what to do about it.
type ending struct{ state, fix string }

// endingOf says how a worker ended, once it has.
func endingOf(w *worker) *ending {
	state := w.cmd.ProcessState
	switch {
	case w.broken:
		return &ending{"a page wrote to the pipe of the build", "write only to files that the page has opened itself"}
	case state.Exited():
		return &ending{state.String(), endFix}
	default: // by a signal
		return &ending{state.String(), "a package that is not Python alone crashed, or the machine was short of memory"}
	}
}

// addEnd reports a page that the process ended in.
func addEnd(at diag.Pos, what, when string, e *ending, diags *diag.List) {
	diags.Add(at, e.fix, "%s: %s: %s", what, when, e.state)
}

// loadFix helps with a page that cannot be loaded.
func loadFix(f *failure) string {
	if f.Module == "" {
		return f.Fix
	}
	return "if " + f.Module + " is a package, add it to requirements.txt"
}

// renderFix helps with a page that cannot be rendered at build time.
func renderFix(p *site.Page) string {
	if p.Kind == site.Regenerated {
		return `a regenerated page is rendered ahead: if it cannot be, set "fallback": False`
	}
	return ""
}

// firstColumn is where the text of a line begins; 0 when it cannot be read.
// Tracebacks have no columns before Python 3.11.
func (p *Pages) firstColumn(file string, line int) int {
	data, err := os.ReadFile(filepath.Join(p.options.Dir, filepath.FromSlash(file)))
	if err != nil {
		return 0
	}
	for text := range strings.Lines(string(data)) {
		if line--; line == 0 {
			return 1 + len(text) - len(strings.TrimLeft(text, " \t"))
		}
	}
	return 0
}
