package python

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/internal/renderer"
)

// Session is what stays between the builds of a process that builds one project again
// and again, to be developed. Its zero value is for the first of them. Close it.
type Session struct {
	last  *Pages      // of the last build, closed; nil if that failed
	found interpreter // the last
	ahead *ahead      // nil if there is none

	compiled compiled
}

// ahead is a process of the next build, which loads pages as soon as it is asked to:
// Python takes longer to start than most pages to load.
type ahead struct {
	launch
	site        string // Options.Site
	limits      renderer.Limits
	state       string // of the interpreter
	environment []string
	started     *renderer.Started
}

// Prepare starts a process for the next build, as those of the last were started, unless
// there is one.
func (s *Session) Prepare() {
	if s.last == nil || s.ahead != nil && s.ahead.started.Waits() {
		return
	}
	s.endAhead()
	s.compiled.prepare(s.last.launch.interpreter)
	a := s.last.ahead()
	var err error
	if a.dir, err = newLaunchDir(); err != nil {
		return // the next build needs one, and says why there is none
	}
	a.started = renderer.Start((&language{launch: a.launch}).Command(""), renderer.Options{Limits: a.limits, SiteFile: a.site})
	s.ahead = a
}

// ahead says how a process is started ahead of a build like this one.
func (p *Pages) ahead() *ahead {
	return &ahead{launch: p.launch, site: p.options.Site, limits: p.options.Limits, state: p.launch.state(), environment: os.Environ()}
}

// take returns the process, if it is one that a build of these pages would start now.
func (s *Session) take(p *Pages) *ahead {
	if s.ahead == nil {
		return nil
	}
	a, now := s.ahead, p.ahead()
	now.dir = a.dir
	if now.launch != a.launch || now.site != a.site || now.limits != a.limits || now.state != a.state || !slices.Equal(now.environment, a.environment) {
		s.endAhead()
		return nil
	}
	s.ahead = nil
	return a
}

// Close ends what Prepare has started.
func (s *Session) Close() {
	s.endAhead()
	s.compiled.close()
}

func (s *Session) endAhead() {
	if s.ahead != nil {
		s.ahead.started.Close()
		_ = os.RemoveAll(s.ahead.dir)
		s.ahead = nil
	}
}

// newLaunchDir makes a directory with the program that renders pages.
func newLaunchDir() (string, error) {
	dir, err := os.MkdirTemp("", "jargo-")
	if err != nil {
		return "", err
	}
	if err := writeProgram(filepath.Join(dir, buildFile), "build"); err != nil {
		_ = os.RemoveAll(dir)
		return "", err
	}
	return dir, nil
}
