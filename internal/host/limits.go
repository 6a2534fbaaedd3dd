package host

import (
	"errors"
	"io"
	"net/http"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Limits of a visitor's pace. Both are shorter than stopTimeout, so that a host
// that is to stop need not give requests up. The server may wait for the rest
// of a body before it sends an answer, which must then still be in time.
const (
	// bodyTimeout is how long a visitor may leave the host waiting for more of a
	// request's body.
	bodyTimeout = 20 * time.Second
	// writeTimeout is how long a visitor may take to accept maxWrite of an answer.
	writeTimeout = 25 * time.Second
)

// maxWrite is the most that is written at once, in bytes.
const maxWrite = 64 << 10

// timedBody bounds each read of a request's body, so that a slow upload may go
// on for long, but one that has stopped does not. The server, which reads what
// the host leaves unread, is bound by it too.
type timedBody struct {
	io.ReadCloser
	conn    *http.ResponseController // which may not be able to do this, and then has no need of it
	timeout time.Duration
	stalled atomic.Bool // nothing has come for too long
	failed  bool        // it is not what its head says, or broke off

	mu    sync.Mutex
	ended bool // the connection is the next request's
}

func newTimedBody(body io.ReadCloser, w http.ResponseWriter, timeout time.Duration) *timedBody {
	b := &timedBody{ReadCloser: body, conn: http.NewResponseController(w), timeout: timeout}
	b.bound(timeout)
	return b
}

// Read implements io.Reader.
func (b *timedBody) Read(p []byte) (int, error) {
	b.bound(b.timeout)
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == io.EOF:
		b.bound(0) // what is read from here on tells that the visitor has gone
	case errors.Is(err, os.ErrDeadlineExceeded):
		b.stalled.Store(true)
	case err != nil:
		b.failed = true
	}
	return n, err
}

// bound sets how long reading may take from now on; 0 is no bound.
func (b *timedBody) bound(d time.Duration) {
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

// end gives the connection back to the server, which reads what is left: of a
// body that has stalled, nothing. Another server may still be reading.
func (b *timedBody) end() {
	if b.stalled.Load() {
		b.bound(-time.Second)
	} else {
		b.bound(b.timeout)
	}
	b.mu.Lock()
	b.ended = true
	b.mu.Unlock()
}

// recorder notes what is sent, and bounds how long that may take.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
	last   bool        // the connection ends with this response
	full   func() bool // so it does when this is true

	conn    *http.ResponseController
	timeout time.Duration
	renewed time.Time // when the bound was last set
}

func newRecorder(w http.ResponseWriter, timeout time.Duration, full func() bool) *recorder {
	return &recorder{ResponseWriter: w, full: full, conn: http.NewResponseController(w), timeout: timeout}
}

// renew lets the next write take its time. To do so each time would be a cost.
func (w *recorder) renew() {
	if now := time.Now(); now.Sub(w.renewed) > w.timeout/8 {
		w.renewed = now
		w.conn.SetWriteDeadline(now.Add(w.timeout))
	}
}

// WriteHeader implements http.ResponseWriter.
func (w *recorder) WriteHeader(status int) {
	if w.status == 0 && status >= 200 || status == http.StatusSwitchingProtocols {
		w.status = status
	}
	if status >= 200 && (w.last || w.full()) {
		w.Header()["Connection"] = []string{"close"}
	}
	w.renew()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter.
func (w *recorder) Write(p []byte) (n int, err error) {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	for {
		part := p[n:min(n+maxWrite, len(p))]
		w.renew()
		done, err := w.ResponseWriter.Write(part)
		n += done
		w.bytes += int64(done)
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

// FlushError lets http.ResponseController flush.
func (w *recorder) FlushError() error {
	w.renew()
	return w.conn.Flush()
}

// Unwrap lets http.ResponseController find hijacking.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
