// Package wire sends responses and receives the bodies of requests. It alone
// touches an http.ResponseWriter: what is conditional, a range, compressed or
// without a body is decided here, as is how long a visitor may take.
package wire

import (
	"maps"
	"net/http"
	"time"
)

// WriteTimeout is how long a visitor may take to accept maxWrite of a response.
// It is shorter than the host waits for requests when it stops.
const WriteTimeout = 25 * time.Second

// maxWrite is the most that is written at once, in bytes.
const maxWrite = 64 << 10

// StatusGone is the status for the log of a request whose visitor has left: no
// response is sent. It is what nginx calls it.
const StatusGone = 499

// Body is the body of a response: *Bytes, *File, *Stream or *Upgrade.
type Body interface {
	// send sends the response. The writer has its headers.
	send(w *Writer, status int)
	// Close gives back what the body holds, sent or not.
	Close() error
}

// Writer sends one response.
type Writer struct {
	http.ResponseWriter
	r          *http.Request
	compressed *ByteCache
	last       func() bool // whether the connection ends with this response

	status int
	bytes  int64

	conn    *http.ResponseController
	timeout time.Duration
	renewed time.Time // when the bound was last set
}

// NewWriter returns a Writer of the response to r. compressed keeps what is
// compressed; last is asked whether the connection is to end.
func NewWriter(w http.ResponseWriter, r *http.Request, compressed *ByteCache, timeout time.Duration, last func() bool) *Writer {
	return &Writer{ResponseWriter: w, r: r, compressed: compressed, last: last, conn: http.NewResponseController(w), timeout: timeout}
}

// Status is the status that was sent, StatusGone or 0.
func (w *Writer) Status() int { return w.status }

// Bytes is how much of the body was sent, as it was encoded.
func (w *Writer) Bytes() int64 { return w.bytes }

// Send sends a response and closes its body; without a body it only notes the
// status. It ends the connection by http.ErrAbortHandler when the body breaks off:
// nothing else tells the visitor.
func (w *Writer) Send(status int, header http.Header, body Body) {
	if body == nil {
		w.status = status
		return
	}
	defer body.Close()
	maps.Copy(w.Header(), header)
	if _, ok := header["Content-Type"]; !ok {
		w.Header()["Content-Type"] = nil // it must not be guessed from the bytes
	}
	body.send(w, status)
}

// Inform sends a response that only informs, such as early hints, before the one
// that Send sends.
func (w *Writer) Inform(status int, header http.Header) {
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	for name := range header {
		w.Header().Del(name)
	}
}

// Renew gives the next write its time. To do so each time would be a cost.
func (w *Writer) Renew() {
	if now := time.Now(); now.Sub(w.renewed) > w.timeout/8 {
		w.renewed = now
		w.conn.SetWriteDeadline(now.Add(w.timeout))
	}
}

// WriteHeader implements http.ResponseWriter.
func (w *Writer) WriteHeader(status int) {
	if status >= 200 {
		w.status = status
		if w.last() {
			w.Header()["Connection"] = []string{"close"}
		}
	}
	w.Renew()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter. The response to a HEAD has no body.
func (w *Writer) Write(p []byte) (n int, err error) {
	if w.r.Method == http.MethodHead {
		return len(p), nil
	}
	for {
		part := p[n:min(n+maxWrite, len(p))]
		w.Renew()
		done, err := w.ResponseWriter.Write(part)
		n += done
		w.bytes += int64(done)
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

func (w *Writer) flush() error {
	w.Renew()
	return w.conn.Flush()
}
