package host

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// Tracer makes spans of what the host does. Each method begins one, which is that of the
// context it returns, until end is called: with why it failed, if it did, and with what was
// not known before. Attributes have the names of OpenTelemetry's conventions, or begin
// with "jargo.". A Tracer is safe for concurrent use, and neither waits nor fails.
type Tracer interface {
	// Request begins the span of a request, part of the trace that its headers name.
	Request(ctx context.Context, header http.Header, attrs ...slog.Attr) (_ context.Context, end func(err error, attrs ...slog.Attr))
	// Invocation begins the span of an invocation of a function, as part of that in ctx,
	// and has the headers of the request to the function tell of it.
	Invocation(ctx context.Context, header http.Header, attrs ...slog.Attr) (_ context.Context, end func(err error, attrs ...slog.Attr))
	// Regeneration begins the span of a rendering that others get, too. It begins a trace,
	// since nothing that a visitor has sent may reach its function, not even a trace's ID;
	// and it has a link to the span in cause, that of the request which has caused it.
	Regeneration(ctx, cause context.Context, attrs ...slog.Attr) (_ context.Context, end func(err error, attrs ...slog.Attr))
}

// trace begins the span of a request, if there is a Tracer, and returns the request with it.
func (x *exchange) trace(t Tracer, r *http.Request) *http.Request {
	if t == nil {
		return r
	}
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	var ctx context.Context
	ctx, x.span = t.Request(r.Context(), r.Header,
		slog.String("http.request.method", r.Method), slog.String("url.path", r.URL.EscapedPath()),
		slog.String("url.scheme", scheme), slog.String("server.address", Hostname(r.Host)))
	return r.WithContext(ctx)
}

// endSpan ends the request's span, if it has one.
func (x *exchange) endSpan(d *Deployment, sent *wire.Writer) {
	if x.span == nil {
		return
	}
	attrs := append(make([]slog.Attr, 0, 8),
		slog.String("jargo.id", x.request.id), slog.Int("http.response.status_code", sent.Status()), slog.Int64("http.response.body.size", sent.Bytes()))
	if x.response.cache != "" {
		attrs = append(attrs, slog.String("jargo.cache", string(x.response.cache)))
	}
	if x.response.function != "" {
		attrs = append(attrs, slog.String("jargo.function", x.response.function))
	}
	if x.response.start > 0 {
		attrs = append(attrs, slog.Duration("jargo.function.start", x.response.start))
	}
	switch d.out.Entries[x.output].(type) {
	case *output.Function, *output.Prerender: // a file has no route but its path
		attrs = append(attrs, slog.String("http.route", "/"+x.output))
	}
	err := errors.Join(x.causes...)
	if err == nil && sent.Status() >= 500 {
		err = errors.New(http.StatusText(sent.Status()))
	}
	x.span(err, attrs...)
}

// RoundTrip implements function.Function.
func (o *observed) RoundTrip(req *http.Request) (*http.Response, error) {
	end := o.outcomes.begin()
	var endSpan func(error, ...slog.Attr)
	if o.tracer != nil {
		var ctx context.Context
		ctx, endSpan = o.tracer.Invocation(req.Context(), req.Header, slog.String("jargo.function", o.name))
		req = req.WithContext(ctx)
	}
	resp, err := o.Function.RoundTrip(req)
	end(err)
	if endSpan == nil {
		return resp, err
	}
	if err != nil {
		endSpan(err)
	} else {
		endSpan(nil, slog.Int("http.response.status_code", resp.StatusCode))
	}
	return resp, err
}

// regenerate renders the page, which is counted and traced.
func (r *rendering) regenerate(ctx context.Context) (*prerender.Entry, error) {
	o := &r.deployment.opts
	end := o.Metrics.regenerations.begin()
	endSpan := func(error, ...slog.Attr) {}
	if o.Tracer != nil {
		ctx, endSpan = o.Tracer.Regeneration(ctx, r.request.Context(),
			slog.String("http.route", "/"+r.page.Name), slog.String("url.path", visibleURL(r.request, r.decision, r.page.Prerender)), slog.String("server.address", Hostname(r.host)))
	}
	e, err := r.render(ctx)
	end(err)
	endSpan(err)
	return e, err
}
