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

// ReadTimeout is how long a visitor may leave the host waiting for more of a
// request's body. It is shorter than WriteTimeout, for the server may wait for
// the rest of a body before it sends a response.
const ReadTimeout = 20 * time.Second

// RequestBody bounds each read of a request's body, so that a slow upload may go
// on for long, but one that has stopped does not. The server, which reads what
// the host leaves unread, is bound by it too.
type RequestBody struct {
	io.ReadCloser
	conn    *http.ResponseController // which may not be able to do this, and then has no need of it
	timeout time.Duration
	stalled atomic.Bool
	broken  atomic.Bool

	mu    sync.Mutex
	ended bool // the connection is the next request's
}

// NewRequestBody returns a RequestBody of the request that w is the response to.
func NewRequestBody(body io.ReadCloser, w http.ResponseWriter, timeout time.Duration) *RequestBody {
	b := &RequestBody{ReadCloser: body, conn: http.NewResponseController(w), timeout: timeout}
	b.bound(timeout)
	return b
}

// Stalled reports whether nothing came for too long.
func (b *RequestBody) Stalled() bool { return b.stalled.Load() }

// Broken reports whether the body is not what its head says, or broke off.
func (b *RequestBody) Broken() bool { return b.broken.Load() }

// Read implements io.Reader.
func (b *RequestBody) Read(p []byte) (int, error) {
	b.bound(b.timeout)
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.bound(0) // what is read from here on tells that the visitor has gone
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.stalled.Store(true)
	case err != nil:
		b.broken.Store(true)
	}
	return n, err
}

// bound sets how long reading may take from now on; 0 is no bound.
func (b *RequestBody) bound(d time.Duration) {
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

// End gives the connection back to the server, which reads what is left: of a
// body that has stalled, nothing. Another server may still be reading.
func (b *RequestBody) End() {
	if b.Stalled() {
		b.bound(-time.Second)
	} else {
		b.bound(b.timeout)
	}
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
}
