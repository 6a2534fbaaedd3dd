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
	if x.r.Header["Upgrade"] != nil {
		x.tunnel(ctx, f)
		return
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{Got1xxResponse: x.inform})
	out := (&http.Request{
		Method: x.r.Method, URL: f.url, Host: f.host, Header: f.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: x.r.Body, ContentLength: x.r.ContentLength,
	}).WithContext(ctx)
	if x.r.ContentLength == 0 {
		out.Body = nil
	}
	resp, err := f.to.RoundTrip(out)
	if err != nil {
		f.fail(err)
		return
	}
	defer resp.Body.Close()
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

// inform passes an answer on that only informs.
func (x *exchange) inform(code int, h textproto.MIMEHeader) error {
	if code == http.StatusContinue {
		return nil // the server says so by itself
	}
	header := x.w.Header()
	for name, values := range h {
		header[name] = values
	}
	x.w.WriteHeader(code)
	for name := range h {
		delete(header, name)
	}
	return nil
}

// copyBody sends the body of an answer, each part as soon as it is there. An
// answer that breaks off is broken off: nothing else tells the visitor.
func (x *exchange) copyBody(resp *http.Response) {
	buf := copyBuffers.Get()
	defer copyBuffers.Put(buf)
	var to io.Writer = x.w
	flush := http.NewResponseController(x.w).Flush
	if x.encoding != nil && x.r.Method != http.MethodHead {
		e := x.encoding.stream.Get().(encoder)
		defer x.encoding.stream.Put(e)
		e.Reset(x.w)
		defer e.Close()
		raw := flush
		to, flush = e, func() error { return errors.Join(e.Flush(), raw()) }
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
			return
		case err != nil:
			panic(http.ErrAbortHandler)
		case left != 0:
			flush()
		}
	}
}

// tunnel passes on a request that may lead to an upgraded connection.
func (x *exchange) tunnel(ctx context.Context, f forwarding) {
	in := x.r.WithContext(ctx)
	in.Header = f.header.Clone()
	in.Header["Connection"], in.Header["Upgrade"] = x.r.Header["Connection"], x.r.Header["Upgrade"]
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL, pr.Out.Host = f.url, f.host
			for name, values := range f.header { // which the proxy takes for a visitor's inventions
				if strings.HasPrefix(name, "X-Forwarded-") {
					pr.Out.Header[name] = values
				}
			}
		},
		Transport:     f.to,
		FlushInterval: -1,
		BufferPool:    copyBuffers,
		ErrorLog:      quietLog,
		ModifyResponse: func(resp *http.Response) error {
			if resp.StatusCode == http.StatusSwitchingProtocols {
				return nil
			}
			return f.adopt(resp)
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) { f.fail(err) },
	}
	proxy.ServeHTTP(x.w, in)
}

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

// Get implements httputil.BufferPool.
func (p bufferPool) Get() []byte { return p.Pool.Get().(*[32 << 10]byte)[:] }

// Put implements httputil.BufferPool.
func (p bufferPool) Put(b []byte) { p.Pool.Put((*[32 << 10]byte)(b)) }
