package router

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// PCRE is what the format asks for, and what JavaScript reads too is what the
// vendor accepts. Three engines run it: Go's own, one of ours for patterns that
// look ahead, and one that backtracks for the rest (look-behind, back
// references, atomic groups). The first two take time linear in the subject.
//
// Where PCRE and JavaScript differ, a pattern means what it does in PCRE, but
// for these: $ does not match before a line break at the end, \s does not
// match a vertical tab, and ( )* that last matched nothing keeps what it matched
// before.

// Limits of what routing one request may cost.
const (
	// matchTimeout bounds one match of a pattern that backtracks, and
	// maxBacktracking all of them.
	matchTimeout    = 10 * time.Millisecond
	maxBacktracking = 30 * time.Millisecond
	// maxSteps bounds the instructions that are run of patterns that look ahead:
	// it is some 10 ms.
	maxSteps = 1 << 20
)

// errRunaway says that a pattern did not come to an end within the limits.
var errRunaway = errors.New("the regular expression takes too long")

// effort is what routing a request has cost.
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

// newLinear makes the program of a source that parses.
func newLinear(s source, fold bool) program {
	if s.aheads > 0 {
		tree, err := s.parse(fold)
		if err != nil {
			panic(err) // it was parsed before
		}
		return newLookahead(tree)
	}
	text := s.text
	if fold {
		text = "(?i)" + text
	}
	return linear{regexp.MustCompile(text)}
}

// linear runs a pattern by Go's own engine.
type linear struct{ re *regexp.Regexp }

func (l linear) names() []string { return l.re.SubexpNames() }

func (l linear) find(s string, _ *effort) ([]string, error) { return l.re.FindStringSubmatch(s), nil }

// backtracking runs a pattern by an engine that may take exponential time.
type backtracking struct {
	re     *regexp2.Regexp
	groups []string
}

func init() {
	// The engine's clock is no more precise than its period. It runs for a second
	// after the last match.
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
	// The clock on the wall also runs while the process waits for its turn: a
	// pattern has gone astray when that happens again.
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
