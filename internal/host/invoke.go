package host

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// maxBuffered bounds the answer of a function that does not stream, in bytes.
const maxBuffered = 4_500_000

// streams reports whether the function's answers are passed on as they come.
func streams(f *output.Function) bool {
	c := &f.Config
	return c.AWSLambdaHandler == "" && (c.SupportsResponseStreaming || c.LauncherType == "Nodejs")
}

// serveFunction answers with a function of its own, whatever the method.
func (x *exchange) serveFunction(f *output.Function) {
	x.cache = prerender.StateMiss
	x.invoke(f, x.decision.FunctionPath, x.decision.Query.String())
}

// invoke hands the request to f, as a request for path and query, and passes on
// what it answers.
func (x *exchange) invoke(f *output.Function, path, query string) {
	x.function = "/" + f.Name
	fn, err := x.deployment.functions.Get(f)
	if err != nil {
		x.failFunction(&function.Error{Code: function.CodeUnsupported, Err: err})
		return
	}
	closeBody, ok := x.receiveBody()
	if !ok {
		return
	}
	defer closeBody()
	header := x.header
	if len(x.decision.RequestHeader) > 0 {
		header = header.Clone()
	}
	x.tell(header)
	streaming := streams(f)
	ctx, cancel := x.deployment.opts.deadline(x.r.Context(), function.MaxDuration(f), function.ErrTimeout)
	defer cancel()
	x.forward(ctx, forwarding{
		to:     fn,
		url:    functionURL(path, query),
		host:   x.r.Host,
		header: header,
		adopt:  func(resp *http.Response) error { return x.adopt(resp, streaming) },
		fail:   x.failFunction,
	})
}

// tell adds to a request's headers what routing has to say to a function: the
// transforms of routes, and the output that was matched, which routes name in a
// header of the answer.
func (x *exchange) tell(header http.Header) {
	if matched := x.decision.Header["X-Matched-Path"]; matched != "" {
		header["X-Matched-Path"] = []string{matched}
	}
	x.decision.RequestHeader.Apply(header)
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
	if !streaming {
		if err := buffer(resp); err != nil {
			return err
		}
	}
	if x.decision.Status != 0 {
		resp.StatusCode = x.decision.Status
	}
	for name := range resp.Header {
		if strings.HasPrefix(name, "X-Vercel-Internal-") {
			delete(resp.Header, name)
		}
	}
	x.finish(resp.Header, map[string]string{"Cache-Control": defaultCacheControl})
	x.encodeAnswer(resp)
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
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(data)), int64(len(data))
	return nil
}
