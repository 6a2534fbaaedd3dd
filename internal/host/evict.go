package host

import (
	"errors"
	"os"
	"time"
)

// A connection makes room by a deadline for reading that is over. Only who reads knows
// whether a request has come at the last moment, of which the system has nothing any more
// and the server not yet all: then the connection stays. The server closes it otherwise.

var over = time.Unix(1, 0)

// evict has the connection end, unless it has begun to send a request. The caller holds the
// listener's lock.
func (c *conn) evict() bool {
	c.deadlineMu.Lock()
	defer c.deadlineMu.Unlock()
	if !c.asks.CompareAndSwap(silent, ending) && !c.asks.CompareAndSwap(granted, ended) {
		return false
	}
	_ = c.Conn.SetReadDeadline(over) // it fails if the connection is closed
	return true
}

// stay undoes evict. It reports whether there was something to undo.
func (c *conn) stay() bool {
	c.from.mu.Lock()
	defer c.from.mu.Unlock()
	if !c.keep() {
		return false
	}
	c.from.expect(c, &c.from.begun, headTime)
	return true
}

// keep is stay for who holds the listener's lock, and does not await a request.
func (c *conn) keep() bool {
	c.deadlineMu.Lock()
	defer c.deadlineMu.Unlock()
	if !c.asks.CompareAndSwap(ending, granted) {
		return false
	}
	_ = c.Conn.SetReadDeadline(c.deadline) // a read says so, too
	c.from.ending--
	c.from.freed.Broadcast() // another is to make room
	return true
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for {
		n, err := c.Conn.Read(p)
		switch {
		case n > 0:
			if !c.asks.CompareAndSwap(silent, begun) && c.asks.Load() == ending {
				c.stay()
			}
		case errors.Is(err, os.ErrDeadlineExceeded) && c.asks.Load() == ending && unread(c.Conn) && c.stay():
			continue // it came in between
		}
		return n, err
	}
}

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.deadlineMu.Lock()
	defer c.deadlineMu.Unlock()
	c.deadline = t
	if c.asks.Load() >= ending {
		return nil
	}
	return c.Conn.SetReadDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}
