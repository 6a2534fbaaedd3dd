package host

import (
	"container/list"
	"io"
	"net"
	"net/http"
	"sync"
)

// listener accepts at most limit connections at a time. When there are as many,
// the one goes that has been without a request for the longest time; when all
// are at work, the next waits until one is closed.
type listener struct {
	net.Listener
	limit int

	mu     sync.Mutex
	freed  *sync.Cond // a connection became idle or was closed
	closed bool
	count  int
	idle   list.List // of *conn, those without a request, the oldest in front
}

// conn is a connection that a listener has accepted.
type conn struct {
	net.Conn
	from *listener
	el   *list.Element // in from.idle; nil while it is at work
	once sync.Once
}

func limitListener(ln net.Listener, limit int) *listener {
	l := &listener{Listener: ln, limit: limit}
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
		l.makeRoom()
	}
	if l.closed {
		raw.Close()
		return nil, net.ErrClosed
	}
	l.count++
	c := &conn{Conn: raw, from: l}
	c.el = l.idle.PushBack(c)
	return c, nil
}

// makeRoom closes the connection that is idle for the longest time, or waits
// until there may be one.
func (l *listener) makeRoom() {
	oldest := l.idle.Front()
	if oldest == nil {
		l.freed.Wait()
		return
	}
	c := oldest.Value.(*conn)
	l.setWorking(c)
	l.mu.Unlock()
	c.Close()
	l.mu.Lock()
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
		if c.el == nil {
			c.el = l.idle.PushBack(c)
			l.freed.Signal()
		}
	case http.StateActive, http.StateHijacked, http.StateClosed:
		l.setWorking(c)
	}
}

func (l *listener) setWorking(c *conn) {
	if c.el != nil {
		l.idle.Remove(c.el)
		c.el = nil
	}
}

// Close implements net.Conn.
func (c *conn) Close() error {
	err := c.Conn.Close()
	c.once.Do(func() {
		c.from.mu.Lock()
		defer c.from.mu.Unlock()
		c.from.setWorking(c)
		c.from.count--
		c.from.freed.Signal()
	})
	return err
}

// ReadFrom implements io.ReaderFrom, for files that the system can send by
// itself.
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(c.Conn, r)
}

// CloseWrite ends what is sent, where that can be done by itself.
func (c *conn) CloseWrite() error {
	if c, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return c.CloseWrite()
	}
	return nil
}
