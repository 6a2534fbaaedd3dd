package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
)

// maxInMemory is how much of a body is held in memory. What is larger is written
// to a file.
const maxInMemory = 32 << 10

// spoolPatience is how long a request waits until its body may be written to a
// file.
const spoolPatience = 10 * time.Second

var (
	errTooLarge = errors.New("the request is larger than 4.5 MB")
	errNoSpool  = errors.New("too many large requests are being received")
)

// spool holds bodies of requests while they are received, so that a function is
// asked only when all of one is there. A bounded number of them is in files.
type spool struct{ slots chan struct{} }

func newSpool(files int) *spool { return &spool{make(chan struct{}, files)} }

// spooled is a body that has been received.
type spooled struct {
	io.Reader
	size  int64
	close func()
}

// Close implements io.Closer.
func (b *spooled) Close() error {
	b.close()
	return nil
}

// receive reads a body to its end.
func (s *spool) receive(ctx context.Context, body io.Reader) (*spooled, error) {
	body = io.LimitReader(body, function.MaxRequest+1)
	var head bytes.Buffer
	n, err := io.CopyN(&head, body, maxInMemory+1)
	if err == io.EOF {
		return &spooled{&head, n, func() {}}, nil
	}
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(spoolPatience)
	defer timer.Stop()
	select {
	case s.slots <- struct{}{}:
	case <-timer.C:
		return nil, errNoSpool
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	b, err := s.toFile(&head, body)
	if err != nil {
		<-s.slots
		return nil, err
	}
	return b, nil
}

// toFile writes a body to a file that has no name, and so goes with the process.
func (s *spool) toFile(head io.Reader, rest io.Reader) (*spooled, error) {
	f, err := os.CreateTemp("", "jargo-body-")
	if err != nil {
		return nil, fmt.Errorf("spool the request: %w", err)
	}
	release := func() {
		f.Close()
		os.Remove(f.Name()) // where an open file keeps its name
	}
	os.Remove(f.Name())
	size, err := io.Copy(f, io.MultiReader(head, rest))
	if err == nil && size > function.MaxRequest {
		err = errTooLarge
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		release()
		return nil, err
	}
	return &spooled{f, size, func() { release(); <-s.slots }}, nil
}

// receiveBody reads the request's body ahead, for a function. When that cannot be
// done it answers, and ok is false.
func (x *exchange) receiveBody() (close func(), ok bool) {
	if x.body == nil {
		return func() {}, true
	}
	if x.r.ContentLength > function.MaxRequest {
		x.fail(http.StatusRequestEntityTooLarge, function.CodePayloadTooLarge, nil)
		return nil, false
	}
	body, err := x.deployment.spool.receive(x.r.Context(), x.r.Body)
	switch {
	case err == nil:
		x.r = x.r.WithContext(x.r.Context()) // which may be changed
		x.r.Body, x.r.ContentLength, x.r.TransferEncoding = body, body.size, nil
		return func() { body.Close() }, true
	case errors.Is(err, errTooLarge):
		x.fail(http.StatusRequestEntityTooLarge, function.CodePayloadTooLarge, nil)
	case errors.Is(err, errNoSpool):
		x.fail(http.StatusServiceUnavailable, function.CodeThrottled, err)
	case x.body.stalled.Load():
		x.failStalled()
	case x.r.Context().Err() != nil:
		x.w.status = statusGone
	case x.body.failed:
		x.fail(http.StatusBadRequest, "BAD_REQUEST", nil)
	default:
		x.fail(http.StatusInternalServerError, "INTERNAL_REQUEST_FAILED", err)
	}
	return nil, false
}

// failStalled answers a request whose body does not come. It is over for an error
// page too.
func (x *exchange) failStalled() {
	x.failed, x.w.last = true, true
	x.fail(http.StatusRequestTimeout, "REQUEST_TIMEOUT", nil)
}

// statusGone is what the log says of a request whose visitor has gone: there is
// no one to answer.
const statusGone = 499
