package host

import (
	"bufio"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"strings"
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

// TestUpgradeNobodyAskedFor has a process that switches protocols unasked, and does
// not say to which.
func TestUpgradeNobodyAskedFor(t *testing.T) {
	s := newSite(t, functionSite)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("X-Puppet", "switch") })
	s.want(s.get("/fn"), 500, "*", "X-Vercel-Error: FUNCTION_INVOCATION_FAILED")
}

// TestErrorPageIsNotUpgraded fails a request for an upgrade whose error page is a
// function that would switch protocols.
func TestErrorPageIsNotUpgraded(t *testing.T) {
	s := newSite(t, strings.Replace(functionSite, `"routes":[`, `"routes":[
 {"handle":"error"},{"src":"^/.*$","status":405,"dest":"/fn"},{"handle":"rewrite"},`, 1)+"-- static/file --\n")
	conn := s.dial("POST /file HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\nContent-Length: 5\r\n\r\nhello")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || resp.StatusCode != 405 {
		t.Fatalf("%v, %v", resp, err)
	}
}
