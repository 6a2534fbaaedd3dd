package router

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// The format specifies PCRE, of which the vendor accepts what is also valid in
// JavaScript. There are three engines: Go's own, one of ours for patterns with
// look-aheads, and a backtracking one for the rest (look-behind, back references,
// atomic groups). The first two take time linear in the subject.
//
// Where PCRE and JavaScript differ, a pattern has its meaning in PCRE, except that $
// does not match before a line break at the end, \s does not match a vertical tab, and
// ( )* whose last iteration is empty keeps the capture of the one before.

// Limits of what routing one request may cost.
const (
	// matchTimeout bounds one match by the backtracking engine, and maxBacktracking
	// all of them.
	matchTimeout    = 10 * time.Millisecond
	maxBacktracking = 30 * time.Millisecond
	// maxSteps bounds the instructions of patterns with look-aheads: about 10 ms.
	maxSteps = 1 << 20
)

// errRunaway is returned for a pattern that exceeds the limits.
var errRunaway = errors.New("the regular expression takes too long")

// effort is what routing a request has cost so far.
type effort struct {
	backtracking time.Duration
	steps        int
}

func flags(fold bool) syntax.Flags {
	if fold {
		return syntax.Perl | syntax.FoldCase
	}
	return syntax.Perl
}

// newLinear returns the program of a source that has been checked to parse.
func newLinear(s source, fold bool) program {
	if s.aheads > 0 {
		tree, err := s.parse(fold)
		if err != nil {
			panic(err) // it has parsed before
		}
		return newLookahead(tree)
	}
	text := s.text
	if fold {
		text = "(?i)" + text
	}
	return linear{regexp.MustCompile(text)}
}

// linear runs a pattern with Go's own engine.
type linear struct{ re *regexp.Regexp }

func (l linear) names() []string { return l.re.SubexpNames() }

func (l linear) find(s string, _ *effort) ([]string, error) { return l.re.FindStringSubmatch(s), nil }

// backtracking runs a pattern with an engine that may take exponential time.
type backtracking struct {
	re     *regexp2.Regexp
	groups []string
}

func init() {
	// Timeouts are only as precise as this period.
	regexp2.SetTimeoutCheckPeriod(time.Millisecond)
}

func newBacktracking(src string, fold bool) (program, error) {
	options := regexp2.RE2
	if fold {
		options |= regexp2.IgnoreCase
	}
	re, err := regexp2.Compile(src, options, regexp2.OptionMaintainCaptureOrder())
	if err != nil {
		return nil, fmt.Errorf("not a regular expression: %w", err)
	}
	re.MatchTimeout = matchTimeout
	b := &backtracking{re: re}
	for _, n := range re.GetGroupNumbers() {
		name := re.GroupNameFromNumber(n)
		if _, numeric := groupNumber(name); numeric {
			name = ""
		}
		b.groups = append(b.groups, name)
	}
	return b, nil
}

func (b *backtracking) names() []string { return b.groups }

func (b *backtracking) find(s string, e *effort) ([]string, error) {
	// Wall-clock time also passes while the process is not scheduled: only a second
	// timeout counts.
	for range 2 {
		if e.backtracking > maxBacktracking-matchTimeout {
			break
		}
		start := time.Now()
		m, err := b.re.FindStringMatch(s)
		e.backtracking += min(time.Since(start), matchTimeout)
		if err == nil {
			return groupsOf(m), nil
		}
	}
	return nil, errRunaway
}

func groupsOf(m *regexp2.Match) []string {
	if m == nil {
		return nil
	}
	var values []string
	for _, g := range m.Groups() {
		value := ""
		if len(g.Captures) > 0 {
			value = g.String()
		}
		values = append(values, value)
	}
	return values
}
