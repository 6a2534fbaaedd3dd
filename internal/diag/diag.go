// Package diag holds positions in a user's project and the diagnostics that
// point at them.
package diag

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Pos is a place in the user's project.
type Pos struct {
	File string // relative to the project, with slashes; "" when there is none
	Line int    // 1-based; 0 means the whole file or directory
	Col  int    // 1-based, in bytes; 0 means the whole line
}

// String formats p as file:line:col, leaving out what is not known. A name that
// could change a terminal, or is not UTF-8, is quoted as in Go.
func (p Pos) String() string {
	file := p.File
	if !utf8.ValidString(file) || strings.ContainsFunc(file, unicode.IsControl) {
		file = strconv.Quote(file)
	}
	switch {
	case p.Line == 0:
		return file
	case p.Col == 0:
		return fmt.Sprintf("%s:%d", file, p.Line)
	}
	return fmt.Sprintf("%s:%d:%d", file, p.Line, p.Col)
}

// Compare orders positions by file, line and column.
func (p Pos) Compare(q Pos) int {
	return cmp.Or(strings.Compare(p.File, q.File), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// FirstColumn is where the text of a line of the file name begins; 0 when it
// cannot be read. Stacks have lines only.
func FirstColumn(name string, line int) int {
	data, err := os.ReadFile(name)
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

// Diagnostic is one mistake in the user's project.
type Diagnostic struct {
	Pos     Pos
	Message string // what is wrong, one line
	Fix     string // how to fix it; may have several lines

	// Path is the one path of a page, named in Message, that this is said of; "" for
	// none. What is the same of others is said once.
	Path string
}

// String formats d as "path:line:col: message" with the fix indented below.
func (d Diagnostic) String() string {
	var b strings.Builder
	if at := d.Pos.String(); at != "" {
		b.WriteString(at + ": ")
	}
	for i, line := range strings.Split(d.Message, "\n") {
		// The compiler indents what belongs to its first line.
		if i > 0 && !strings.HasPrefix(line, "\t") {
			line = "    " + line
		}
		if i > 0 {
			b.WriteString("\n")
		}
		b.WriteString(strings.Map(printable, line))
	}
	if d.Fix != "" {
		for line := range strings.SplitSeq(d.Fix, "\n") {
			b.WriteString("\n    " + strings.Map(printable, line))
		}
	}
	return b.String()
}

// printable replaces what could change a terminal: messages and fixes quote pages
// and their names.
func printable(r rune) rune {
	if unicode.IsControl(r) && r != '\t' {
		return unicode.ReplacementChar
	}
	return r
}

// List is the mistakes found in a project. As an error it prints all of them,
// sorted by place.
type List []Diagnostic

// Add appends a diagnostic.
func (l *List) Add(pos Pos, fix, format string, args ...any) {
	*l = append(*l, Diagnostic{Pos: pos, Message: fmt.Sprintf(format, args...), Fix: fix})
}

// AddOf appends a diagnostic of one path of a page, which format names first.
func (l *List) AddOf(path string, pos Pos, fix, format string, args ...any) {
	l.Add(pos, fix, format, append([]any{path}, args...)...)
	(*l)[len(*l)-1].Path = path
}

// Err returns l, sorted and without repetitions, as an error; nil when l is empty.
func (l List) Err() error {
	if len(l) == 0 {
		return nil
	}
	return l.Sorted()
}

// Sorted is l, sorted by place and without repetitions.
func (l List) Sorted() List {
	sorted := slices.Clone(l)
	slices.SortFunc(sorted, func(a, b Diagnostic) int {
		return cmp.Or(a.Pos.Compare(b.Pos), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(sorted).once()
}

// once says once what is the same of many paths. The list is sorted.
func (l List) once() List {
	type mistake struct {
		pos          Pos
		message, fix string
	}
	first, more := map[mistake]int{}, map[int]int{}
	var list List
	for _, d := range l {
		if d.Path != "" {
			// A part of the path may be in the message without meaning the path: /tags/css, style.css.
			plain := mistake{d.Pos, strings.ReplaceAll(d.Message, d.Path, "\x00"), strings.ReplaceAll(d.Fix, d.Path, "\x00")}
			masked := mistake{d.Pos, withoutPath(d.Message, d.Path), withoutPath(d.Fix, d.Path)}
			at, known := first[plain]
			if !known {
				at, known = first[masked]
			}
			if known {
				more[at]++
				continue
			}
			first[plain], first[masked] = len(list), len(list)
		}
		list = append(list, d)
	}
	for i, n := range more {
		noun := "paths"
		if n == 1 {
			noun = "path"
		}
		all := fmt.Sprintf("%s (and %d more %s)", list[i].Path, n, noun)
		list[i].Message = strings.Replace(list[i].Message, list[i].Path, all, 1)
	}
	return list
}

// withoutPath replaces a path in a text, and its parts where they are whole words:
// the error of a page has the name of its file, or of what was not found.
func withoutPath(text, path string) string {
	text = strings.ReplaceAll(text, path, "\x00")
	for part := range strings.SplitSeq(strings.Trim(path, "/"), "/") {
		if len(part) > 1 && strings.Contains(text, part) { // "a" is a word of most messages
			text = regexp.MustCompile(`(^|\W)`+regexp.QuoteMeta(part)+`(\W|$)`).ReplaceAllString(text, "${1}\x00${2}")
		}
	}
	return text
}

// Error implements error.
func (l List) Error() string {
	lines := make([]string, len(l))
	for i, d := range l {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}

// Merge adds the diagnostics that err carries to l. It returns err when it
// carries none, and nil otherwise.
func (l *List) Merge(err error) error {
	var list List
	if !errors.As(err, &list) {
		return err
	}
	*l = append(*l, list...)
	return nil
}
