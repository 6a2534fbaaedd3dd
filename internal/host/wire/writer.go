// Package wire sends responses and receives the bodies of requests. It alone
// touches an http.ResponseWriter: conditions, ranges, encodings, HEAD and the
// deadlines of visitors are its business.
package wire

import (
	"io"
	"maps"
	"math"
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

	status int
	bytes  int64

	conn     *conn
	control  http.ResponseController
	timeout  time.Duration
	extended time.Time // when the deadline was last set, which the server ends with the response
}

// NewWriter returns a Writer of the response to r. compressed caches compressed bodies.
func NewWriter(w http.ResponseWriter, r *http.Request, compressed *ByteCache, timeout time.Duration) *Writer {
	return &Writer{ResponseWriter: w, r: r, compressed: compressed, conn: connOf(w, r), control: *http.NewResponseController(w), timeout: timeout}
}

// Header implements http.ResponseWriter.
func (w *Writer) Header() http.Header { return w.conn.header }

// Set sets a header, whose name is canonical, to one value.
func (w *Writer) Set(name, value string) { w.conn.set(name, value) }

// Status returns the status that was sent, StatusClientClosed or 0.
func (w *Writer) Status() int { return w.status }

// Bytes returns how many bytes of the encoded body were sent.
func (w *Writer) Bytes() int64 { return w.bytes }

// Send sends a response, whose headers Header has, and closes its body; without a body it
// only records the status. Then, and if the body is cut short, it panics with
// http.ErrAbortHandler: only the end of the connection tells the visitor, if there is one
// after all.
func (w *Writer) Send(status int, body Body) {
	if body == nil {
		w.status = status
		panic(http.ErrAbortHandler)
	}
	defer body.Close()
	if _, ok := w.Header()["Content-Type"]; !ok {
		w.Header()["Content-Type"] = nil // no sniffing
	}
	body.send(w, status)
}

// Inform sends an informational response, such as early hints, before the final one.
func (w *Writer) Inform(status int, header http.Header) {
	server := w.ResponseWriter.Header()
	maps.Copy(server, header)
	w.ExtendDeadline()
	w.ResponseWriter.WriteHeader(status)
	for name := range header {
		server.Del(name)
	}
}

// End ends the response, of which the server still has to send the last.
func (w *Writer) End() {
	w.ExtendDeadline()
	w.conn.end()
}

// ExtendDeadline gives the next write the full timeout, or almost: it does not set
// the deadline each time, which has a cost.
func (w *Writer) ExtendDeadline() {
	if now := time.Now(); now.Sub(w.extended) > w.timeout/8 {
		w.extended = now
		w.control.SetWriteDeadline(now.Add(w.timeout))
	}
}

// WriteHeader implements http.ResponseWriter.
func (w *Writer) WriteHeader(status int) {
	w.status = status
	w.conn.sendHeader(w.ResponseWriter.Header())
	w.ResponseWriter.WriteHeader(status) // writes nothing yet
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

// ReadFrom implements io.ReaderFrom: what is read from a file, the system sends from there.
func (w *Writer) ReadFrom(from io.Reader) (n int64, err error) {
	server, ok := w.ResponseWriter.(io.ReaderFrom)
	if !ok || w.r.Method == http.MethodHead {
		return io.Copy(struct{ io.Writer }{w}, from)
	}
	left := int64(math.MaxInt64)
	if limited, ok := from.(*io.LimitedReader); ok {
		from, left = limited.R, limited.N
	}
	for left > 0 {
		w.ExtendDeadline()
		part := min(left, maxWrite)
		done, err := server.ReadFrom(&io.LimitedReader{R: from, N: part})
		n, left = n+done, left-done
		w.bytes += done
		if err != nil || done < part {
			return n, err
		}
	}
	return n, nil
}

// writeWhole writes a whole body that is in memory.
func (w *Writer) writeWhole(body []byte) {
	if w.conn.Joiner != nil {
		w.conn.Join()
		defer w.conn.Part()
	}
	w.Write(body)
}

func (w *Writer) flush() error {
	w.ExtendDeadline()
	return w.control.Flush()
}
