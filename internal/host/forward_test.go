package host

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"
	"time"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLateInformation gets an answer that only informs after the request has
// failed, as http.Transport may give it.
func TestLateInformation(t *testing.T) {
	w := httptest.NewRecorder()
	x := &exchange{w: newRecorder(w, time.Minute, func() bool { return false }), r: httptest.NewRequest("GET", "/", nil)}
	inform := make(chan func(int, textproto.MIMEHeader) error, 1)
	told := make(chan error, 1)
	x.forward(context.Background(), forwarding{
		to: roundTripper(func(r *http.Request) (*http.Response, error) {
			inform <- httptrace.ContextClientTrace(r.Context()).Got1xxResponse
			return nil, errors.New("gone")
		}),
		fail: func(error) {
			go func() { told <- (<-inform)(http.StatusEarlyHints, textproto.MIMEHeader{"Link": {"</x>"}}) }()
			w.Header().Set("X-Failed", "1")
			<-told
		},
	})
	if w.Code != 200 || w.Header().Get("Link") != "" || w.Header().Get("X-Failed") == "" {
		t.Errorf("status %d, header %v", w.Code, w.Header())
	}
}
