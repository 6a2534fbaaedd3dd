package wire

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// paced is a response whose connection has a deadline, which the server ends with it.
type paced struct {
	*httptest.ResponseRecorder
	deadline *time.Time
}

func (p paced) SetWriteDeadline(t time.Time) error {
	*p.deadline = t
	return nil
}

// joinsNothing is a connection of net/http's own.
type joinsNothing struct{}

func (joinsNothing) Head([]byte) {}
func (joinsNothing) Join()       {}
func (joinsNothing) Part()       {}

// TestDeadlineOfEachResponse sends responses on one connection in quick succession.
func TestDeadlineOfEachResponse(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r = r.WithContext(WithJoiner(r.Context(), joinsNothing{}))
	for i := range 3 {
		var deadline time.Time // package net/http ends the one before
		w := NewWriter(paced{httptest.NewRecorder(), &deadline}, r, nil, time.Hour)
		w.Send(http.StatusOK, &Bytes{Data: []byte("text")})
		w.End()
		if deadline.IsZero() {
			t.Errorf("response %d may take for ever", i)
		}
	}
}

// left is a response that nobody reads.
type left struct{ *httptest.ResponseRecorder }

func (left) Write([]byte) (int, error) { return 0, net.ErrClosed }

// TestTrailersOfHalf leaves a stream: its trailers are there at its end only, and whoever
// makes them may be about to.
func TestTrailersOfHalf(t *testing.T) {
	w := NewWriter(left{httptest.NewRecorder()}, httptest.NewRequest(http.MethodGet, "/", nil), nil, time.Hour)
	asked := false
	w.Send(http.StatusOK, &Stream{
		ReadCloser: io.NopCloser(strings.NewReader("text")), Size: -1, Release: func() {},
		Trailer: func() http.Header { asked = true; return nil },
	})
	if asked {
		t.Error("the trailers of half a stream are asked for")
	}
}
