package host

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// listener accepts at most limit connections at a time. At the limit it closes the
// connection that has been idle for the longest time; if all are serving a request,
// or may be about to send one, the next connection waits.
type listener struct {
	net.Listener
	limit int
	grace time.Duration // the constant of this name, but for tests
	// waiting is true while a connection waits to be accepted.
	waiting atomic.Bool

	mu     sync.Mutex
	freed  *sync.Cond // signaled when a connection may be closed, or was
	closed bool
	count  int
	// For the metrics: connections so far, and those closed to make room.
	accepted, evicted int64
	// hijacked is how many of these are no longer the http.Server's, ending how many are to
	// make room.
	hijacked, ending int
	// Connections without a request, the oldest in front: those that may be
	// closed, those that may be about to send one, and those that have begun to.
	idle, expected, begun list.List // of *conn
}

// Grace periods during which a connection without a complete request is not closed
// to make room. Without them, when many connect at once, each would evict another
// whose request is on its way.
const (
	grace    = 200 * time.Millisecond // until the request begins
	headTime = 2 * time.Second        // from then on
)

// conn is a connection that a listener has accepted.
type conn struct {
	net.Conn
	from  *listener
	in    *list.List // one of from's; nil while it serves a request
	el    *list.Element
	until time.Time // the end of its grace period
	once  sync.Once
	asks  atomic.Int32 // one of the constants
	taken bool         // it is hijacked

	// deadline is what the server has set for reading.
	deadlineMu sync.Mutex
	deadline   time.Time

	joining joining
}

// Whether a connection without a request has sent part of one. That extends its
// grace period once: a slow sender is as good as idle.
const (
	silent = iota
	begun
	granted
	ending // it is to make room, unless it turns out to have begun
	ended  // it has begun, and had its time
)

func limitListener(ln net.Listener, limit int) *listener {
	l := &listener{Listener: ln, limit: limit, grace: grace}
	l.freed = sync.NewCond(&l.mu)
	return l
}

// Accept implements net.Listener.
func (l *listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.count >= l.limit && !l.closed {
		l.waiting.Store(true)
		l.makeRoom(l.limit - 1)
	}
	l.waiting.Store(false)
	// Also if the listener is closed by now: the visitor was connected before, and nobody
	// else would answer.
	l.count++
	l.accepted++
	c := &conn{Conn: raw, from: l}
	l.expect(c, &l.expected, l.grace)
	return c, nil
}

// drain waits until all connections have ended, but for those that were hijacked. Those
// without a request are closed, if none is on its way; who begins to send one is served.
// (http.Server.Shutdown drops a request that it has just read.) The listener has been
// closed, and nothing accepts.
func (l *listener) drain(ctx context.Context) error {
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock() // not before Wait has begun
		defer l.mu.Unlock()
		l.freed.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.count > l.hijacked && ctx.Err() == nil {
		l.makeRoom(l.hijacked)
	}
	return ctx.Err()
}

// makeRoom has the connection end that has been idle for the longest time, if there would
// else be more than most, and waits until one has ended or may.
func (l *listener) makeRoom(most int) {
	l.expire()
	for l.count-l.ending > most {
		c := l.oldest()
		if c == nil {
			break
		}
		l.put(c, nil)
		if c.evict() {
			l.ending++
			l.evicted++
		} else { // it has just begun
			l.expect(c, &l.begun, headTime)
		}
	}
	// Nothing else wakes us when a grace period ends.
	var soonest time.Time
	for _, waiting := range []*list.List{&l.expected, &l.begun} {
		if el := waiting.Front(); el != nil {
			if until := el.Value.(*conn).until; soonest.IsZero() || until.Before(soonest) {
				soonest = until
			}
		}
	}
	if !soonest.IsZero() {
		defer time.AfterFunc(time.Until(soonest), func() {
			l.mu.Lock() // not before Wait has begun
			defer l.mu.Unlock()
			l.freed.Broadcast()
		}).Stop()
	}
	l.freed.Wait()
}

// expire makes connections idle whose grace period is over.
func (l *listener) expire() {
	now := time.Now()
	for _, waiting := range []*list.List{&l.expected, &l.begun} {
		for el := waiting.Front(); el != nil && !el.Value.(*conn).until.After(now); el = waiting.Front() {
			l.put(el.Value.(*conn), &l.idle)
		}
	}
}

// oldest returns the connection that has been idle for the longest time; nil for
// none.
func (l *listener) oldest() *conn {
	for el := l.idle.Front(); el != nil; el = l.idle.Front() {
		c := el.Value.(*conn)
		switch {
		case unread(c.Conn): // the server has yet to read it
			l.expect(c, &l.expected, l.grace)
		case c.asks.CompareAndSwap(begun, granted):
			l.expect(c, &l.begun, headTime)
		default:
			return c
		}
	}
	return nil
}

// expect starts a connection's grace period.
func (l *listener) expect(c *conn, in *list.List, d time.Duration) {
	c.until = time.Now().Add(d)
	l.put(c, in)
}

// put moves a connection to the end of a list; nil removes it from all.
func (l *listener) put(c *conn, to *list.List) {
	if c.in != nil {
		c.in.Remove(c.el)
	}
	if c.in = to; to != nil {
		c.el = to.PushBack(c)
	}
}

// Close implements net.Listener.
func (l *listener) Close() error {
	l.mu.Lock()
	l.closed = true
	l.freed.Broadcast()
	l.mu.Unlock()
	return l.Listener.Close()
}

// note is the http.Server's ConnState hook: it keeps track of idle connections.
func (l *listener) note(raw net.Conn, state http.ConnState) {
	c := plain(raw)
	if c == nil {
		return
	}
	if state == http.StateIdle && raw == net.Conn(c) { // under TLS nothing is joined
		_, _ = c.writeWaiting(nil) // nothing: a write that waits was followed by another
		c.joining.head = nil
	}
	if state == http.StateIdle {
		// The next request may be there already. While a connection that finds one goes on,
		// and others do that by turns, the runtime hardly looks for what arrives on the rest.
		defer runtime.Gosched()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateIdle:
		c.asks.Store(silent)
		if speaksHTTP2(raw) {
			// It is idle before its first request, too, and no client knows whether it
			// may repeat one that was on its way when the connection was closed.
			l.expect(c, &l.expected, l.grace)
		} else {
			l.put(c, &l.idle)
		}
		l.freed.Signal()
	case http.StateHijacked:
		l.put(c, nil)
		l.hijacked++
		c.taken = true
		l.freed.Signal()
	case http.StateActive:
		c.keep() // crypto/tls may have had the request, of which nothing was left to be read
		l.put(c, nil)
	case http.StateClosed:
		l.put(c, nil)
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.from.mu.Lock()
		defer c.from.mu.Unlock()
		c.from.put(c, nil)
		c.from.count--
		if c.taken {
			c.from.hijacked--
		}
		if c.asks.Load() >= ending {
			c.from.ending--
		}
		c.from.freed.Signal()
	})
	return err
}

// CloseWrite shuts down the writing side, where the system can do that alone.
func (c *conn) CloseWrite() error {
	if c, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}
