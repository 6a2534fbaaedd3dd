package function

import (
	"regexp"
	"strings"
)

// stack tells the lines of a panic or a traceback from others: as the Go runtime
// prints them, and Python.
type stack struct {
	kind  stackKind
	found bool // there is a call, and not only what may come before one
	ended bool // Python: the exception has been named
}

type stackKind byte

const (
	noStack stackKind = iota
	goStack
	pythonStack
)

const traceback = "Traceback (most recent call last):"

// beginStack returns the stack that a line may begin.
func beginStack(line string) stack {
	switch {
	case line == traceback:
		return stack{kind: pythonStack}
	case isGoroutine(line):
		return stack{kind: goStack, found: true}
	case strings.HasPrefix(line, "panic: "), strings.HasPrefix(line, "fatal error: "):
		return stack{kind: goStack}
	}
	return stack{}
}

func isGoroutine(line string) bool {
	return strings.HasPrefix(line, "goroutine ") && strings.HasSuffix(line, "]:")
}

// call is a line of a function in a stack of Go, or of registers below it.
var call = regexp.MustCompile(`^(?:[\w./*·~%@-]+(?:\([^ ]*\)|\[\.\.\.\])*[\w.]*\(.*\)|created by .+|\[signal .+|r?[0-9a-z]+ +0x[0-9a-f]+|\.\.\..+ elided\.\.\.)$`)

// continues reports whether a line belongs to the stack, and takes it.
func (s *stack) continues(line string) bool {
	if s.kind == pythonStack {
		return s.continuesPython(line)
	}
	if isGoroutine(line) {
		s.found = true
		return true
	}
	return line == "" || line[0] == '\t' || strings.HasPrefix(line, "panic: ") || call.MatchString(line)
}

// continuesPython: the calls are indented, then comes the exception. What was being
// handled comes before it, as another traceback.
func (s *stack) continuesPython(line string) bool {
	switch {
	case line == traceback, strings.HasPrefix(line, "During handling of the above exception"),
		strings.HasPrefix(line, "The above exception was the direct cause"):
		s.ended = false
		return true
	case line == "":
		return true
	case s.ended:
		return false
	case line[0] != ' ':
		s.ended = true
	}
	s.found = true
	return true
}

// splitStack returns what a text with a stack says in one line, and the rest.
func splitStack(text string) (message, rest string) {
	first, rest, _ := strings.Cut(text, "\n")
	if first != traceback {
		return first, strings.Trim(rest, "\n")
	}
	for line := range strings.Lines(text) {
		if line = strings.TrimRight(line, "\n"); line != "" && line[0] != ' ' {
			first = line // the last one
		}
	}
	return first, strings.TrimRight(text, "\n")
}
