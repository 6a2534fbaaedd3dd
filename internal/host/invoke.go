package host

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// defaultDuration is how long a function may take that does not say, in seconds.
const defaultDuration = 300

// maxBuffered bounds the request and the answer of a function that does not
// stream, in bytes.
const maxBuffered = 4_500_000

// duration is how long the function may take for one answer.
func duration(f *output.Function) time.Duration {
	if f.Config.MaxDuration > 0 {
		return time.Duration(f.Config.MaxDuration) * time.Second
	}
	return defaultDuration * time.Second
}

// streams reports whether the function's answers are passed on as they come.
func streams(f *output.Function) bool {
	c := &f.Config
	return c.AWSLambdaHandler == "" && (c.SupportsResponseStreaming || c.LauncherType == "Nodejs")
}

// serveFunction answers with a function of its own, whatever the method.
func (x *exchange) serveFunction(f *output.Function) {
	x.cache = prerender.StateMiss
	x.invoke(f, x.d.FunctionPath, x.d.Query.String())
}

// invoke hands the request to f, as a request for path and query, and passes on what it answers.
func (x *exchange) invoke(f *output.Function, path, query string) {
	x.function = "/" + f.Name
	fn, err := x.h.functions.Get(f)
	if err != nil {
		x.reason = err.Error()
		x.fail(http.StatusBadGateway, function.CodeUnsupported, err)
		return
	}
	ctx, cancel := x.h.opts.deadline(x.r.Context(), duration(f), function.ErrTimeout)
	defer cancel()
	in := x.r.WithContext(ctx)
	in.Header = x.header
	if len(x.d.RequestHeader) > 0 {
		in.Header = x.header.Clone()
		x.d.RequestHeader.Apply(in.Header)
	}
	if !streams(f) && in.Body != nil && in.Body != http.NoBody {
		if in.ContentLength > maxBuffered {
			x.fail(http.StatusRequestEntityTooLarge, function.CodePayloadTooLarge, nil)
			return
		}
		in.Body = http.MaxBytesReader(x.w, in.Body, maxBuffered)
	}
	// What the function does not say must not be guessed from its bytes.
	x.w.Header()["Content-Type"] = nil
	proxy := httputil.ReverseProxy{
		Rewrite:        func(pr *httputil.ProxyRequest) { aim(pr, path, query) },
		Transport:      fn,
		FlushInterval:  -1,
		BufferPool:     copyBuffers,
		ErrorLog:       quietLog,
		ModifyResponse: func(resp *http.Response) error { return x.adopt(resp, streams(f)) },
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) {
			var tooLarge *http.MaxBytesError
			if errors.As(err, &tooLarge) {
				err = &function.Error{Code: function.CodePayloadTooLarge, Err: err}
			}
			x.failFunction(err)
		},
	}
	proxy.ServeHTTP(x.w, in)
}

// aim turns the outgoing request to path and query, and gives it the headers
// that the proxy takes for a visitor's inventions.
func aim(pr *httputil.ProxyRequest, path, query string) {
	pr.Out.URL = functionURL(path, query)
	for name, values := range pr.In.Header {
		if strings.HasPrefix(name, "X-Forwarded-") {
			pr.Out.Header[name] = values
		}
	}
}

// functionURL is the URL of a request to a function. path is percent-encoded.
func functionURL(path, query string) *url.URL {
	u := &url.URL{Path: path, RawQuery: query}
	if decoded, err := url.PathUnescape(path); err == nil {
		u.Path, u.RawPath = decoded, path
	}
	return u
}

// adopt makes a function's answer the host's.
func (x *exchange) adopt(resp *http.Response, streaming bool) error {
	if resp.StatusCode == http.StatusSwitchingProtocols {
		return nil
	}
	if !streaming {
		if err := buffer(resp); err != nil {
			return err
		}
	}
	if x.d.Status != 0 {
		resp.StatusCode = x.d.Status
	}
	for name := range resp.Header {
		if strings.HasPrefix(name, "X-Vercel-Internal-") {
			delete(resp.Header, name)
		}
	}
	x.finish(resp.Header, map[string]string{"Cache-Control": defaultCacheControl})
	x.w.Header().Del("X-Vercel-Id") // it is among the answer's now
	return nil
}

// buffer reads the whole answer of a function that does not stream.
func buffer(resp *http.Response) error {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxBuffered+1))
	resp.Body.Close()
	if err != nil {
		return &function.Error{Code: function.CodeFailed, Err: err}
	}
	if len(data) > maxBuffered {
		return &function.Error{Code: function.CodeResponseTooLarge, Err: errors.New("the answer is larger than 4.5 MB, and the function does not stream")}
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return nil
}

// copyBuffers are the buffers answers are copied with.
var copyBuffers = bufferPool{&sync.Pool{New: func() any { return new([32 << 10]byte) }}}

type bufferPool struct{ *sync.Pool }

// Get implements httputil.BufferPool.
func (p bufferPool) Get() []byte { return p.Pool.Get().(*[32 << 10]byte)[:] }

// Put implements httputil.BufferPool.
func (p bufferPool) Put(b []byte) { p.Pool.Put((*[32 << 10]byte)(b)) }
