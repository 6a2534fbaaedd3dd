package host

import (
	"container/list"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// listener accepts at most limit connections at a time. When there are as many,
// the one goes that has been without a request for the longest time; when all
// are at work, or may be about to ask, the next waits.
type listener struct {
	net.Listener
	limit int
	grace time.Duration // the constant of this name, but for tests
	// waiting says that one who has come is not accepted yet.
	waiting atomic.Bool

	mu     sync.Mutex
	freed  *sync.Cond // a connection became idle, may be closed now, or was closed
	closed bool
	count  int
	// Connections without a request, the oldest in front: those that may be
	// closed, those that may be about to ask, and those that have begun to.
	idle, expected, begun list.List // of *conn
}

// Bounds of the time for which a connection without a whole request does not make
// room for others. Without them, when many come at once, each would push out one
// whose request is on its way.
const (
	grace    = 200 * time.Millisecond // until it begins
	headTime = 2 * time.Second        // from then on
)

// conn is a connection that a listener has accepted.
type conn struct {
	net.Conn
	from  *listener
	in    *list.List // one of from's; nil while it is at work
	el    *list.Element
	until time.Time // when its time to ask is over
	once  sync.Once
	asks  atomic.Int32 // one of the constants
}

// Whether a connection without a request has a part of one. That gives it more
// time, once: whoever goes on slowly is as good as idle.
const (
	silent = iota
	begun
	granted
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
		l.makeRoom()
	}
	l.waiting.Store(false)
	if l.closed {
		raw.Close()
		return nil, net.ErrClosed
	}
	l.count++
	c := &conn{Conn: raw, from: l}
	l.expect(c, &l.expected, l.grace)
	return c, nil
}

// makeRoom closes the connection that is idle for the longest time, or waits
// until there may be one.
func (l *listener) makeRoom() {
	l.expire()
	if c := l.oldest(); c != nil {
		l.put(c, nil)
		l.mu.Unlock()
		c.Close()
		l.mu.Lock()
		return
	}
	// Nothing else tells of time that is over.
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
			l.mu.Lock() // and so after Wait has begun
			defer l.mu.Unlock()
			l.freed.Broadcast()
		}).Stop()
	}
	l.freed.Wait()
}

// expire makes connections idle whose time to ask is over.
func (l *listener) expire() {
	now := time.Now()
	for _, waiting := range []*list.List{&l.expected, &l.begun} {
		for el := waiting.Front(); el != nil && !el.Value.(*conn).until.After(now); el = waiting.Front() {
			l.put(el.Value.(*conn), &l.idle)
		}
	}
}

// oldest returns the connection that is idle for the longest time; nil for none.
func (l *listener) oldest() *conn {
	for el := l.idle.Front(); el != nil; el = l.idle.Front() {
		c := el.Value.(*conn)
		switch {
		case unread(c.Conn): // the server has not come to it yet
			l.expect(c, &l.expected, l.grace)
		case c.asks.CompareAndSwap(begun, granted):
			l.expect(c, &l.begun, headTime)
		default:
			return c
		}
	}
	return nil
}

// expect gives a connection time to ask.
func (l *listener) expect(c *conn, in *list.List, d time.Duration) {
	c.until = time.Now().Add(d)
	l.put(c, in)
}

// put moves a connection to the end of a list; nil takes it out of all.
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

// note is the http.Server's ConnState: it tells which connections are idle.
func (l *listener) note(raw net.Conn, state http.ConnState) {
	c, ok := raw.(*conn)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch state {
	case http.StateIdle:
		c.asks.Store(silent)
		l.put(c, &l.idle)
		l.freed.Signal()
	case http.StateActive, http.StateHijacked, http.StateClosed:
		l.put(c, nil)
	}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.asks.CompareAndSwap(silent, begun)
	}
	return n, err
}

// Close implements net.Conn.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.from.mu.Lock()
		defer c.from.mu.Unlock()
		c.from.put(c, nil)
		c.from.count--
		c.from.freed.Signal()
	})
	return err
}

// CloseWrite ends what is sent, where that can be done by itself.
func (c *conn) CloseWrite() error {
	if c, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}
