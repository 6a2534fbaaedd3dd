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

	"github.com/jargo-dev/jargo/internal/host/header"
	"github.com/jargo-dev/jargo/internal/host/wire"
)

// forward passes a request on to a function or another server, under the URL and
// host that out has, and with its header and body.
func (q *request) forward(to http.RoundTripper, out *http.Request) (*http.Response, error) {
	protocol := ""
	if !q.ambiguous && q.body == nil {
		protocol = upgradeOf(q.Header)
	}
	if protocol != "" {
		out.Header = out.Header.Clone()
		out.Header["Connection"], out.Header["Upgrade"] = []string{"Upgrade"}, []string{protocol}
	}
	hints := earlyHints{inform: q.inform}
	defer hints.end()
	out = out.WithContext(httptrace.WithClientTrace(out.Context(), &httptrace.ClientTrace{Got1xxResponse: hints.got}))
	out.Method, out.Proto, out.ProtoMajor, out.ProtoMinor = q.Method, "HTTP/1.1", 1, 1
	if out.ContentLength == 0 {
		out.Body = nil
	}
	resp, err := to.RoundTrip(out)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusSwitchingProtocols {
		header.RemoveHopByHop(resp.Header)
		return resp, nil
	}
	if _, ok := resp.Body.(io.ReadWriteCloser); !ok || !strings.EqualFold(resp.Header.Get("Upgrade"), protocol) {
		resp.Body.Close()
		return nil, fmt.Errorf("switches to the protocol %q when %q was asked for", resp.Header.Get("Upgrade"), protocol)
	}
	return resp, nil
}

// forwarded returns the response that another one is passed on as. release is
// called when its body has been sent.
func forwarded(ctx context.Context, resp *http.Response, release func()) *response {
	own := &response{status: resp.StatusCode, header: resp.Header}
	if resp.StatusCode == http.StatusSwitchingProtocols {
		own.body = &wire.Upgrade{ReadWriteCloser: resp.Body.(io.ReadWriteCloser), Context: ctx, Release: release}
		return own
	}
	own.body = &wire.Stream{
		ReadCloser: resp.Body, Size: resp.ContentLength, Trailer: func() http.Header { return resp.Trailer }, Release: release,
	}
	return own
}

// earlyHints passes on the responses that only inform, while they may come. A
// transport may still have one when it has given the request up.
type earlyHints struct {
	inform func(status int, h http.Header)
	mu     sync.Mutex
	ended  bool
}

// got is a httptrace.ClientTrace's Got1xxResponse.
func (e *earlyHints) got(status int, h textproto.MIMEHeader) error {
	if status == http.StatusContinue {
		return nil // the server says so by itself
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

// upgradeOf returns the protocol that a request asks to go on in, "" for none.
func upgradeOf(h http.Header) string {
	protocol := h["Upgrade"]
	if len(protocol) != 1 || strings.EqualFold(protocol[0], "h2c") { // which is between neighbours
		return ""
	}
	for option := range header.List(h["Connection"]) {
		if strings.EqualFold(option, "upgrade") {
			return protocol[0]
		}
	}
	return ""
}

// pathURL is the URL of a request to a function. path is percent-encoded.
func pathURL(path, query string) *url.URL {
	u := &url.URL{Path: path, RawQuery: query}
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	return u
}
