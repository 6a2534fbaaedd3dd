package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of a connection.
const (
	headerTimeout = 20 * time.Second
	idleTimeout   = 2 * time.Minute
	maxHeader     = 64 << 10 // bytes
	stopTimeout   = 30 * time.Second
	killTimeout   = 5 * time.Second
)

// Server serves one Deployment at a time and switches to the next without failing
// a request: those under way finish on the old one.
type Server struct {
	log     *slog.Logger
	limit   int                      // of connections
	limited atomic.Pointer[listener] // nil before Serve
	ending  atomic.Bool              // connections end with their next response
	aborted chan struct{}
	abort   func()
	crons   func(context.Context) // runs them until its end; nil for none
	handler http.Handler          // of what Serve accepts
	secure  *tls.Config           // nil without TLS
	turns   *turns                // nil without TLS

	current  atomic.Pointer[Deployment]
	mu       sync.Mutex     // for deploying
	closed   bool           // nothing may be deployed any more
	replaced sync.WaitGroup // deployments that are being closed
}

// NewServer returns a Server of d, which it takes ownership of.
func NewServer(d *Deployment) *Server {
	s := &Server{log: d.log, limit: shareDescriptors(d.opts.descriptors).connections, aborted: make(chan struct{})}
	s.abort = sync.OnceFunc(func() { close(s.aborted) })
	s.handler = s
	d.full = s.full
	s.current.Store(d)
	d.opts.Metrics.deploy(d)
	return s
}

// Handle lets h have the requests that Serve accepts, instead of the Server, to which h
// passes on what it does not respond to itself. It comes before Serve. h may look at
// responses and change them, which costs: package net/http then writes their heads.
func (s *Server) Handle(h http.Handler) { s.handler = h }

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.turns != nil {
		if s.turns.take(r.Context()) {
			defer s.turns.give()
		} else {
			r = withoutTurn(r)
		}
	}
	s.With(func(d *Deployment) { d.ServeHTTP(w, r) })
}

// full reports whether a connection is to end with the response under way: a visitor is
// waiting for that, or the server.
func (s *Server) full() bool {
	l := s.limited.Load()
	return l != nil && l.waiting.Load() || s.ending.Load()
}

// Deploy serves d from the next request on. The previous deployment is closed once
// its last request has ended.
func (s *Server) Deploy(d *Deployment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		s.close(d)
		return
	}
	d.full = s.full
	old := s.current.Swap(d)
	d.opts.Metrics.deploy(d)
	old.drain()
	old.users.leave()
	s.replaced.Go(func() {
		select {
		case <-old.users.gone:
		case <-s.aborted:
		}
		s.close(old)
	})
}

// close closes a deployment whose requests have ended, within killTimeout.
func (s *Server) close(d *Deployment) {
	ctx, cancel := s.within(killTimeout)
	defer cancel()
	d.Close(ctx)
}

// within returns a context that ends after d, or when the server is aborted.
func (s *Server) within(d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	go func() {
		select {
		case <-s.aborted:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// Abort makes Serve return at once: it drops requests and kills functions.
func (s *Server) Abort() { s.abort() }

// Serve serves connections from ln until ctx is done. Then it accepts no more, lets
// requests under way finish (for at most 30 s), stops the functions and returns
// nil. It always closes ln and the deployment.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	limited := limitListener(ln, s.limit)
	s.limited.Store(limited)
	server := s.httpServer(limited, s.handler)
	if s.handler == http.Handler(s) { // another may look at what it is passed back
		server.ConnContext = joinWrites
	}
	crons, stopCrons := context.WithCancel(ctx)
	defer stopCrons()
	cronsEnded := make(chan struct{})
	go func() {
		defer close(cronsEnded)
		if s.crons != nil {
			s.crons(crons)
		}
	}()
	failed := make(chan error, 1)
	go func() { failed <- s.serve(server, limited) }()
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		// Stop accepting before closing idle connections: a visitor whose
		// connection is closed must not be accepted again only to be turned away.
		limited.Close()
		<-failed
		s.ending.Store(true)
		s.current.Load().drain()
		s.finish(limited, cronsEnded)
		server.Close()
	}
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.close(s.current.Load())
	s.replaced.Wait()
	if err != nil && !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// httpServer is a server of what a listener accepts, with the limits of connections.
func (s *Server) httpServer(limited *listener, h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         limited.note,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}

// ServeBeside serves something else, of which a response is short, on ln until ctx is
// done, as redirects from http to https. It has an eighth of the connections of Serve on
// top of those. It always closes ln.
func (s *Server) ServeBeside(ctx context.Context, ln net.Listener, h http.Handler) error {
	limited := limitListener(ln, max(8, s.limit/8))
	server := s.httpServer(limited, h)
	server.WriteTimeout = headerTimeout
	defer context.AfterFunc(ctx, func() { limited.Close() })()
	err := server.Serve(limited)
	if ctx.Err() == nil {
		return fmt.Errorf("serve: %w", err)
	}
	patience, cancel := s.within(killTimeout)
	defer cancel()
	_ = limited.drain(patience) // who is late asks again
	return server.Close()
}

// finish lets the requests under way finish, and those of crons.
func (s *Server) finish(limited *listener, crons <-chan struct{}) {
	ctx, cancel := s.within(stopTimeout)
	defer cancel()
	err := limited.drain(ctx)
	select {
	case <-crons:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		s.log.Warn("requests did not finish in time, dropping them")
	}
}
