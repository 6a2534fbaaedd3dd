package wire

import (
	"net/http"
	"net/http/httptest"
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
