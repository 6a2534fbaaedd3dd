package host

import (
	"context"
	"os"
	"time"
)

// followInterval is how often Follow looks whether there is another output.
const followInterval = time.Second

// Follow deploys what is put in the place of the output directory dir, until ctx
// is done. open makes a Deployment of what is there. It is asked when told says
// so, and when there has been another directory, or another config.json, for an
// interval: what writes an output piece by piece writes this file last.
func (s *Server) Follow(ctx context.Context, dir string, told <-chan os.Signal, open func() (*Deployment, error)) {
	ticker := time.NewTicker(followInterval)
	defer ticker.Stop()
	s.follow(ctx, dir, told, ticker.C, open)
}

func (s *Server) follow(ctx context.Context, dir string, told <-chan os.Signal, tick <-chan time.Time, open func() (*Deployment, error)) {
	served := s.served()
	before := served
	for {
		select {
		case <-ctx.Done():
			return
		case <-told:
		case <-tick:
			now := identify(dir)
			settled := now == before
			before = now
			if !settled || now == served || now == (identity{}) {
				continue
			}
			served = now // and if it cannot be served, the next one may be
		}
		d, err := open()
		if err != nil {
			s.log.Error("the new output cannot be served, the one before still is", "error", err)
			continue
		}
		served = d.identity
		s.Deploy(d)
		s.log.Info("serving the new output")
	}
}

// served is the identity of the current deployment's output.
func (s *Server) served() identity {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.current.identity
}
