package host

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"time"
)

// maxStreams is how many requests may be under way on one connection of HTTP/2.
const maxStreams = 100

// turnWait is how long a request waits until another has ended, when as many are under way
// as there may be connections.
const turnWait = 10 * time.Second

// Secure has Serve speak TLS, and so HTTP/2. It comes before Serve.
func (s *Server) Secure(c *tls.Config) {
	s.secure = c
	s.turns = newTurns(s.limit)
}

// serve serves what a listener accepts.
func (s *Server) serve(server *http.Server, ln net.Listener) error {
	if s.secure == nil {
		return server.Serve(ln)
	}
	server.TLSConfig = s.secure
	server.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: maxStreams}
	return server.ServeTLS(ln, "", "")
}

// plain returns the connection that was accepted, which may be under TLS; nil if it is
// not ours.
func plain(raw net.Conn) *conn {
	if over, ok := raw.(*tls.Conn); ok {
		raw = over.NetConn()
	}
	c, _ := raw.(*conn)
	return c
}

func speaksHTTP2(raw net.Conn) bool {
	over, ok := raw.(*tls.Conn)
	return ok && over.ConnectionState().NegotiatedProtocol == "h2"
}

// turns bound the requests under way where a connection may have several: what each of
// them uses was counted for connections.
type turns struct {
	taken  chan struct{}
	queued atomic.Int64
}

func newTurns(limit int) *turns { return &turns{taken: make(chan struct{}, limit)} }

// take waits for a turn, which give ends. It reports whether there was one in time.
func (t *turns) take(ctx context.Context) bool {
	select {
	case t.taken <- struct{}{}:
		return true
	default:
	}
	defer t.queued.Add(-1)
	if t.queued.Add(1) > int64(cap(t.taken)) {
		return false
	}
	timer := time.NewTimer(turnWait)
	defer timer.Stop()
	select {
	case t.taken <- struct{}{}:
		return true
	case <-timer.C:
	case <-ctx.Done():
	}
	return false
}

func (t *turns) give() { <-t.taken }

var errNoTurn = errors.New("too many requests are under way")

type noTurnKey struct{}

// withoutTurn marks a request that is to be refused.
func withoutTurn(r *http.Request) *http.Request {
	return r.WithContext(context.WithValue(r.Context(), noTurnKey{}, true))
}

// hasTurn reports whether a request is not to be refused.
func hasTurn(r *http.Request) bool {
	return r.TLS == nil || r.Context().Value(noTurnKey{}) == nil
}
