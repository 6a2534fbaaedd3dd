package host

import (
	"context"
	"net"
	"sync"

	"github.com/jargo-dev/jargo/internal/host/wire"
)

// joinWrites is the http.Server's ConnContext hook.
func joinWrites(ctx context.Context, raw net.Conn) context.Context {
	if c, ok := raw.(*conn); ok {
		return wire.WithJoiner(ctx, c)
	}
	return ctx
}

// joining is a write that waits for the next, for wire.Joiner. One goroutine uses it: that
// of the connection.
type joining struct {
	on     bool
	buffer *[maxJoined]byte // nil if nothing waits
	size   int
}

// maxJoined is the size of writes that may wait: of net/http's buffer.
const maxJoined = 4 << 10

var joinBuffers = sync.Pool{New: func() any { return new([maxJoined]byte) }}

// Join implements wire.Joiner.
func (c *conn) Join() { c.joining.on = true }

// Part implements wire.Joiner.
func (c *conn) Part() { c.joining.on = false }

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	switch j := &c.joining; {
	case j.buffer != nil:
		return c.writeWaiting(p)
	case j.on && len(p) <= maxJoined:
		j.on, j.buffer = false, joinBuffers.Get().(*[maxJoined]byte)
		j.size = copy(j.buffer[:], p)
		return len(p), nil
	}
	return c.Conn.Write(p)
}

// writeWaiting writes what waits, with p after it, and returns how much of p was written.
func (c *conn) writeWaiting(p []byte) (int, error) {
	buffer, size := c.joining.buffer, c.joining.size
	if buffer == nil {
		return 0, nil
	}
	c.joining.buffer = nil
	defer joinBuffers.Put(buffer)
	both := net.Buffers{buffer[:size], p}
	n, err := both.WriteTo(c.Conn)
	return max(0, int(n)-size), err
}
