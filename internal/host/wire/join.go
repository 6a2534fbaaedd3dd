package wire

import "context"

// Joiner is a connection that can send the head of a response and the body by one call of
// the system, of which a response of some kilobytes costs most. Package net/http fills a
// buffer with the head and the first of the body, writes that, and then the rest.
type Joiner interface {
	// Join has the next write wait for the one after it, which is certain to come: net/http
	// writes a full buffer when there is more than fits into it.
	Join()
	// Part ends that for writes to come.
	Part()
}

type joinerKey struct{}

// WithJoiner returns a context for the requests of a connection.
func WithJoiner(ctx context.Context, j Joiner) context.Context {
	return context.WithValue(ctx, joinerKey{}, j)
}

// writeWhole writes a whole body that is in memory.
func (w *Writer) writeWhole(body []byte) {
	if j, ok := w.r.Context().Value(joinerKey{}).(Joiner); ok {
		j.Join()
		defer j.Part()
	}
	w.Write(body)
}
