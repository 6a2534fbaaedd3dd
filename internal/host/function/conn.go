package function

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"sync"
	"time"
)

// conns are the HTTP/1.1 connections to one process. They do what
// http.Transport does, as far as a function needs it, and do it on the
// caller's goroutine: a function is asked over the loopback, where handing a
// request from goroutine to goroutine and back would take longer than its way.
type conns struct {
	dial func(ctx context.Context) (net.Conn, error)

	mu   sync.Mutex
	idle []*conn // the last used at the end
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
	maxIdle          = 256
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
	if len(t.idle) >= maxIdle {
		c.Close()
		return
	}
	c.since = time.Now()
	t.idle = append(t.idle, c)
}

// close closes the idle connections.
func (t *conns) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, c := range t.idle {
		c.Close()
	}
	t.idle = nil
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
	ctx := req.Context()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	sent := make(chan error, 1)
	send := func() {
		err := req.Write(c.w)
		if err == nil {
			err = c.w.Flush()
		}
		sent <- err
	}
	if req.Body == nil || req.Body == http.NoBody {
		send()
		if err := <-sent; err != nil {
			stop()
			return nil, err
		}
		sent <- nil
	} else {
		go send() // a function may answer before it has read everything
	}
	resp, err := c.readHead(ctx, req)
	if err != nil {
		stop()
		return nil, err
	}
	var once sync.Once
	finish := func() {
		once.Do(func() {
			if stop() && !resp.Close && c.r.Buffered() == 0 && whole(sent) {
				t.put(c)
			} else {
				c.Close()
			}
		})
	}
	giveUp := func() { once.Do(func() { stop(); c.Close() }) }
	if resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body = &tunnel{Reader: c.r, Conn: c.Conn, done: func() { stop() }}
		return resp, nil
	}
	resp.Body = &answerBody{body: resp.Body, finish: finish, giveUp: giveUp}
	return resp, nil
}

// whole reports whether the request has been sent to its end. A function may
// answer without reading that far.
func whole(sent <-chan error) bool {
	select {
	case err := <-sent:
		return err == nil
	default:
		return false
	}
}

// readHead reads the answer up to its body, past those that only inform.
func (c *conn) readHead(ctx context.Context, req *http.Request) (*http.Response, error) {
	for {
		c.left = maxHeaderBytes
		resp, err := http.ReadResponse(c.r, req)
		if err != nil {
			return nil, err
		}
		c.left = unboundedAnswers
		if resp.StatusCode >= 200 || resp.StatusCode == http.StatusSwitchingProtocols {
			return resp, nil
		}
		if trace := httptrace.ContextClientTrace(ctx); trace != nil && trace.Got1xxResponse != nil {
			if err := trace.Got1xxResponse(resp.StatusCode, textproto.MIMEHeader(resp.Header)); err != nil {
				return nil, err
			}
		}
	}
}

// answerBody gives its connection back when it has been read to its end.
type answerBody struct {
	body   io.ReadCloser
	finish func() // at its end
	giveUp func() // before its end
}

// Read implements io.Reader.
func (b *answerBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if err == io.EOF {
		b.finish()
	}
	return n, err
}

// Close implements io.Closer. What has not been read is worth less than a new
// connection.
func (b *answerBody) Close() error {
	if b.body == http.NoBody {
		b.finish()
	}
	b.giveUp()
	return nil
}

// tunnel is an upgraded connection.
type tunnel struct {
	io.Reader
	net.Conn
	done func()
}

// Read implements io.Reader: what came with the answer comes first.
func (t *tunnel) Read(p []byte) (int, error) { return t.Reader.Read(p) }

// Close implements io.Closer.
func (t *tunnel) Close() error {
	t.done()
	return t.Conn.Close()
}
