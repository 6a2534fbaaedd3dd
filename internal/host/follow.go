package host

import (
	"context"
	"os"
	"time"
)

// followInterval is how often Follow checks for a new output.
const followInterval = time.Second

// Follow deploys what replaces the output directory dir, until ctx is done. It calls
// open, which makes a Deployment of the directory, on a reload signal, and when a new
// directory or config.json has been there for an interval: tools that write an output
// file by file write config.json last. It calls opened when that is served, or cannot
// be.
func (s *Server) Follow(ctx context.Context, dir string, reload <-chan os.Signal, open func() (*Deployment, error), opened func()) {
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	s.follow(ctx, dir, reload, ticker.C, open, opened)
}

func (s *Server) follow(ctx context.Context, dir string, reload <-chan os.Signal, tick <-chan time.Time, open func() (*Deployment, error), opened func()) {
	served := s.served()
	before := served
	for {
		select {
		case <-ctx.Done():
			return
		case <-reload:
		case <-tick:
			now := identify(dir)
			settled := now == before
			before = now
			if !settled || now == served || now == (identity{}) {
				continue
			}
			served = now // even if it cannot be served: it is not tried again
		}
		if d, err := open(); err != nil {
			s.log.Error("the new output cannot be served, still serving the old one", "error", err)
		} else {
			served = d.identity
			s.Deploy(d)
			s.log.Info("serving the new output")
		}
		opened()
	}
}

// served is the identity of the current deployment's output.
func (s *Server) served() identity {
	return s.current.Load().identity
}
