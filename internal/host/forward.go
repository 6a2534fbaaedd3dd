package host

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptrace"
	"net/http/httputil"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// forwarding is a request passed on to a function or another server.
type forwarding struct {
	to     http.RoundTripper
	url    *url.URL
	host   string      // the Host header
	header http.Header // without those of one connection
	// adopt makes the answer the host's, before it is sent.
	adopt func(*http.Response) error
	// fail answers when there is no answer.
	fail func(error)
}

// forward passes the request on and the answer back, as they come.
func (x *exchange) forward(ctx context.Context, f forwarding) {
	// What the answer does not say must not be guessed from its bytes.
	x.w.Header()["Content-Type"] = nil
	protocol := ""
	if !x.w.last && x.body == nil {
		protocol = upgradeOf(x.r.Header)
	}
	if protocol != "" {
		f.header = f.header.Clone()
		f.header["Connection"], f.header["Upgrade"] = []string{"Upgrade"}, []string{protocol}
	}
	inform := informer{x: x}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: inform.inform})
	out := (&http.Request{
		Method: x.r.Method, URL: f.url, Host: f.host, Header: f.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: x.r.Body, ContentLength: x.r.ContentLength,
	}).WithContext(ctx)
	if x.r.ContentLength == 0 {
		out.Body = nil
	}
	resp, err := f.to.RoundTrip(out)
	inform.end()
	if err != nil {
		f.fail(err)
		return
	}
	defer resp.Body.Close()
	if resp.StatusCode == http.StatusSwitchingProtocols {
		x.tunnel(ctx, f, resp)
		return
	}
	removeHopByHop(resp.Header)
	if err := f.adopt(resp); err != nil {
		f.fail(err)
		return
	}
	header := x.w.Header()
	for name, values := range resp.Header {
		header[name] = values
	}
	x.w.WriteHeader(resp.StatusCode)
	x.copyBody(resp)
	for name, values := range resp.Trailer {
		header[http.TrailerPrefix+name] = values
	}
}

// informer passes on the answers that only inform, while they may come. A
// transport may still have one when it has given the request up.
type informer struct {
	x     *exchange
	mu    sync.Mutex
	ended bool
}

// inform is a httptrace.ClientTrace's Got1xxResponse.
func (i *informer) inform(code int, h textproto.MIMEHeader) error {
	if code == http.StatusContinue {
		return nil // the server says so by itself
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended {
		return nil
	}
	header := i.x.w.Header()
	for name, values := range h {
		header[name] = values
	}
	i.x.w.WriteHeader(code)
	for name := range h {
		delete(header, name)
	}
	return nil
}

func (i *informer) end() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.ended = true
}

// copyBody sends the body of an answer, each part as soon as it is there. An
// answer that breaks off is broken off: nothing else tells the visitor.
func (x *exchange) copyBody(resp *http.Response) {
	buf := copyBuffers.Get()
	defer copyBuffers.Put(buf)
	var to io.Writer = x.w
	flush, end := http.NewResponseController(x.w).Flush, func() error { return nil }
	if x.encoding != nil && x.r.Method != http.MethodHead {
		e := x.encoding.stream.Get().(encoder)
		defer x.encoding.stream.Put(e)
		e.Reset(x.w)
		raw := flush
		to, flush = e, func() error { return errors.Join(e.Flush(), raw()) }
		end = e.Close
	}
	left := resp.ContentLength // -1 when it is not known
	for {
		n, err := resp.Body.Read(buf)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return // the visitor has gone
			}
			left -= int64(n)
		}
		switch {
		case err == io.EOF:
			end() // only now: nothing that broke off is to look whole
			return
		case err != nil:
			panic(http.ErrAbortHandler)
		case left != 0:
			flush()
		}
	}
}

// upgradeOf returns the protocol that a request asks to go on in, "" for none.
func upgradeOf(h http.Header) string {
	protocol := h["Upgrade"]
	asks := slices.ContainsFunc(splitList(h["Connection"]), func(v string) bool { return strings.EqualFold(v, "upgrade") })
	if !asks || len(protocol) != 1 || strings.EqualFold(protocol[0], "h2c") { // which is between neighbours
		return ""
	}
	return protocol[0]
}

// tunnel makes the connection one of the protocol that resp, an answer to the
// request, switches to, and passes on what either side says.
func (x *exchange) tunnel(ctx context.Context, f forwarding, resp *http.Response) {
	in := x.r.WithContext(ctx)
	in.Header = f.header
	proxy := httputil.ReverseProxy{
		Rewrite:      func(*httputil.ProxyRequest) {},
		Transport:    answered{resp},
		ErrorLog:     quietLog,
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { f.fail(err) },
	}
	proxy.ServeHTTP(x.w, in)
}

// answered is the round trip of a request that has been answered.
type answered struct{ resp *http.Response }

// RoundTrip implements http.RoundTripper.
func (a answered) RoundTrip(*http.Request) (*http.Response, error) { return a.resp, nil }

// hopByHop are the headers that are about one connection.
var hopByHop = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer",
	"Transfer-Encoding", "Upgrade",
}

// removeHopByHop removes what does not go beyond one connection, also what the
// Connection header names.
func removeHopByHop(h http.Header) {
	for _, value := range h["Connection"] {
		for name := range strings.SplitSeq(value, ",") {
			if name = textproto.TrimString(name); name != "" {
				h.Del(name)
			}
		}
	}
	for name := range h {
		if slices.Contains(hopByHop, name) {
			delete(h, name)
		}
	}
}

// quietLog is for the proxy: what it has to say is in the request's record.
var quietLog = log.New(io.Discard, "", 0)

// copyBuffers are the buffers answers are copied with.
var copyBuffers = bufferPool{&sync.Pool{New: func() any { return new([32 << 10]byte) }}}

type bufferPool struct{ *sync.Pool }

// Get returns a buffer that is no one's.
func (p bufferPool) Get() []byte { return p.Pool.Get().(*[32 << 10]byte)[:] }

// Put takes a buffer back.
func (p bufferPool) Put(b []byte) { p.Pool.Put((*[32 << 10]byte)(b)) }
