package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
)

// maxInMemory is the size up to which a body is held in memory, in bytes. A larger
// one is written to a file.
const maxInMemory = 32 << 10

// spoolWait is how long a request waits for a slot to write its body to a file.
const spoolWait = 10 * time.Second

var errNoSpool = errors.New("too many large requests are being received")

// spool holds the bodies of requests while they are received, so that a function
// is invoked only when the body is complete. A bounded number of them are in files.
// Why it is done so: docs/decisions/0007-bodies-are-received-whole.md.
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
	body = io.LimitReader(body, function.MaxBody+1)
	var head bytes.Buffer
	n, err := io.CopyN(&head, body, maxInMemory+1)
	if err == io.EOF {
		return &spooled{&head, n, func() {}}, nil
	}
	if err != nil {
		return nil, err
	}
	timer := time.NewTimer(spoolWait)
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

// toFile writes a body to an unlinked file, which goes away with the process.
func (s *spool) toFile(head io.Reader, rest io.Reader) (*spooled, error) {
	f, err := os.CreateTemp("", "jargo-body-")
	if err != nil {
		return nil, fmt.Errorf("spool the request: %w", err)
	}
	release := func() {
		f.Close()
		os.Remove(f.Name()) // where an open file cannot be unlinked
	}
	os.Remove(f.Name())
	size, err := io.Copy(f, io.MultiReader(head, rest))
	if err == nil && size > function.MaxBody {
		err = function.ErrTooLarge
	}
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		release()
		return nil, err
	}
	return &spooled{f, size, sync.OnceFunc(func() { release(); <-s.slots })}, nil
}

// receiveBody reads the request's whole body, for a function. If that fails it
// returns the response instead.
func (d *Deployment) receiveBody(q *request) (*spooled, *response) {
	if q.body == nil {
		return &spooled{Reader: http.NoBody, close: func() {}}, nil
	}
	if q.ContentLength > function.MaxBody {
		return nil, failure(http.StatusRequestEntityTooLarge, function.CodePayloadTooLarge, nil)
	}
	body, err := d.spool.receive(q.Context(), q.Body)
	switch {
	case err == nil:
		return body, nil
	case errors.Is(err, function.ErrTooLarge):
		return nil, failure(http.StatusRequestEntityTooLarge, function.CodePayloadTooLarge, nil)
	case errors.Is(err, errNoSpool):
		return nil, busy(err)
	case q.body.Stalled():
		return nil, stalled()
	case q.Context().Err() != nil:
		return nil, clientGone()
	case q.body.Broken():
		return nil, failure(http.StatusBadRequest, "BAD_REQUEST", nil)
	}
	return nil, failure(http.StatusInternalServerError, "INTERNAL_REQUEST_FAILED", err)
}
