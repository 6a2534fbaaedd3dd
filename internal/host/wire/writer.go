// Package wire sends responses and receives the bodies of requests. It alone
// touches an http.ResponseWriter: conditions, ranges, encodings, HEAD and the
// deadlines of visitors are its business.
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

// StatusClientClosed is the status for the log if the visitor left before the
// response: nginx's "client closed request".
const StatusClientClosed = 499

// Body is the body of a response: *Bytes, *File, *Stream or *Upgrade.
type Body interface {
	// send sends the response, whose headers w has.
	send(w *Writer, status int)
	// Close releases the body's resources.
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

	conn     *http.ResponseController
	timeout  time.Duration
	extended time.Time // when the deadline was last set
}

// NewWriter returns a Writer of the response to r. compressed caches compressed
// bodies; last reports whether the connection ends with this response.
func NewWriter(w http.ResponseWriter, r *http.Request, compressed *ByteCache, timeout time.Duration, last func() bool) *Writer {
	return &Writer{ResponseWriter: w, r: r, compressed: compressed, last: last, conn: http.NewResponseController(w), timeout: timeout}
}

// Status returns the status that was sent, StatusClientClosed or 0.
func (w *Writer) Status() int { return w.status }

// Bytes returns how many bytes of the encoded body were sent.
func (w *Writer) Bytes() int64 { return w.bytes }

// Send sends a response, whose headers Header has, and closes its body; without a body it only records the
// status. If the body is cut short it panics with http.ErrAbortHandler: only the end
// of the connection tells the visitor.
func (w *Writer) Send(status int, body Body) {
	if body == nil {
		w.status = status
		return
	}
	defer body.Close()
	if _, ok := w.Header()["Content-Type"]; !ok {
		w.Header()["Content-Type"] = nil // no sniffing
	}
	body.send(w, status)
}

// Inform sends an informational response, such as early hints, before the final one.
func (w *Writer) Inform(status int, header http.Header) {
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	for name := range header {
		w.Header().Del(name)
	}
}

// ExtendDeadline gives the next write the full timeout, or almost: it does not set
// the deadline each time, which has a cost.
func (w *Writer) ExtendDeadline() {
	if now := time.Now(); now.Sub(w.extended) > w.timeout/8 {
		w.extended = now
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
	w.ExtendDeadline()
	w.ResponseWriter.WriteHeader(status)
}

// Write implements http.ResponseWriter. It drops the body of a response to HEAD.
func (w *Writer) Write(p []byte) (n int, err error) {
	if w.r.Method == http.MethodHead {
		return len(p), nil
	}
	for {
		part := p[n:min(n+maxWrite, len(p))]
		w.ExtendDeadline()
		done, err := w.ResponseWriter.Write(part)
		n += done
		w.bytes += int64(done)
		if err != nil || n == len(p) {
			return n, err
		}
	}
}

func (w *Writer) flush() error {
	w.ExtendDeadline()
	return w.conn.Flush()
}
