package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
)

// commitSize is how much of a body is buffered, in bytes, before the status and the
// headers are sent and an error can no longer become an error page. It is the
// size of the chunks of a longer body, too.
const commitSize = 64 << 10

var (
	errNilBody = errors.New("the body is nil")
	errDone    = errors.New("write after the page has returned")
)

// Response is what the adapters give a page's info and body to. It is not safe
// for concurrent use.
type Response struct {
	dst    http.ResponseWriter // nil keeps everything: the build
	buf    *bytes.Buffer       // not sent yet
	header http.Header         // canonical keys
	typ    string              // the Content-Type when header has none; "" is HTML
	status int                 // 0 is 200
	forced int                 // overrides status unless 0

	length    int   // of the whole body if known, else -1
	wrapped   bool  // Middleware may change the length of the body
	held      bool  // by Hold
	committed bool  // status and headers are sent
	done      bool  // the page has returned
	fail      error // what Info was given wrong
	sendErr   error // of dst
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func newResponse(dst http.ResponseWriter) *Response {
	return &Response{dst: dst, buf: buffers.Get().(*bytes.Buffer), length: -1}
}

// release gives the buffer back. A page that kept w and writes to it later must
// not reach another visitor's response, so w itself is not used again.
func (w *Response) release() {
	w.done = true
	if b := w.buf; b.Cap() <= 4*commitSize {
		b.Reset()
		buffers.Put(b)
	}
	w.buf = nil
}

// reset drops what was written. It must not be called once w is committed.
func (w *Response) reset() {
	w.buf.Reset()
	*w = Response{dst: w.dst, buf: w.buf, length: -1, wrapped: w.wrapped}
}

// Info sets the status, 0 for the default, and adds the headers. A mistake in
// them is the error of the next method that returns one.
func (w *Response) Info(status int, h http.Header) {
	w.held = false
	if status != 0 && (status < 200 || status > 599) {
		w.fail = fmt.Errorf("status code %d is not between 200 and 599", status)
		return
	}
	w.status = status
	for name, values := range h {
		key := http.CanonicalHeaderKey(name)
		if err := checkHeader(name, values); err != nil {
			w.fail = err
			return
		}
		if key == "Content-Length" || key == "Transfer-Encoding" {
			continue // the body decides
		}
		if w.header == nil {
			w.header = make(http.Header, len(h))
		}
		w.header[key] = append(w.header[key], values...)
	}
}

// checkHeader refuses what net/http would silently drop or change.
func checkHeader(name string, values []string) error {
	const separators = "()<>@,;:\\\"/[]?={} \t"
	ok := name != ""
	for i := 0; i < len(name); i++ {
		ok = ok && name[i] > ' ' && name[i] < 0x7f && strings.IndexByte(separators, name[i]) < 0
	}
	if !ok {
		return fmt.Errorf("header name %q is not a token", name)
	}
	for _, v := range values {
		if strings.ContainsAny(v, "\r\n\x00") {
			return fmt.Errorf("header %s has a value with a line break: %q", name, v)
		}
	}
	return nil
}

// Hold keeps everything back, flushes included, until Info is called: for a
// Render that writes its body before it returns its Info.
func (w *Response) Hold() { w.held = true }

func (w *Response) buffering() bool { return w.held || w.dst == nil }

// String writes a body.
func (w *Response) String(body string) error {
	w.expect(len(body))
	_, err := w.WriteString(body)
	return err
}

// Bytes writes a body.
func (w *Response) Bytes(body []byte) error {
	w.expect(len(body))
	_, err := w.Write(body)
	return err
}

// expect notes that n more bytes complete the body.
func (w *Response) expect(n int) {
	if !w.committed && w.buf != nil {
		w.length = w.buf.Len() + n
	}
}

// WriterTo writes a body that writes itself.
func (w *Response) WriterTo(body io.WriterTo) error {
	if isNil(body) {
		return errNilBody
	}
	_, err := body.WriteTo(w)
	return bodyError(err)
}

// Component writes a body that renders itself, such as a templ component.
func (w *Response) Component(ctx context.Context, body interface {
	Render(context.Context, io.Writer) error
}) error {
	if body == nil {
		return errNilBody
	}
	return bodyError(body.Render(ctx, w))
}

// Node writes a body that renders itself, such as a gomponents node.
func (w *Response) Node(body interface{ Render(io.Writer) error }) error {
	if body == nil {
		return errNilBody
	}
	return bodyError(body.Render(w))
}

// Reader writes a body and closes it if it is an io.Closer. What one Read
// returns is sent at once, unless it is all there is.
func (w *Response) Reader(body io.Reader) error {
	if isNil(body) {
		return errNilBody
	}
	if c, ok := body.(io.Closer); ok {
		defer c.Close() // nothing was written to it
	}
	switch b := body.(type) {
	case *bytes.Buffer:
		return w.WriterTo(b)
	case *bytes.Reader:
		return w.WriterTo(b)
	case *strings.Reader:
		return w.WriterTo(b)
	}
	p := make([]byte, 32<<10)
	for {
		n, err := body.Read(p)
		if n > 0 {
			if _, err := w.Write(p[:n]); err != nil {
				return err
			}
		}
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return bodyError(err)
		case n > 0:
			w.Flush()
		}
	}
}

// isNil also knows the pointer types whose methods panic on nil. Others may
// accept it; if they do not, the panic is the page's.
func isNil(body any) bool {
	switch b := body.(type) {
	case nil:
		return true
	case *bytes.Buffer:
		return b == nil
	case *bytes.Reader:
		return b == nil
	case *strings.Reader:
		return b == nil
	case *os.File:
		return b == nil
	}
	return false
}

func bodyError(err error) error {
	if err != nil {
		err = fmt.Errorf("write body: %w", err)
	}
	return err
}
