package host

import (
	"bytes"
	"context"
	"io"
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
	head   []byte // lines that are to follow a status line
	on     bool
	buffer *[]byte // nil if nothing waits

	parts [2][]byte // memory for both
	both  net.Buffers
}

// maxJoined is the size of writes that may wait: of net/http's buffer.
const maxJoined = 4 << 10

// maxKept is the size of buffers that are kept. One has a write that waits and a head.
const maxKept = 16 << 10

var joinBuffers = sync.Pool{New: func() any { b := make([]byte, 0, maxJoined+1<<10); return &b }}

// Head implements wire.Joiner.
func (c *conn) Head(lines []byte) { c.joining.head = lines }

// Join implements wire.Joiner.
func (c *conn) Join() { c.joining.on = true }

// Part implements wire.Joiner.
func (c *conn) Part() { c.joining.on = false }

// Write implements net.Conn.
func (c *conn) Write(p []byte) (int, error) {
	j := &c.joining
	if j.buffer != nil {
		return c.writeWaiting(p)
	}
	waits, at := j.on && len(p) <= maxJoined, j.place(p)
	if !waits && at == 0 {
		return c.Conn.Write(p)
	}
	j.buffer = joinBuffers.Get().(*[]byte)
	b := append((*j.buffer)[:0], p[:at]...)
	if at > 0 {
		b, j.head = append(b, j.head...), nil
	}
	*j.buffer = append(b, p[at:]...)
	if waits {
		j.on = false
		return len(p), nil
	}
	if _, err := c.writeWaiting(nil); err != nil {
		return 0, err
	}
	return len(p), nil
}

// ReadFrom implements io.ReaderFrom, by which the system sends files.
func (c *conn) ReadFrom(from io.Reader) (int64, error) {
	if direct, ok := c.Conn.(io.ReaderFrom); ok && c.joining.buffer == nil && c.joining.head == nil {
		return direct.ReadFrom(from)
	}
	return io.Copy(struct{ io.Writer }{c}, from)
}

// place returns where in p, which is written, the head belongs; 0 if it does not.
func (j *joining) place(p []byte) int {
	// An informational response has its headers already.
	if status := len("HTTP/1.1 "); j.head == nil || len(p) <= status || p[status] == '1' {
		return 0
	}
	return bytes.IndexByte(p, '\n') + 1
}

// writeWaiting writes what waits, with p after it, and returns how much of p was written.
func (c *conn) writeWaiting(p []byte) (int, error) {
	j := &c.joining
	buffer := j.buffer
	if buffer == nil {
		return 0, nil
	}
	j.buffer = nil
	defer func() {
		if cap(*buffer) <= maxKept {
			joinBuffers.Put(buffer)
		}
	}()
	if len(p) == 0 {
		_, err := c.Conn.Write(*buffer) // which costs less than what writes several
		return 0, err
	}
	size := len(*buffer)
	j.parts = [2][]byte{*buffer, p}
	j.both = j.parts[:]
	n, err := j.both.WriteTo(c.Conn)
	j.parts = [2][]byte{}
	return max(0, int(n)-size), err
}
