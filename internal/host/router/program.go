package router

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"time"
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

// newBacktracking makes a program of a pattern that takes an engine with backtracking.
// Where none is linked it is nil.
var newBacktracking func(src string, fold bool) (program, error)

var errNoBacktracking = errors.New("it takes look-behind, a back reference or the like, for which this program has no engine")
