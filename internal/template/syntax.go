package template

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// What an error of package parse says: the line and the message; what it could not use;
// a character that it could not; where something begins that does not end; and what it
// misses something of.
var (
	parseError = regexp.MustCompile(`(?s)^template: .*?:(\d+): (.*)$`)
	quoted     = regexp.MustCompile(`unexpected ("(?:[^"\\]|\\.)*")`)
	character  = regexp.MustCompile(`bad character U\+([0-9A-F]+)`)
	started    = regexp.MustCompile(` started at .*:(\d+)$`)
	keyword    = regexp.MustCompile(`\b(?:for|in) (if|with|range|template|block|define|end|else|break|continue)\b`)
)

// syntaxError is a mistake in a template's syntax. The parser says the line alone: the
// column is that of what it quotes, or of the first action in the line.
func syntaxError(name, text string, err error) (at diag.Pos, fix, message string) {
	at = diag.Pos{File: name, Line: 1, Col: 1}
	message = err.Error()
	if m := parseError.FindStringSubmatch(message); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		message = m[2]
	}
	if m := started.FindStringSubmatch(message); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		message = strings.TrimSuffix(message, m[0])
	}
	if strings.HasPrefix(message, "unexpected EOF") {
		if open, word := unclosed(text); word != "" {
			return place(text, open, name), "end it where it is to end: {{end}}", fmt.Sprintf("this %s has no {{end}}", word)
		}
	}
	lines := strings.SplitAfter(text, "\n")
	at.Line = min(at.Line, len(lines))
	at.Col = column(lines[at.Line-1], message)
	return at, syntaxFix(message), strings.TrimPrefix(message, "template: ")
}

// block is what opens or closes a block of a template.
var block = regexp.MustCompile(`\{\{-?[ \t\r\n]*(if|with|range|block|define|end)\b`)

// unclosed is where the last block begins that does not end, and which one it is.
func unclosed(text string) (at int, word string) {
	var open [][]int
	for _, m := range block.FindAllStringSubmatchIndex(text, -1) {
		if text[m[2]:m[3]] != "end" {
			open = append(open, m)
		} else if len(open) > 0 {
			open = open[:len(open)-1]
		}
	}
	if len(open) == 0 {
		return 0, ""
	}
	last := open[len(open)-1]
	return last[0], text[last[2]:last[3]]
}

// column is where what an error message says is wrong is in the line, from 1.
func column(line, message string) int {
	action := max(0, strings.Index(line, "{{"))
	if m := quoted.FindStringSubmatch(message); m != nil {
		if word, err := strconv.Unquote(m[1]); err == nil {
			if i := strings.LastIndex(line, word); i > action {
				return i + 1
			}
		}
	}
	if m := character.FindStringSubmatch(message); m != nil {
		code, _ := strconv.ParseInt(m[1], 16, 32)
		if i := strings.IndexRune(line[action:], rune(code)); i >= 0 {
			return action + i + 1
		}
	}
	if m := keyword.FindStringSubmatch(message); m != nil {
		at := regexp.MustCompile(`\{\{-?\s*`+m[1]+`\b`).FindAllStringIndex(line, -1)
		if len(at) > 0 {
			return at[len(at)-1][0] + 1
		}
	}
	// Of what ends in this line and should not, or does not, it is the last action.
	if strings.Contains(message, "unexpected {{") || strings.HasPrefix(message, "unclosed") || strings.HasPrefix(message, "unterminated") {
		action = cmp.Or(max(0, strings.LastIndex(line, "{{")), action)
	}
	return action + 1
}

// syntaxFix says what to do about a parser's error.
func syntaxFix(message string) string {
	switch {
	case strings.Contains(message, "unexpected {{end}}"), strings.Contains(message, "unexpected {{else}}"):
		return "remove it, or write the if, with or range that it belongs to"
	case strings.Contains(message, "undefined variable"):
		return "declare it before, in the same template: {{$x := …}}"
	case strings.Contains(message, "unclosed action"):
		return "close it: }}"
	case strings.Contains(message, "unclosed comment"):
		return "close it: */}}"
	case strings.Contains(message, "multiple definition of template"):
		return "keep one of the definitions"
	}
	return ""
}
