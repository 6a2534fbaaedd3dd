package golang

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
)

// addFailure reports an error or a panic of a page. what names the page or its
// function, at is where that is declared: a panic is placed on the line of the
// user's own code that it went through.
func (s *pageSet) addFailure(f *engine.Failure, what string, at diag.Pos, fix string, diags *diag.List) {
	if !f.Panic {
		diags.Add(at, fix, "%s: returned the error: %s", what, f.Message)
		return
	}
	var stack []string
	for _, frame := range f.Frames {
		if pos, ok := s.userLine(frame.File, frame.Line); ok {
			if len(stack) == 0 {
				at = pos
			}
			stack = append(stack, pos.String()+" "+path.Base(frame.Func))
		}
	}
	if len(stack) > maxStack {
		stack = append(stack[:maxStack], "…")
	}
	if len(stack) > 1 {
		called := "called from " + strings.Join(stack[1:], "\n            ")
		fix = strings.TrimPrefix(fix+"\n"+called, "\n")
	}
	diags.Add(at, fix, "%s: panic: %s", what, f.Message)
}

// maxStack is how many calls of a panic are worth printing.
const maxStack = 8

var (
	crashReason = regexp.MustCompile(`(?m)^(?:panic|fatal error): (.*)`)
	crashLine   = regexp.MustCompile(`(?m)^\t(\S+\.go):(\d+)`)
)

// addCrash reports the end of the program. When the Go runtime printed a stack,
// the first line of the user's code on it is the place.
func (s *pageSet) addCrash(p *program, what string, at diag.Pos, diags *diag.List) {
	text, last := p.stderr.text()
	reason := p.cmd.ProcessState.String()
	if last != "" {
		reason += ", after it said: " + last
	}
	// A page may say "panic: " by itself; the runtime goes on with a stack.
	if m := crashReason.FindStringSubmatchIndex(text); m != nil && strings.Contains(text, "\ngoroutine ") {
		reason, text = text[m[2]:m[3]], text[m[1]:]
		for _, line := range crashLine.FindAllStringSubmatch(text, -1) {
			number, _ := strconv.Atoi(line[2])
			if pos, ok := s.userLine(line[1], number); ok {
				at = pos
				break
			}
		}
	}
	diags.Add(at, "a page must not end the program: return an error instead", "%s: %s", what, reason)
}

// userLine finds a line of the compiled program in the user's modules. Under
// -trimpath a file is named by its package's import path.
func (s *pageSet) userLine(file string, line int) (diag.Pos, bool) {
	dir, ok := s.packages[path.Dir(file)]
	if !ok {
		return diag.Pos{}, false
	}
	file = filepath.Join(dir, path.Base(file))
	return diag.Pos{File: s.tool.relative(file), Line: line, Col: firstColumn(file, line)}, true
}

// firstColumn is where the text of a line begins; 0 when it cannot be read. The
// stack has no columns.
func firstColumn(file string, line int) int {
	data, err := os.ReadFile(file)
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
