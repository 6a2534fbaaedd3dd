package host

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/header"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
)

// forward passes a request on to a function or another server, under the URL and
// host that out has, with its header and body. release is called when the body of
// the response is closed; with an error, it is not.
func (q *request) forward(ctx context.Context, to http.RoundTripper, out *http.Request, decision *router.Decision, release func()) (*response, error) {
	if q.upgrade != "" {
		out.Header["Connection"], out.Header["Upgrade"] = []string{"Upgrade"}, []string{q.upgrade}
	}
	hints := earlyHints{inform: q.inform}
	defer hints.end()
	out.Method, out.Proto, out.ProtoMajor, out.ProtoMinor = q.Method, "HTTP/1.1", 1, 1
	if out.ContentLength == 0 {
		out.Body = nil
	}
	var asked context.Context
	if _, ok := to.(function.Function); ok {
		asked = function.Observe(ctx, &hints)
	} else {
		asked = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: hints.Informational})
	}
	received, err := to.RoundTrip(out.WithContext(asked))
	if err != nil {
		return nil, err
	}
	if received.StatusCode == http.StatusSwitchingProtocols {
		conn, ok := received.Body.(io.ReadWriteCloser)
		if protocol := received.Header.Get("Upgrade"); !ok || q.upgrade == "" || !strings.EqualFold(protocol, q.upgrade) {
			received.Body.Close()
			return nil, fmt.Errorf("switches to the protocol %q when %q was asked for", protocol, q.upgrade)
		}
		body := &wire.Upgrade{ReadWriteCloser: conn, Context: ctx, Release: release}
		return &response{status: received.StatusCode, header: received.Header, body: body, start: hints.start}, nil
	}
	header.RemoveHopByHop(received.Header)
	body := &wire.Stream{
		ReadCloser: received.Body, Size: received.ContentLength, Trailer: func() http.Header { return received.Trailer }, Release: release,
	}
	return &response{status: statusOr(decision, received.StatusCode), header: received.Header, body: body, start: hints.start}, nil
}

// earlyHints passes on informational responses until it is ended: a transport may
// still report one after it has given the request up.
type earlyHints struct {
	inform func(status int, h http.Header)
	start  time.Duration // for which the request has waited for a process
	mu     sync.Mutex
	ended  bool
}

// Started implements function.Observer.
func (e *earlyHints) Started(after time.Duration) { e.start += after }

// Informational implements function.Observer, and is a httptrace.ClientTrace's
// Got1xxResponse.
func (e *earlyHints) Informational(status int, h textproto.MIMEHeader) error {
	if status == http.StatusContinue {
		return nil // the server sends its own
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended {
		e.inform(status, http.Header(h))
	}
	return nil
}

func (e *earlyHints) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.ended = true
}

// upgradeOf returns the protocol that a request asks to switch to, "" for none.
func upgradeOf(h http.Header) string {
	protocol := h["Upgrade"]
	if len(protocol) != 1 || strings.EqualFold(protocol[0], "h2c") { // h2c is hop-by-hop
		return ""
	}
	for option := range header.List(h["Connection"]) {
		if strings.EqualFold(option, "upgrade") {
			return protocol[0]
		}
	}
	return ""
}

// pathURL returns the URL of a request to a function. path is percent-encoded.
func pathURL(path, query string) *url.URL {
	u := &url.URL{Path: path, RawQuery: query}
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	return u
}
