package function

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"sync"
	"sync/atomic"
	"time"
)

// conns are the HTTP/1.1 connections to one process. They do what http.Transport
// does, as far as a function needs it, on the caller's goroutine:
// docs/decisions/0008-client-of-functions.md has the figures.
type conns struct {
	dial      func(ctx context.Context) (net.Conn, error)
	idleCount *counter

	mu     sync.Mutex
	closed bool    // the process is gone
	idle   []*conn // most recently used last
}

// counter is a shared count with a limit.
type counter struct {
	n     atomic.Int64
	limit int64
}

// add adds one, unless the limit is reached.
func (c *counter) add() bool {
	if c.n.Add(1) > c.limit {
		c.n.Add(-1)
		return false
	}
	return true
}

// conn is one connection, for one request at a time.
type conn struct {
	net.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	left   int64 // bytes of the header that may still be read; -1 is no limit
	reused bool
	since  time.Time // when it became idle
}

// Bounds of connections.
const (
	maxInformational = 100 // informational responses per request
	maxHeaderBytes   = 1 << 20
	connBuffer       = 8 << 10
	unboundedBody    = -1
)

// trusted is how long an idle connection is assumed to be alive without a check.
const trusted = 100 * time.Millisecond

var errHeaderTooLarge = errors.New("the header of the response is larger than 1 MB")

// Read implements io.Reader, for r.
func (c *conn) Read(p []byte) (int, error) {
	if c.left == 0 {
		return 0, errHeaderTooLarge
	}
	if c.left > 0 && int64(len(p)) > c.left {
		p = p[:c.left]
	}
	n, err := c.Conn.Read(p)
	if c.left > 0 {
		c.left -= int64(n)
	}
	return n, err
}

// get returns an idle connection that is alive, or a new one. The check costs a
// system call, which a request that may be retried can do without if the connection
// was in use a moment ago.
func (t *conns) get(ctx context.Context, repeatable bool) (*conn, error) {
	for {
		t.mu.Lock()
		n := len(t.idle)
		if n == 0 {
			t.mu.Unlock()
			break
		}
		c := t.idle[n-1]
		t.idle = t.idle[:n-1]
		t.idleCount.n.Add(-1)
		t.mu.Unlock()
		if repeatable && time.Since(c.since) < trusted || alive(c.Conn) {
			c.reused = true
			return c, nil
		}
		c.Close()
	}
	raw, err := t.dial(ctx)
	if err != nil {
		return nil, err
	}
	c := &conn{Conn: raw}
	c.r, c.w = bufio.NewReaderSize(c, connBuffer), bufio.NewWriterSize(raw, connBuffer)
	return c, nil
}

func (t *conns) put(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed || !t.idleCount.add() {
		c.Close()
		return
	}
	c.since = time.Now()
	t.idle = append(t.idle, c)
}

// close closes the connections that are idle or become so.
func (t *conns) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.idle {
		c.Close()
		t.idleCount.n.Add(-1)
	}
	t.idle, t.closed = nil, true
}

// roundTrip sends req and returns the response, whose body must be closed. ended is
// called once, when the response is over: whole reports whether it was read to its
// end.
func (t *conns) roundTrip(req *http.Request, ended func(whole bool)) (*http.Response, error) {
	for {
		c, err := t.get(req.Context(), idempotent(req))
		if err != nil {
			ended(false)
			return nil, err
		}
		resp, err := t.exchange(c, req, ended)
		if err == nil {
			return resp, nil
		}
		c.Close()
		// The process may have closed an idle connection just as it was taken.
		// This ends when there are no idle ones left.
		if !c.reused || req.Context().Err() != nil || !idempotent(req) {
			ended(false)
			return nil, err
		}
	}
}

// exchange sends req on c and reads the head of the response.
func (t *conns) exchange(c *conn, req *http.Request, ended func(whole bool)) (*http.Response, error) {
	stop := context.AfterFunc(req.Context(), func() { c.SetDeadline(time.Unix(1, 0)) })
	sent, err := c.send(req)
	if err != nil {
		stop()
		return nil, err
	}
	resp, err := c.readHead(req)
	if err != nil {
		stop()
		return nil, err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body = &tunnel{Reader: c.r, Conn: c.Conn, closed: sync.OnceFunc(func() { stop(); ended(true) })}
		return resp, nil
	}
	resp.Body = &responseBody{ReadCloser: resp.Body, conns: t, conn: c, last: resp.Close, stop: stop, sent: sent, ended: ended}
	return resp, nil
}

// send sends req. One with a body is sent concurrently, since a function may respond
// before it has read all of it; sent then receives the outcome. It is nil if req has
// been sent.
func (c *conn) send(req *http.Request) (sent <-chan error, err error) {
	write := func() error {
		if err := req.Write(c.w); err != nil {
			return err
		}
		return c.w.Flush()
	}
	if req.Body == nil || req.Body == http.NoBody {
		return nil, write()
	}
	done := make(chan error, 1)
	go func() {
		err := write()
		if half, ok := c.Conn.(interface{ CloseWrite() error }); ok && err != nil {
			half.CloseWrite() // the function must not wait for the rest
		}
		done <- err
	}()
	return done, nil
}

// errMalformed is the error for something that is not an HTTP response.
var errMalformed = errors.New("not a response")

// readHead reads the head of the final response, and passes informational ones on.
func (c *conn) readHead(req *http.Request) (*http.Response, error) {
	for range maxInformational + 1 {
		c.left = maxHeaderBytes
		resp, err := http.ReadResponse(c.r, req)
		if err != nil {
			return nil, err
		}
		c.left = unboundedBody
		if resp.StatusCode < 100 || resp.StatusCode > 599 {
			return nil, fmt.Errorf("%w: status %d", errMalformed, resp.StatusCode)
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
		if err := inform(req.Context(), resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w: more than %d informational responses", errMalformed, maxInformational)
}

// responseBody is the body of a response. Its connection can be reused once it has
// been read to its end.
type responseBody struct {
	io.ReadCloser
	conns *conns
	conn  *conn
	last  bool         // the process closes the connection afterwards
	stop  func() bool  // stops watching the request's context
	sent  <-chan error // nil if the request has been sent
	ended func(whole bool)
	done  bool
}

// Read implements io.Reader.
func (b *responseBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err == io.EOF {
		b.end(true)
	}
	return n, err
}

// Close implements io.Closer. A new connection is cheaper than reading the rest.
func (b *responseBody) Close() error {
	b.end(b.ReadCloser == http.NoBody)
	return nil
}

// end releases the connection, which can be reused if nothing is left on it.
func (b *responseBody) end(whole bool) {
	if b.done {
		return
	}
	b.done = true
	if b.stop() && whole && !b.last && b.conn.r.Buffered() == 0 && isSent(b.sent) {
		b.conns.put(b.conn)
	} else {
		b.conn.Close()
	}
	b.ended(whole)
}

// settling is how long a complete response waits for its request to be sent. It has
// been, unless the function responded without reading it.
const settling = 10 * time.Millisecond

// isSent reports whether a request has been sent completely.
func isSent(sent <-chan error) bool {
	if sent == nil {
		return true
	}
	select {
	case err := <-sent:
		return err == nil
	case <-time.After(settling):
		return false
	}
}

// tunnel is an upgraded connection.
type tunnel struct {
	io.Reader
	net.Conn
	closed func()
}

// Read implements io.Reader: it begins with what was buffered after the response.
func (t *tunnel) Read(p []byte) (int, error) { return t.Reader.Read(p) }

// Close implements io.Closer.
func (t *tunnel) Close() error {
	t.closed()
	return t.Conn.Close()
}
