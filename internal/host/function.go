package host

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// streams reports whether the function's responses are passed on as they arrive.
func streams(f *output.Function) bool {
	c := &f.Config
	return c.AWSLambdaHandler == "" && (c.SupportsResponseStreaming || c.LauncherType == "Nodejs")
}

// function responds with a function, whatever the method.
func (d *Deployment) function(q *request, decision *router.Decision, f *output.Function) *response {
	resp := d.invoke(q, decision, f, decision.FunctionPath, decision.Query.String())
	resp.cache, resp.function = prerender.StateMiss, "/"+f.Name
	return resp
}

// invoke passes the request on to f, as a request for path and query.
func (d *Deployment) invoke(q *request, decision *router.Decision, f *output.Function, path, query string) *response {
	fn, err := d.functions.Get(f)
	if err != nil {
		return functionFailure(q, &function.Error{Code: function.CodeUnsupported, Err: err})
	}
	body, failed := d.receiveBody(q)
	if failed != nil {
		return failed
	}
	h := q.own()
	addRoutingHeaders(decision, h)
	ctx, cancel := d.opts.deadline(q.Context(), function.MaxDuration(f), function.ErrTimeout)
	release := func() {
		cancel()
		body.Close()
	}
	out := &http.Request{URL: pathURL(path, query), Host: q.Host, Header: h, Body: body, ContentLength: body.size}
	resp, err := q.forward(ctx, fn, out, decision, release)
	if err != nil {
		release()
		return functionFailure(q, err)
	}
	resp.defaults = platformDefaults
	stream, ok := resp.body.(*wire.Stream)
	if !ok {
		return resp
	}
	for name := range resp.header {
		if strings.HasPrefix(name, "X-Vercel-Internal-") {
			delete(resp.header, name)
		}
	}
	stream.Encode = true
	d.endWhenDrained(resp, cancel)
	if !streams(f) {
		if err := buffer(stream); err != nil {
			stream.Close()
			return functionFailure(q, err)
		}
	}
	return resp
}

// addRoutingHeaders adds what routes say to a request's headers: their transforms,
// and the output that was matched, which they name in a response header.
func addRoutingHeaders(decision *router.Decision, h http.Header) {
	if matched := decision.Header["X-Matched-Path"]; matched != "" {
		h["X-Matched-Path"] = []string{matched}
	}
	decision.RequestHeader.Apply(h)
}

// buffer reads the body of a function that does not stream to its end.
func buffer(s *wire.Stream) error {
	data, err := io.ReadAll(io.LimitReader(s, function.MaxBody+1))
	if err != nil {
		return &function.Error{Code: function.CodeFailed, Err: err}
	}
	if len(data) > function.MaxBody {
		return &function.Error{Code: function.CodeResponseTooLarge, Err: errors.New("the response is larger than 4.5 MB, and the function does not stream")}
	}
	s.ReadCloser, s.Size = struct {
		io.Reader
		io.Closer
	}{bytes.NewReader(data), s.ReadCloser}, int64(len(data))
	return nil
}

// statusOf maps the platform's codes for functions to statuses.
var statusOf = map[string]int{
	function.CodeFailed:           http.StatusInternalServerError,
	function.CodeTimeout:          http.StatusGatewayTimeout,
	function.CodeNoResponse:       http.StatusBadGateway,
	function.CodePayloadTooLarge:  http.StatusRequestEntityTooLarge,
	function.CodeResponseTooLarge: http.StatusInternalServerError,
	function.CodeBodyNotString:    http.StatusBadGateway,
	function.CodeUnsupported:      http.StatusBadGateway,
}

// functionFailure is the response when a function did not respond.
func functionFailure(q *request, err error) *response {
	code, reason := function.CodeFailed, ""
	var known *function.Error
	switch {
	case errors.As(err, &known):
		code = known.Code
		if code == function.CodeUnsupported {
			reason = err.Error() // about the host, for its operator
		}
	case errors.Is(err, function.ErrTimeout):
		code = function.CodeTimeout
	case q.Context().Err() != nil:
		return clientGone()
	}
	resp := failure(statusOf[code], code, err)
	resp.reason = reason
	return resp
}
