package engine

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"sync"
)

// invocationWriter is the ResponseWriter of an invocation. It tells the host
// that the invocation has ended: at the latest when the handler returns, but of
// an upgraded connection as soon as the handshake is written.
type invocationWriter struct {
	passThrough
	host       *hostConn
	invocation invocation
	once       sync.Once
	switched   bool // WriteHeader wrote the handshake
}

func (w *invocationWriter) end() {
	w.once.Do(func() { w.host.send("end", endPayload{w.invocation}) })
}

func (w *invocationWriter) WriteHeader(status int) {
	w.switched = w.switched || status == http.StatusSwitchingProtocols
	w.passThrough.WriteHeader(status)
}

func (w *invocationWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := w.passThrough.Hijack()
	if err != nil {
		return nil, nil, err
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok || w.switched {
		w.end() // Hijack has flushed the handshake
		return conn, rw, nil
	}
	t := &tunnel{TCPConn: tcp, end: w.end}
	rw.Writer.Reset(t)
	return t, rw, nil
}

// tunnel is a hijacked connection. It calls end when the header of the response
// has been written.
type tunnel struct {
	*net.TCPConn
	end func()

	mu    sync.Mutex
	tail  []byte // the last bytes written before the end of the header
	ended bool
}

var headerEnd = []byte("\r\n\r\n")

func (t *tunnel) Write(p []byte) (int, error) {
	n, err := t.TCPConn.Write(p)
	t.written(p[:n])
	return n, err
}

// ReadFrom is for the data that follows the handshake.
func (t *tunnel) ReadFrom(src io.Reader) (int64, error) {
	t.end()
	return t.TCPConn.ReadFrom(src)
}

func (t *tunnel) written(p []byte) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	t.tail = append(t.tail, p...)
	if t.ended = bytes.Contains(t.tail, headerEnd); t.ended {
		t.tail = nil
		t.end()
		return
	}
	if n := len(t.tail) - len(headerEnd) + 1; n > 0 {
		t.tail = t.tail[n:]
	}
}
