package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Stream is a body that is sent as it arrives.
type Stream struct {
	io.ReadCloser
	Size int64 // in bytes; -1 if unknown
	// Encode allows the body to be compressed.
	Encode bool
	// Trailer returns the trailers, once the body has been read.
	Trailer func() http.Header
	// Release is called when the body is closed.
	Release func()
}

// Whole is a Stream's ReadCloser that is in memory.
type Whole interface {
	// Whole returns the body, of which nothing has been read.
	Whole() []byte
}

// Close implements Body.
func (s *Stream) Close() error {
	defer s.Release()
	return s.ReadCloser.Close()
}

func (s *Stream) send(w *Writer, status int) {
	var encoding *encoding
	if s.Encode && s.encodable(w.Header(), status) {
		encoding = w.encodeStream()
	}
	w.WriteHeader(status)
	if whole, ok := s.ReadCloser.(Whole); ok && encoding == nil && s.Size >= 0 {
		w.writeWhole(whole.Whole())
		return
	}
	if !s.copy(w, encoding) {
		return // what there is of trailers may still change
	}
	for name, values := range s.Trailer() {
		w.ResponseWriter.Header()[http.TrailerPrefix+name] = values
	}
}

func (s *Stream) encodable(h http.Header, status int) bool {
	switch {
	case s.Size >= 0 && s.Size < minCompressed,
		h["Content-Encoding"] != nil,
		status == http.StatusNoContent, status == http.StatusNotModified, status == http.StatusPartialContent,
		!compressible(h.Get("Content-Type")),
		IsEventStream(h.Get("Content-Type")),
		strings.Contains(h.Get("Cache-Control"), "no-transform"):
		return false
	}
	return true
}

// IsEventStream reports whether a Content-Type is that of server-sent events.
func IsEventStream(contentType string) bool {
	typ, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(typ), "text/event-stream")
}

// encodeStream chooses the encoding of a stream, and sets the headers accordingly.
func (w *Writer) encodeStream() *encoding {
	h := w.Header()
	w.vary()
	e := encodings[w.chooseEncoding(nil)]
	if e != nil {
		h["Content-Encoding"] = []string{e.name}
		delete(h, "Content-Length")
		weaken(h)
	}
	return e
}

// copy sends each part as soon as it arrives. It reports whether that was all: the visitor
// may have left.
func (s *Stream) copy(w *Writer, encoding *encoding) (whole bool) {
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	var to io.Writer = w
	flush, end := w.flush, func() error { return nil }
	if encoding != nil && w.r.Method != http.MethodHead {
		e := encoding.stream.Get().(encoder)
		defer encoding.stream.Put(e)
		e.Reset(w)
		to, flush = e, func() error { return errors.Join(e.Flush(), w.flush()) }
		end = e.Close
	}
	left := s.Size
	for {
		n, err := s.Read(buf[:])
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return false
			}
			left -= int64(n)
		}
		switch {
		case err == io.EOF:
			end() // only here: a truncated stream must not look complete
			return true
		case err != nil:
			panic(http.ErrAbortHandler)
		case left != 0:
			flush()
		}
	}
}

const bufferSize = 32 << 10

// buffers are what streams are copied with.
var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

// Upgrade is the exception: after the head of its response, the connection speaks
// another protocol, and is copied in both directions.
type Upgrade struct {
	io.ReadWriteCloser
	Context context.Context // ends the connection
	Release func()          // is called when it is closed
}

// Close implements Body.
func (u *Upgrade) Close() error {
	defer u.Release()
	return u.ReadWriteCloser.Close()
}

func (u *Upgrade) send(w *Writer, status int) {
	w.status = status
	header := w.Header().Clone()
	conn, buffered, err := w.control.Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer conn.Close()
	defer context.AfterFunc(u.Context, func() { u.ReadWriteCloser.Close() })()
	head := http.Response{StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: header}
	if head.Write(buffered) != nil || buffered.Flush() != nil {
		return
	}
	received, sent := make(chan struct{}), make(chan struct{})
	go func() { io.Copy(u, buffered); close(received) }()
	go func() { io.Copy(conn, u); close(sent) }()
	select {
	case <-received: // the visitor's end ends both sides
	case <-sent:
		// Closing a connection with something unread could lose what was sent last.
		if half, ok := conn.(interface{ CloseWrite() error }); ok && half.CloseWrite() == nil {
			select {
			case <-received:
			case <-time.After(w.timeout):
			}
		}
	}
}
