package engine

import (
	"errors"
	"io"
	"net/http"
	"strconv"
)

var errNotSent = errors.New("the visitor is gone")

// Write implements io.Writer for a page whose Render takes one.
func (w *Response) Write(p []byte) (int, error) {
	if err := w.makeRoom(len(p)); err != nil {
		return 0, err
	}
	if len(p) > commitSize && !w.buffering() {
		if !bodyAllowed(w.statusCode()) {
			return len(p), nil
		}
		return w.sent(w.dst.Write(p))
	}
	return w.buf.Write(p)
}

// WriteString implements io.StringWriter, which templates use.
func (w *Response) WriteString(s string) (int, error) {
	if err := w.makeRoom(len(s)); err != nil {
		return 0, err
	}
	if len(s) > commitSize && !w.buffering() {
		if !bodyAllowed(w.statusCode()) {
			return len(s), nil
		}
		return w.sent(io.WriteString(w.dst, s))
	}
	return w.buf.WriteString(s)
}

// makeRoom sends the buffer if n more bytes would exceed it.
func (w *Response) makeRoom(n int) error {
	switch {
	case w.done:
		return errDone
	case w.fail != nil:
		return w.fail
	case w.sendErr != nil: // of a Flush, which cannot return it
		return errNotSent
	case w.buffering() || w.buf.Len()+n <= commitSize:
		return nil
	}
	return w.send()
}

// Flush implements http.Flusher: it sends what was written so far.
func (w *Response) Flush() {
	if w.buffering() || w.done || w.send() != nil {
		return
	}
	_ = http.NewResponseController(w.dst).Flush() // also through a writer of Middleware, if that tells what it wraps
}

// finish completes the response after the page has returned without an error.
func (w *Response) finish() error {
	if w.fail != nil || w.dst == nil {
		return w.fail
	}
	w.expect(0)
	return w.send()
}

// send commits w if need be and sends the buffer.
func (w *Response) send() error {
	if w.fail != nil {
		return w.fail
	}
	status := w.statusCode()
	if !w.committed {
		w.committed = true
		h := w.dst.Header()
		for name, values := range w.headers() {
			if name == "Set-Cookie" || name == "Vary" {
				values = append(h[name], values...) // beside those of Middleware, or of a Handler that returned an error
			}
			h[name] = values
		}
		if w.length >= 0 && !w.wrapped && bodyAllowed(status) {
			h["Content-Length"] = []string{strconv.Itoa(w.length)}
		}
		w.dst.WriteHeader(status)
	}
	p := w.buf.Bytes()
	w.buf.Reset()
	if w.sendErr != nil {
		return errNotSent
	}
	if len(p) == 0 || !bodyAllowed(status) {
		return nil
	}
	_, err := w.sent(w.dst.Write(p))
	return err
}

// sent notes the result of a write to dst.
func (w *Response) sent(n int, err error) (int, error) {
	if err != nil {
		w.sendErr = err
		return n, errNotSent
	}
	return n, nil
}

func bodyAllowed(status int) bool {
	return status != http.StatusNoContent && status != http.StatusNotModified
}

func (w *Response) statusCode() int {
	switch {
	case w.forced != 0:
		return w.forced
	case w.status != 0:
		return w.status
	}
	return http.StatusOK
}

// headers returns the page's headers with the default Content-Type.
func (w *Response) headers() http.Header {
	if len(w.header["Content-Type"]) > 0 || !bodyAllowed(w.statusCode()) {
		return w.header
	}
	if w.header == nil {
		w.header = make(http.Header, 1)
	}
	typ := w.typ
	if typ == "" {
		typ = htmlType
	}
	w.header["Content-Type"] = []string{typ}
	return w.header
}

// body returns what was kept for the build.
func (w *Response) body() []byte {
	if !bodyAllowed(w.statusCode()) {
		return nil
	}
	return w.buf.Bytes()
}

// handlerWriter is the http.ResponseWriter of an error page that is a Handler:
// its response is w, with w's status.
type handlerWriter struct {
	w      *Response
	header http.Header
	wrote  bool
}

func (h *handlerWriter) Header() http.Header { return h.header }

func (h *handlerWriter) WriteHeader(status int) {
	if !h.wrote && status >= 200 {
		h.wrote = true
		h.w.Info(status, h.header)
	}
}

func (h *handlerWriter) Write(p []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return h.w.Write(p)
}
