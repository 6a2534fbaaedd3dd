package host

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// ServeHTTP implements http.Handler.
func (d *Deployment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x := exchange{decision: unrouted, response: unanswered}
	start := d.opts.now()
	r = x.trace(d.opts.Tracer, r)
	x.request = d.newRequest(r, start)
	out := wire.NewWriter(w, r, d.files, d.opts.writeTimeout)
	defer func() { d.logExchange(&x, out) }()
	defer out.End()
	x.request.inform = out.Inform
	if r.Body != nil && r.Body != http.NoBody {
		x.request.body = wire.NewRequestBody(r.Body, w, d.opts.readTimeout)
		defer x.request.body.End()
		out.ExtendDeadline()                           // for the server's 100 Continue
		x.request.Request = r.WithContext(r.Context()) // a copy
		x.request.Body = x.request.body
	}
	d.respond(&x)
	last := x.request.ambiguous || x.response.close || d.full()
	x.response.writeHeader(out, x.request.id, x.decision, last)
	out.Send(x.response.status, x.response.body)
}

// unrouted is the decision for a request whose response routes have no say in.
var unrouted = &router.Decision{Route: -1, Runaway: -1}

// unanswered is the response to a request that has none yet.
var unanswered = &response{}

// exchange is a request with its outcome, for the log.
type exchange struct {
	request  *request
	decision *router.Decision
	output   string // that routing chose, before any failure
	response *response
	causes   []error
	span     func(error, ...slog.Attr) // ends its span; nil for none
}

// respond finds the response. A failure goes through the error phase once, and
// falls back to the host's own page.
func (d *Deployment) respond(x *exchange) {
	q := x.request
	if refused := d.accept(q); refused != nil {
		x.response = refused
	} else {
		x.decision = d.table.Route(q.routing(d.table), false)
		x.output = x.decision.Output
		x.response = d.answer(q, x.decision)
		if asset := d.otherAsset(q, x.response); asset != nil {
			x.decision, x.response = unrouted, asset
		}
	}
	for failures := 0; x.response.code != ""; failures++ {
		failed := x.response
		x.causes = append(x.causes, failed.cause)
		if x.decision == unrouted || x.decision.Kind == router.Fail || failed.close || failures > 0 {
			x.response = hostPage(q, failed)
			break
		}
		q = q.withoutBody()
		x.decision = d.table.Fail(x.decision, failed.status, failed.code)
		x.response = d.answer(q, x.decision)
		x.response.inherit(failed)
	}
}

// answer returns the response of the output that routing chose.
func (d *Deployment) answer(q *request, decision *router.Decision) *response {
	switch decision.Kind {
	case router.Redirect:
		return redirect(q, decision.Header["Location"], decision.Status)
	case router.Proxy:
		return d.proxied(q, decision)
	case router.Fail:
		resp := failure(decision.Status, decision.Code, nil)
		resp.reason = decision.Reason
		return resp
	}
	switch e := d.out.Entries[decision.Output].(type) {
	case *output.File:
		return d.file(q, decision, e)
	case *output.Function:
		return d.function(q, decision, e)
	case *output.Prerender:
		return d.page(q, decision, d.shared[e])
	}
	panic("internal error: routing chose an output that does not exist: " + decision.Output)
}

// RequestMessage is the message of the log record that each request has.
const RequestMessage = "request"

// logExchange writes the request's log record: an error if the host or an output
// failed.
func (d *Deployment) logExchange(x *exchange, sent *wire.Writer) {
	if x.decision.Runaway >= 0 {
		d.noteRunaway(x.decision.Runaway)
	}
	end := d.opts.now()
	d.opts.Metrics.request(sent.Status(), x.response.cache, sent.Bytes(), end.Sub(x.request.start))
	x.endSpan(d, sent)
	cause := errors.Join(x.causes...)
	level := slog.LevelInfo
	if cause != nil {
		level = slog.LevelError
	}
	ctx := context.Background()
	if !d.log.Enabled(ctx, level) {
		return
	}
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("method", x.request.Method),
		slog.String("path", x.request.URL.EscapedPath()),
		slog.Int("status", sent.Status()),
		slog.Duration("duration", end.Sub(x.request.start)),
		slog.Int64("bytes", sent.Bytes()))
	if x.response.cache != "" {
		attrs = append(attrs, slog.String("cache", string(x.response.cache)))
	}
	if x.decision.Route >= 0 {
		attrs = append(attrs, slog.Int("route", x.decision.Route))
	}
	if x.decision.Output != "" {
		attrs = append(attrs, slog.String("output", x.decision.Output))
	}
	if x.response.function != "" {
		attrs = append(attrs, slog.String("function", x.response.function))
	}
	if x.response.start > 0 {
		attrs = append(attrs, slog.Duration("start", x.response.start))
	}
	if cause != nil {
		attrs = append(attrs, slog.Any("error", cause))
	}
	attrs = append(attrs, slog.String("id", x.request.id))
	// A Logger would look for the line of the program that logs: it is always this one.
	record := slog.NewRecord(end, level, RequestMessage, 0)
	record.AddAttrs(attrs...)
	_ = d.log.Handler().Handle(ctx, record) // there is no other log for the error
}
