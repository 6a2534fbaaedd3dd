package host

import (
	"context"
	"io"

	"github.com/jargo-dev/jargo/internal/host/wire"
)

// eventStream is the body of server-sent events, which have no end of their own.
type eventStream struct {
	io.ReadCloser
	draining context.Context
	release  func() bool
}

// endWhenDrained has the events of a response end, by cancel, once d serves no new
// requests. To the visitor that is an end like any other: the browser connects again,
// to what is served then. Otherwise one open page would hold up the end of the host,
// and keep a deployment that was replaced.
func (d *Deployment) endWhenDrained(resp *response, cancel func()) {
	body, ok := resp.body.(*wire.Stream)
	if ok && wire.IsEventStream(resp.header.Get("Content-Type")) {
		body.ReadCloser = &eventStream{body.ReadCloser, d.draining, context.AfterFunc(d.draining, cancel)}
	}
}

// Read implements io.Reader.
func (s *eventStream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	if err != nil && s.draining.Err() != nil {
		err = io.EOF
	}
	return n, err
}

// Close implements io.Closer.
func (s *eventStream) Close() error {
	s.release()
	return s.ReadCloser.Close()
}
