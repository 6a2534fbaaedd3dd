package router

// This file is left out where the host is linked into a site: it alone needs a module.

import (
	"fmt"
	"time"

	"github.com/dlclark/regexp2/v2"
)

// backtracking runs a pattern with an engine that may take exponential time.
type backtracking struct {
	re     *regexp2.Regexp
	groups []string
}

func init() {
	newBacktracking = compileBacktracking
	// Timeouts are only as precise as this period.
	regexp2.SetTimeoutCheckPeriod(time.Millisecond)
}

func compileBacktracking(src string, fold bool) (program, error) {
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
