package renderer

import (
	"context"
	"os/exec"
	"sync"

	"github.com/jargo-dev/jargo/engine"
)

// Started is a process that renders pages, started before it is known which these are.
// It is for one Renderer; one that no Renderer has taken is to be closed.
type Started struct {
	ready  chan struct{} // closed when it has started, or failed to
	cancel context.CancelFunc

	mu      sync.Mutex
	process *process // nil if it did not start, or was taken
}

// Start starts a process by a Language's Command for the project, and returns at once.
// SiteFile, Limits and Ask of the options are those that the Renderer will have.
func Start(cmd *exec.Cmd, o Options) *Started {
	ctx, cancel := context.WithCancel(context.Background())
	s := &Started{ready: make(chan struct{}), cancel: cancel}
	go func() {
		defer close(s.ready)
		// Why it does not start is said of the one that is started in its place.
		s.process, _ = o.start(ctx, cmd)
	}()
	return s
}

// start starts a process.
func (o *Options) start(ctx context.Context, cmd *exec.Cmd) (*process, error) {
	cmd.Env = append(cmd.Env, engine.SiteFile+"="+o.SiteFile, engine.Building+"=1")
	return start(ctx, cmd, o.Limits.startTime(), o.Ask)
}

// take returns the process, which is then the caller's; nil if there is none.
func (s *Started) take(ctx context.Context) *process {
	if s == nil {
		return nil
	}
	select {
	case <-s.ready:
	case <-ctx.Done():
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.process
	s.process = nil
	return p
}

// Ready is closed when the process has started, or failed to.
func (s *Started) Ready() <-chan struct{} { return s.ready }

// Waits reports whether the process has started, or is about to, and nobody has taken it.
func (s *Started) Waits() bool {
	select {
	case <-s.ready:
	default:
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.process != nil && !s.process.gone()
}

// Close ends the process, unless it was taken.
func (s *Started) Close() {
	s.cancel()
	if p := s.take(context.Background()); p != nil {
		p.end()
	}
}
