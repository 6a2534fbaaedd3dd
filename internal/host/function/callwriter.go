package function

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

// callWriter is the http.ResponseWriter of a call. It makes of what is written the
// response that a client of net/http's server would receive.
//
// What a handler writes is held until its end, or until there is too much of it or it is
// flushed; then it streams.
type callWriter struct {
	req       *http.Request
	header    http.Header    // the handler's
	sent      http.Header    // a copy of it as it was when the status was written; nil while they are the same
	status    int            // 0 before it is written
	length    int64          // that the handler has declared; -1 for none
	count     int64          // bytes that were written
	body      []byte         // held; not used again when the response is over
	stream    *io.PipeWriter // nil while the body is held
	buffer    *bufio.Writer  // of the stream
	announced []string       // trailers, when the response streams: the host has its header then
	// watched ends that the stream ends with the request's context.
	watched func() bool
	until   time.Time // for writing; zero is no limit
	timer   *time.Timer
	done    bool // nothing may be written any more

	mu       sync.Mutex
	gone     bool          // nobody waits for the response
	ready    chan struct{} // closed when response or failed is set
	response *http.Response
	failed   error
}

// maxHeld is how much of a body is held, in bytes: as much as the engine does.
const maxHeld = 64 << 10

func newCallWriter(req *http.Request) *callWriter {
	return &callWriter{req: req, header: make(http.Header, 4), length: -1, ready: make(chan struct{})}
}

var errOver = errors.New("write after the handler has returned")

// Header implements http.ResponseWriter.
func (w *callWriter) Header() http.Header {
	if w.status != 0 && w.sent == nil {
		w.sent = w.header.Clone()
	}
	return w.header
}

// WriteHeader implements http.ResponseWriter.
func (w *callWriter) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("invalid WriteHeader code %d", status)) // as net/http does
	case w.status != 0 || w.done:
		return
	case status < 200 && status != http.StatusSwitchingProtocols:
		_ = inform(w.req.Context(), status, textproto.MIMEHeader(w.header.Clone())) // it ends no call
		return
	}
	w.status = status
	if text := w.header.Get("Content-Length"); text != "" {
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 0 {
			w.length = n
		} else {
			w.header.Del("Content-Length")
		}
	}
}

// Write implements http.ResponseWriter.
func (w *callWriter) Write(p []byte) (int, error) { return w.write(len(p), p, "") }

// WriteString implements io.StringWriter.
func (w *callWriter) WriteString(s string) (int, error) { return w.write(len(s), nil, s) }

// write writes n bytes, of p or s.
func (w *callWriter) write(n int, p []byte, s string) (int, error) {
	if w.done {
		return 0, errOver
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if n == 0 {
		return 0, nil
	}
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	if w.count += int64(n); w.length >= 0 && w.count > w.length {
		return 0, http.ErrContentLength
	}
	if w.stream == nil && w.count <= maxHeld {
		if w.body == nil {
			w.body = make([]byte, 0, max(int64(n), min(w.length, maxHeld)))
		}
		w.body = append(append(w.body, p...), s...)
		return n, nil
	}
	if w.stream == nil {
		if err := w.begin(p, s); err != nil {
			return 0, err
		}
	}
	if w.req.Method == http.MethodHead {
		return n, nil
	}
	if p == nil {
		return w.buffer.WriteString(s)
	}
	return w.buffer.Write(p)
}

// begin has the response stream from now on: what is held, then what is written, which is
// next or nextText.
func (w *callWriter) begin(next []byte, nextText string) error {
	if w.sent == nil {
		w.sent = w.header.Clone() // the handler may still set trailers, and may have kept its map
	}
	head := w.body
	switch {
	case len(head) > 0:
	case next != nil:
		head = next[:min(len(next), sniffed)]
	default:
		head = []byte(nextText[:min(len(nextText), sniffed)])
	}
	body, stream := io.Pipe()
	w.stream, w.buffer = stream, bufio.NewWriter(stream)
	w.announced = w.trailerNames()
	w.setTimer()
	ctx := w.req.Context()
	w.watched = context.AfterFunc(ctx, func() { stream.CloseWithError(context.Cause(ctx)) })
	w.respond(&http.Response{Body: body, ContentLength: w.length}, head)
	if w.req.Method == http.MethodHead || len(w.body) == 0 {
		return nil
	}
	_, err := w.buffer.Write(w.body)
	w.body = nil
	return err
}

// sniffed is how much of a body tells its type, in bytes.
const sniffed = 512

// respond makes a response known whose body begins with head.
func (w *callWriter) respond(r *http.Response, head []byte) {
	h := w.final()
	if _, typed := h["Content-Type"]; !typed && len(head) > 0 && h.Get("Content-Encoding") == "" && bodyAllowed(w.status) {
		h["Content-Type"] = []string{http.DetectContentType(head)}
	}
	switch {
	case w.status == http.StatusNotModified:
		delete(h, "Content-Type")
		delete(h, "Content-Length")
	case !bodyAllowed(w.status):
		delete(h, "Content-Length")
	}
	for name, values := range h {
		canonical := http.CanonicalHeaderKey(name)
		if len(values) == 0 || strings.HasPrefix(name, http.TrailerPrefix) {
			delete(h, name)
		} else if canonical != name { // the host knows headers by their usual names
			delete(h, name)
			if canonical != "Content-Length" { // which net/http's server would not have seen
				h[canonical] = append(h[canonical], values...)
			}
		}
	}
	r.StatusCode, r.Header, r.Request = w.status, h, w.req
	r.Proto, r.ProtoMajor, r.ProtoMinor = "HTTP/1.1", 1, 1
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.status > 599 {
		w.failed = &Error{Code: CodeNoResponse, Err: fmt.Errorf("%w: status %d", errMalformed, w.status)}
	} else {
		w.response = r
	}
	if w.gone || w.failed != nil {
		r.Body.Close()
	}
	close(w.ready)
}

// finish completes the response when the handler has returned.
func (w *callWriter) finish() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	w.done = true
	w.setTimer()
	short := w.length >= 0 && w.count < w.length && w.req.Method != http.MethodHead && bodyAllowed(w.status)
	var trailers http.Header
	if w.req.Method != http.MethodHead {
		trailers = w.trailers()
	}
	if w.stream != nil {
		defer w.watched()
		if w.response != nil {
			w.response.Trailer = trailers
		}
		if w.buffer.Flush() == nil && !short {
			w.stream.Close()
		} else {
			w.stream.CloseWithError(io.ErrUnexpectedEOF)
		}
		return
	}
	var body io.ReadCloser = heldBody{bytes.NewReader(w.body), w.body}
	length := w.count
	switch {
	case short: // the response is cut, as the handler has said that there is more
		body, length = io.NopCloser(io.MultiReader(body, failing{io.ErrUnexpectedEOF})), w.length
	case trailers != nil:
		length = -1
	case w.req.Method == http.MethodHead:
		body = http.NoBody
		if length = w.length; length < 0 && w.count > 0 {
			length = w.count
			setLength(w.final(), length)
		}
	case bodyAllowed(w.status) && w.length < 0:
		setLength(w.final(), length)
	}
	w.respond(&http.Response{Body: body, ContentLength: length, Trailer: trailers}, w.body)
}

// final is the header that is sent.
func (w *callWriter) final() http.Header {
	if w.sent != nil {
		return w.sent
	}
	return w.header
}

// trailers are what the handler has set after the body; nil for none.
func (w *callWriter) trailers() (t http.Header) {
	add := func(name string, values []string) {
		if t == nil {
			t = http.Header{}
		}
		t[http.CanonicalHeaderKey(name)] = values
	}
	names := w.announced
	if w.stream == nil {
		names = w.trailerNames()
	}
	for _, name := range names {
		add(name, w.header[name])
	}
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			add(name, values)
		}
	}
	return t
}

// trailerNames are the trailers that the header announces.
func (w *callWriter) trailerNames() (names []string) {
	for _, list := range w.final()["Trailer"] {
		for name := range strings.SplitSeq(list, ",") {
			if name = http.CanonicalHeaderKey(strings.TrimSpace(name)); name != "" {
				names = append(names, name)
			}
		}
	}
	return names
}

// abort ends a response that is not complete.
func (w *callWriter) abort() {
	w.done = true
	if w.stream != nil {
		w.watched()
		if w.req.Method == http.MethodHead {
			w.stream.Close()
		} else {
			w.stream.CloseWithError(io.ErrUnexpectedEOF)
		}
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failed = errNoResponse
	close(w.ready)
}

// abandon notes that nobody waits for the response.
func (w *callWriter) abandon() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.gone = true
	if w.response != nil {
		w.response.Body.Close()
	}
}

// FlushError is what http.ResponseController calls.
func (w *callWriter) FlushError() error {
	if w.done {
		return errOver
	}
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
	if w.stream == nil {
		if err := w.begin(nil, ""); err != nil {
			return err
		}
	}
	return w.buffer.Flush()
}

// Flush implements http.Flusher.
func (w *callWriter) Flush() { _ = w.FlushError() } // a later write says it, too

// SetReadDeadline is for http.ResponseController: the body has been received.
func (w *callWriter) SetReadDeadline(time.Time) error { return nil }

// EnableFullDuplex is for http.ResponseController: the body has been received.
func (w *callWriter) EnableFullDuplex() error { return nil }

// SetWriteDeadline is for http.ResponseController: a response that streams is cut then.
func (w *callWriter) SetWriteDeadline(t time.Time) error {
	w.until = t
	w.setTimer()
	return nil
}

// setTimer sets the timer that cuts a stream.
func (w *callWriter) setTimer() {
	if w.timer != nil {
		w.timer.Stop()
		w.timer = nil
	}
	if stream := w.stream; stream != nil && !w.until.IsZero() && !w.done {
		w.timer = time.AfterFunc(time.Until(w.until), func() { stream.CloseWithError(os.ErrDeadlineExceeded) })
	}
}

// Hijack implements http.Hijacker. A request for another protocol has a connection, and
// comes to the handler in another way.
func (w *callWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, fmt.Errorf("hijack a request that does not ask for another protocol: %w", errors.ErrUnsupported)
}

func setLength(h http.Header, n int64) { h["Content-Length"] = []string{strconv.FormatInt(n, 10)} }

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

// heldBody is a body that was held.
type heldBody struct {
	*bytes.Reader
	data []byte
}

// Whole implements wire.Whole.
func (b heldBody) Whole() []byte { return b.data }

// Close implements io.Closer.
func (b heldBody) Close() error { return nil }

// failing is a reader that fails.
type failing struct{ err error }

// Read implements io.Reader.
func (f failing) Read([]byte) (int, error) { return 0, f.err }
