package engine

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// passThrough wraps a ResponseWriter without hiding what net/http's own can do.
type passThrough struct{ http.ResponseWriter }

func (w passThrough) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w passThrough) WriteString(s string) (int, error) {
	return io.WriteString(w.ResponseWriter, s)
}

func (w passThrough) ReadFrom(src io.Reader) (int64, error) {
	return io.Copy(w.ResponseWriter, src)
}

func (w passThrough) FlushError() error {
	return http.NewResponseController(w.ResponseWriter).Flush()
}

func (w passThrough) Flush() { w.FlushError() } // as http.Flusher has it

func (w passThrough) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// tracker knows whether a handler has begun its response.
type tracker struct {
	passThrough
	wrote  bool
	status int               // 0 before there is one, or if it is 200
	begin  func(http.Header) // is called just before the header is sent, unless it is nil
}

// begins notes that the response begins now, unless it has already.
func (t *tracker) begins() {
	if !t.wrote && t.begin != nil {
		t.begin(t.Header())
	}
	t.wrote = true
}

func (t *tracker) WriteHeader(status int) {
	if final := status >= 200 || status == http.StatusSwitchingProtocols; final && !t.wrote {
		t.status = status
		t.begins()
	}
	t.passThrough.WriteHeader(status)
}

func (t *tracker) Write(p []byte) (int, error) {
	t.begins()
	return t.passThrough.Write(p)
}

func (t *tracker) WriteString(s string) (int, error) {
	t.begins()
	return t.passThrough.WriteString(s)
}

func (t *tracker) ReadFrom(src io.Reader) (int64, error) {
	t.begins()
	return t.passThrough.ReadFrom(src)
}

func (t *tracker) FlushError() error {
	t.begins()
	return t.passThrough.FlushError()
}

func (t *tracker) Flush() { t.FlushError() }

func (t *tracker) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := t.passThrough.Hijack()
	t.wrote = t.wrote || err == nil
	return conn, rw, err
}
