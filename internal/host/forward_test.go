package host

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"testing"

	"github.com/jargo-dev/jargo/internal/host/router"
)

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestLateEarlyHints reports early hints after the request has failed, as
// http.Transport may.
func TestLateEarlyHints(t *testing.T) {
	var got func(int, textproto.MIMEHeader) error
	informed := 0
	q := &request{Request: httptest.NewRequest("GET", "/", nil), inform: func(int, http.Header) { informed++ }}
	_, err := q.forward(t.Context(), roundTripper(func(r *http.Request) (*http.Response, error) {
		got = httptrace.ContextClientTrace(r.Context()).Got1xxResponse
		got(http.StatusEarlyHints, textproto.MIMEHeader{"Link": {"</x>"}})
		return nil, errors.New("gone")
	}), httptest.NewRequest("GET", "/", nil), &router.Decision{}, nil)
	if err == nil || informed != 1 {
		t.Fatalf("error %v, informed %d times", err, informed)
	}
	got(http.StatusEarlyHints, textproto.MIMEHeader{"Link": {"</x>"}})
	if informed != 1 {
		t.Error("the visitor is informed after the failure")
	}
}
