package function

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"sync/atomic"
	"time"
)

// conns are the HTTP/1.1 connections to one process. They do what
// http.Transport does, as far as a function needs it, and do it on the
// caller's goroutine: a function is asked over the loopback, where handing a
// request from goroutine to goroutine and back would take longer than its way.
type conns struct {
	dial      func(ctx context.Context) (net.Conn, error)
	idleCount *counter

	mu     sync.Mutex
	closed bool    // the process is gone
	idle   []*conn // the last used at the end
}

// counter counts what is bounded in several places together.
type counter struct {
	n     atomic.Int64
	limit int64
}

// add counts one more, unless there are as many as there may be.
func (c *counter) add() bool {
	if c.n.Add(1) > c.limit {
		c.n.Add(-1)
		return false
	}
	return true
}

// conn is one connection. One request at a time is under way on it.
type conn struct {
	net.Conn
	r      *bufio.Reader
	w      *bufio.Writer
	left   int64 // bytes of a header still to be accepted; -1 is no bound
	reused bool
	since  time.Time // when it became idle
}

// Bounds of connections.
const (
	maxInformation   = 100 // answers that only inform, for one request
	maxHeaderBytes   = 1 << 20
	connBuffer       = 8 << 10
	unboundedAnswers = -1
)

// trusted is how long an idle connection may be taken to stand without a look.
const trusted = 100 * time.Millisecond

var errHeaderTooLarge = errors.New("the header of the answer is larger than 1 MB")

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

// get returns an idle connection that still stands, or a new one. A look at it
// costs a system call, which a request that may be repeated can do without
// when the connection was in use a moment ago.
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
		if repeatable && time.Since(c.since) < trusted || stands(c.Conn) {
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

// close closes the idle connections, and those that become idle later.
func (t *conns) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.idle {
		c.Close()
		t.idleCount.n.Add(-1)
	}
	t.idle, t.closed = nil, true
}

// roundTrip sends req and returns the answer, whose body must be closed. It
// does not close the request's body.
func (t *conns) roundTrip(req *http.Request) (*http.Response, error) {
	for {
		c, err := t.get(req.Context(), idempotent(req))
		if err != nil {
			return nil, err
		}
		resp, err := t.exchange(c, req)
		if err == nil {
			return resp, nil
		}
		c.Close()
		// The process may have closed an idle connection just when it was
		// taken. There are only so many of them.
		if !c.reused || req.Context().Err() != nil || !idempotent(req) {
			return nil, err
		}
	}
}

// exchange sends req on c and reads the head of the answer.
func (t *conns) exchange(c *conn, req *http.Request) (*http.Response, error) {
	stop := context.AfterFunc(req.Context(), func() { c.SetDeadline(time.Unix(1, 0)) })
	resp, sent, err := c.ask(req)
	if err != nil {
		stop()
		return nil, err
	}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body = &tunnel{Reader: c.r, Conn: c.Conn, done: stop}
		return resp, nil
	}
	resp.Body = &answer{body: resp.Body, conns: t, conn: c, last: resp.Close, stop: stop, sent: sent}
	return resp, nil
}

// ErrBody says that a request failed because its own body could not be read.
var ErrBody = errors.New("read the request")

// ask sends req and reads the head of the answer. A request with a body is sent
// beside that, since a function may answer before it has read everything; sent
// then tells how it went. It is nil when all has been sent.
func (c *conn) ask(req *http.Request) (resp *http.Response, sent <-chan error, err error) {
	if req.Body == nil || req.Body == http.NoBody {
		if err := c.send(req); err != nil {
			return nil, nil, err
		}
		resp, err = c.readHead(req)
		return resp, nil, err
	}
	done := make(chan error, 1)
	var mu sync.Mutex
	var broken error // the body's, when it broke before there was a head
	answered := false
	body := &notedBody{ReadCloser: req.Body}
	go func() {
		out := req.WithContext(req.Context()) // which may be changed
		out.Body = body
		err := c.send(out)
		if body.err != nil {
			err = body.err
		}
		if isBodyError(err) {
			// Whoever waits for the rest of it learns that there is none.
			mu.Lock()
			if !answered {
				broken = err
				c.SetReadDeadline(time.Unix(1, 0))
			}
			mu.Unlock()
			closeWrite(c.Conn)
		}
		done <- err
	}()
	resp, err = c.readHead(req)
	mu.Lock()
	defer mu.Unlock()
	answered = true
	if broken != nil {
		return nil, nil, fmt.Errorf("%w: %w", ErrBody, broken)
	}
	return resp, done, err
}

// notedBody remembers how reading it failed, which an http.Request that is
// written hides.
type notedBody struct {
	io.ReadCloser
	err error
}

// Read implements io.Reader.
func (b *notedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF {
		b.err = err
	}
	return n, err
}

// isBodyError tells a request that could not be read from one that could not be
// written. The function may have said why it does not take it.
func isBodyError(err error) bool {
	var op *net.OpError
	return err != nil && !(errors.As(err, &op) && op.Op == "write")
}

func closeWrite(c net.Conn) {
	if c, ok := c.(interface{ CloseWrite() error }); ok {
		c.CloseWrite()
	}
}

func (c *conn) send(req *http.Request) error {
	if err := req.Write(c.w); err != nil {
		return err
	}
	return c.w.Flush()
}

// errMalformed says that what a process answers is no HTTP response that may be
// passed on.
var errMalformed = errors.New("not a response")

// readHead reads the answer up to its body, past those that only inform.
func (c *conn) readHead(req *http.Request) (*http.Response, error) {
	for range maxInformation + 1 {
		c.left = maxHeaderBytes
		resp, err := http.ReadResponse(c.r, req)
		if err != nil {
			return nil, err
		}
		c.left = unboundedAnswers
		if resp.StatusCode < 100 || resp.StatusCode > 599 {
			return nil, fmt.Errorf("%w: status %d", errMalformed, resp.StatusCode)
		}
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
		if trace := httptrace.ContextClientTrace(req.Context()); trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
				return nil, err
			}
		}
	}
	return nil, fmt.Errorf("%w: more than %d answers that only inform", errMalformed, maxInformation)
}

// answer is the body of an answer. It gives its connection back when it has
// been read to its end.
type answer struct {
	body  io.ReadCloser
	conns *conns
	conn  *conn
	last  bool         // the process closes the connection
	stop  func() bool  // the watch for the end of the request's context
	sent  <-chan error // nil when the request has been sent
	done  bool
	ended bool // it has been read to its end
}

// Read implements io.Reader.
func (a *answer) Read(p []byte) (int, error) {
	n, err := a.body.Read(p)
	if err == io.EOF {
		a.finish()
	}
	return n, err
}

// finish ends the use of the connection, which another request may have if
// nothing is left on it.
func (a *answer) finish() {
	if a.done {
		return
	}
	a.done, a.ended = true, true
	if a.stop() && !a.last && a.conn.r.Buffered() == 0 && whole(a.sent) {
		a.conns.put(a.conn)
	} else {
		a.conn.Close()
	}
}

// settling is how long an answer that has been read waits for its request to be
// sent. It has been, unless the function answered without reading it.
const settling = 10 * time.Millisecond

// whole reports whether a request has been sent to its end.
func whole(sent <-chan error) bool {
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

// Close implements io.Closer. What has not been read is worth less than a new
// connection.
func (a *answer) Close() error {
	if a.body == http.NoBody {
		a.finish()
	}
	if !a.done {
		a.done = true
		a.stop()
		a.conn.Close()
	}
	return nil
}

// tunnel is an upgraded connection.
type tunnel struct {
	io.Reader
	net.Conn
	done func() bool
}

// Read implements io.Reader: what came with the answer comes first.
func (t *tunnel) Read(p []byte) (int, error) { return t.Reader.Read(p) }

// Close implements io.Closer.
func (t *tunnel) Close() error {
	t.done()
	return t.Conn.Close()
}
