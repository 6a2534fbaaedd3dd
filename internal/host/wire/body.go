package wire

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// ReadTimeout is how long a visitor may keep the host waiting for more of a
// request's body. It is shorter than WriteTimeout, since the server may wait for
// the rest of a body before it sends a response.
const ReadTimeout = 20 * time.Second

// RequestBody sets a deadline for each read of a request's body: a slow upload may
// take long, but a stalled one ends. The deadline also applies to the server, which
// reads what the host leaves unread.
type RequestBody struct {
	io.ReadCloser
	conn    *http.ResponseController // may not support deadlines, and then needs none
	timeout time.Duration
	stalled atomic.Bool
	broken  atomic.Bool

	mu    sync.Mutex
	ended bool // the connection belongs to the next request
}

// NewRequestBody returns a RequestBody for the request that w responds to.
func NewRequestBody(body io.ReadCloser, w http.ResponseWriter, timeout time.Duration) *RequestBody {
	b := &RequestBody{ReadCloser: body, conn: http.NewResponseController(w), timeout: timeout}
	b.setDeadline(timeout)
	return b
}

// Stalled reports whether a read timed out.
func (b *RequestBody) Stalled() bool { return b.stalled.Load() }

// Broken reports whether the body was malformed or cut short.
func (b *RequestBody) Broken() bool { return b.broken.Load() }

// Read implements io.Reader.
func (b *RequestBody) Read(p []byte) (int, error) {
	b.setDeadline(b.timeout)
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.setDeadline(0) // from here on the server reads to notice that the visitor has left
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.stalled.Store(true)
	case err != nil:
		b.broken.Store(true)
	}
	return n, err
}

// setDeadline sets how long reading may take from now on; 0 is no limit.
func (b *RequestBody) setDeadline(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ended {
		return
	}
	var t time.Time
	if d != 0 {
		t = time.Now().Add(d)
	}
	b.conn.SetReadDeadline(t)
}

// End returns the connection to the server, which reads the rest of the body, or
// nothing if it has stalled. A transport may still be reading.
func (b *RequestBody) End() {
	if b.Stalled() {
		b.setDeadline(-time.Second)
	} else {
		b.setDeadline(b.timeout)
	}
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
}
