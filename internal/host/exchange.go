package host

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// maxURL is the longest path and query that is answered, in bytes.
const maxURL = 14 << 10

// exchange is one request on its way to its answer.
type exchange struct {
	deployment *Deployment
	w          *recorder
	r          *http.Request
	body       *timedBody       // the request's, nil for none
	id         string           // x-vercel-id
	header     http.Header      // of the request, as routing and functions see it
	decision   *router.Decision // nil before routing
	failed     bool             // the error phase has been through
	reason     string           // what the host's own error page adds

	encoding *encoding // of an answer that is compressed on its way; nil for none

	// What the log says of the answer.
	cache    prerender.State
	function string
	cause    error
}

// ServeHTTP implements http.Handler.
func (d *Deployment) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	start := d.opts.Now()
	r = r.WithContext(r.Context()) // which may be changed
	if name := r.Header.Get("X-Forwarded-Host"); d.opts.TrustForwarded && name != "" {
		r.Host = name
	}
	r.Host = strings.ToLower(r.Host)
	x := &exchange{deployment: d, w: newRecorder(w, d.opts.writeTimeout, d.full), r: r, id: newID(start)}
	defer x.logRequest(start)
	defer x.w.renew() // for what the server has still to send
	x.w.last = ambiguous(r)
	if r.Body != nil && r.Body != http.NoBody {
		x.body = newTimedBody(r.Body, w, d.opts.bodyTimeout)
		defer x.body.end()
		x.w.renew() // for the server's word to go on
		r.Body = x.body
	}
	x.w.Header().Set("X-Vercel-Id", x.id)
	path, ok := x.accept()
	if !ok {
		return
	}
	x.header = platformHeader(r, x.id, d.opts.TrustForwarded)
	x.decision = d.table.Route(x.request(path), false)
	x.answer()
}

// ambiguous reports whether the head of a request may have been read in another
// way by a proxy in front: the server does not say whether there was a length
// beside the chunks, nor whether a request of HTTP/1.0 named chunks, which it does
// not have. What follows on such a connection may be a part of this request, and
// is not answered.
func ambiguous(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}

// methods are those that are answered; of a kind of its own are CONNECT, which is
// for proxies, and TRACE, which shows what a visitor's browser keeps secret.
const methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// accept returns the path of a request that may be routed; any other it answers.
func (x *exchange) accept() (path string, ok bool) {
	r := x.r
	if r.Method == http.MethodConnect || r.Method == http.MethodTrace {
		x.w.Header().Set("Allow", methods)
		x.fail(http.StatusMethodNotAllowed, "INVALID_REQUEST_METHOD", nil)
		return "", false
	}
	if len(r.RequestURI) > maxURL {
		x.fail(http.StatusRequestURITooLong, "URL_TOO_LONG", nil)
		return "", false
	}
	path, ok = requestPath(r)
	if !ok || r.Host != "" && !validAuthority(r.Host) { // HTTP/1.0 need not name one
		x.fail(http.StatusBadRequest, "BAD_REQUEST", nil)
		return "", false
	}
	if !x.deployment.serves(r.Host) {
		x.fail(http.StatusNotFound, "DEPLOYMENT_NOT_FOUND", nil)
		return "", false
	}
	if clean := collapseSlashes(path); clean != path {
		if x.reads() {
			x.redirectTo(withQuery(clean, r.URL.RawQuery), http.StatusMovedPermanently)
			return "", false
		}
		path = clean
	}
	return path, true
}

// request is what routing looks at.
func (x *exchange) request(path string) *router.Request {
	return &router.Request{
		Method: x.r.Method,
		Host:   hostname(x.r.Host),
		Path:   path,
		Query:  router.ParseQuery(x.r.URL.RawQuery),
		Header: x.header,
	}
}

// answer does what routing decided.
func (x *exchange) answer() {
	switch x.decision.Kind {
	case router.Redirect:
		x.redirect()
	case router.Proxy:
		x.proxyTo(x.decision.URL)
	case router.Fail:
		x.showFailure(x.decision.Status, x.decision.Code)
	default:
		switch e := x.deployment.out.Entries[x.decision.Output].(type) {
		case *output.File:
			x.serveFile(e)
		case *output.Function:
			x.serveFunction(e)
		case *output.Prerender:
			x.servePrerender(e)
		}
	}
}

// reads reports whether the request only asks for something.
func (x *exchange) reads() bool {
	return x.r.Method == http.MethodGet || x.r.Method == http.MethodHead
}

// requestPath returns the path as the visitor wrote it, still encoded.
func requestPath(r *http.Request) (string, bool) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath() // the request names the whole URL
	}
	// Browsers take a backslash for a slash: left as it is, a redirect to what
	// follows the first slash could lead to another site.
	path = strings.ReplaceAll(path, `\`, "%5C")
	return path, strings.HasPrefix(path, "/")
}

// collapseSlashes writes a run of slashes as one.
func collapseSlashes(path string) string {
	for strings.Contains(path, "//") {
		path = strings.ReplaceAll(path, "//", "/")
	}
	return path
}

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// hostname is the host without port, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

// logRequest writes the request's record. A failure of the host's is an error,
// everything else is a matter of course.
func (x *exchange) logRequest(start time.Time) {
	if x.decision != nil && x.decision.Runaway >= 0 {
		x.deployment.noteRunaway(x.decision.Runaway)
	}
	level := slog.LevelInfo
	if x.cause != nil {
		level = slog.LevelError
	}
	ctx := context.Background()
	if !x.deployment.log.Enabled(ctx, level) {
		return
	}
	attrs := []slog.Attr{
		slog.String("method", x.r.Method),
		slog.String("path", x.r.URL.EscapedPath()),
		slog.Int("status", x.w.status),
		slog.Duration("duration", x.deployment.opts.Now().Sub(start)),
		slog.Int64("bytes", x.w.bytes),
	}
	if x.cache != "" {
		attrs = append(attrs, slog.String("cache", string(x.cache)))
	}
	if x.decision != nil && x.decision.Route >= 0 {
		attrs = append(attrs, slog.Int("route", x.decision.Route))
	}
	if x.function != "" {
		attrs = append(attrs, slog.String("function", x.function))
	}
	if x.cause != nil {
		attrs = append(attrs, slog.Any("error", x.cause))
	}
	attrs = append(attrs, slog.String("id", x.id))
	x.deployment.log.LogAttrs(ctx, level, "request", attrs...)
}
