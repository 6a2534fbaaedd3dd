package browser

import (
	"bufio"
	"html/template"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jargo-dev/jargo/internal/diag"
)

// DefaultEditor opens a file in Visual Studio Code.
const DefaultEditor = "vscode://file/{file}:{line}:{column}"

// around is how many lines are shown before and after the one with the mistake.
const around = 4

// Bounds of what is read and shown of a file, in bytes.
const (
	maxSource = 4 << 20
	maxLine   = 500
)

// sourceLine is a line of a file. In the one with the mistake, Before, Marked and
// After are its parts.
type sourceLine struct {
	Number                int
	Here                  bool
	Before, Marked, After string
}

// file is the name of the file of a position.
func (b *Browser) file(pos diag.Pos) string {
	name := filepath.FromSlash(pos.File)
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(b.opts.Dir, name)
}

// editorLink is the URL that opens the editor at pos.
func (b *Browser) editorLink(pos diag.Pos) template.URL {
	if pos.File == "" {
		return ""
	}
	segments := strings.Split(filepath.ToSlash(b.file(pos)), "/")
	for i, s := range segments {
		segments[i] = strings.ReplaceAll(url.QueryEscape(s), "+", "%20") // right in a path and in a query
	}
	link := strings.NewReplacer(
		"/{file}", strings.Join(segments, "/"), // which begins with a slash
		"{file}", strings.Join(segments, "/"),
		"{line}", strconv.Itoa(max(1, pos.Line)),
		"{column}", strconv.Itoa(max(1, pos.Col)),
	).Replace(b.opts.Editor)
	return template.URL(link) // the developer's own
}

// source is the lines around pos; nil when there are none to show.
func (b *Browser) source(pos diag.Pos) []sourceLine {
	if pos.File == "" || pos.Line == 0 {
		return nil
	}
	// What is not a regular file may be read without end, or wait.
	if info, err := os.Stat(b.file(pos)); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(b.file(pos))
	if err != nil {
		return nil // the mistake may be that it cannot be read
	}
	defer f.Close()
	var lines []sourceLine
	scanner := bufio.NewScanner(io.LimitReader(f, maxSource))
	scanner.Buffer(nil, maxSource)
	for n := 1; scanner.Scan() && n <= pos.Line+around; n++ {
		if n < pos.Line-around {
			continue
		}
		line := sourceLine{Number: n, Here: n == pos.Line, Before: scanner.Text()}
		if line.Here {
			line.mark(pos.Col)
		}
		line.shorten()
		lines = append(lines, line)
	}
	return lines
}

// mark splits a line at what is at a column: a word, also one that begins as a field or a
// variable of a template, or one character.
func (l *sourceLine) mark(col int) {
	text := l.Before
	if col < 1 || col > len(text) || !utf8.ValidString(text[:col-1]) {
		return
	}
	rest := text[col-1:]
	_, end := utf8.DecodeRuneInString(rest)
	if first := rest[:end]; first == "." || first == "$" || isWord(first) {
		end = len(first) + len(rest[end:]) - len(strings.TrimLeftFunc(rest[end:], isWordRune))
	}
	l.Before, l.Marked, l.After = text[:col-1], rest[:end], rest[end:]
}

func isWord(s string) bool { return strings.TrimLeftFunc(s, isWordRune) == "" }

func isWordRune(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }

// shorten leaves out what is far from the mark: files that programs write have very
// long lines.
func (l *sourceLine) shorten() {
	if l.Marked == "" {
		l.Before = head(l.Before)
		return
	}
	if len(l.Before) > maxLine/2 {
		l.Before = "…" + strings.ToValidUTF8(l.Before[len(l.Before)-maxLine/2:], "")
	}
	l.Marked, l.After = head(l.Marked), head(l.After)
}

func head(text string) string {
	if len(text) <= maxLine {
		return text
	}
	return strings.ToValidUTF8(text[:maxLine], "") + "…"
}
