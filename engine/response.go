package engine

import (
	"context"
	"io"
	"net/http"
)

// Response is what the adapters give a page's body and info to.
type Response struct{}

// Info sets the status, 0 for 200, and adds the headers.
func (w *Response) Info(status int, h http.Header) {}

// Hold keeps everything back until Info is called.
func (w *Response) Hold() {}

// String writes a body.
func (w *Response) String(body string) error { return nil }

// Bytes writes a body.
func (w *Response) Bytes(body []byte) error { return nil }

// WriterTo writes a body that writes itself.
func (w *Response) WriterTo(body io.WriterTo) error { return nil }

// Reader streams a body.
func (w *Response) Reader(body io.Reader) error { return nil }

// Component writes a body that renders itself, such as a templ component.
func (w *Response) Component(ctx context.Context, body interface {
	Render(context.Context, io.Writer) error
}) error {
	return nil
}

// Node writes a body that renders itself, such as a gomponents node.
func (w *Response) Node(body interface{ Render(io.Writer) error }) error { return nil }

// Write implements io.Writer for a page whose Render takes one.
func (w *Response) Write(p []byte) (int, error) { return len(p), nil }

// Flush implements http.Flusher.
func (w *Response) Flush() {}
