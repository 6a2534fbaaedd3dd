package host

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/header"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
)

// maxURL bounds the path and query of a request, in bytes.
const maxURL = 14 << 10

// request is a request under way. It is immutable once it has been accepted: a
// rendering that it triggers may outlive it.
type request struct {
	*http.Request             // with the host in lower case
	id            string      // x-vercel-id
	header        http.Header // as routing and functions see it
	path          string      // percent-encoded; begins with a slash
	body          *wire.RequestBody
	ambiguous     bool   // the connection ends with its response
	upgrade       string // the protocol that it asks to switch to; "" for none
	inform        func(status int, h http.Header)
}

// newRequest returns a request that has yet to be accepted.
func (d *Deployment) newRequest(r *http.Request, start time.Time) *request {
	q := &request{Request: r.WithContext(r.Context()), id: newID(start), ambiguous: ambiguous(r)}
	if name := r.Header.Get("X-Forwarded-Host"); d.opts.TrustForwarded && name != "" {
		q.Host = name
	}
	q.Host = strings.ToLower(q.Host)
	if !q.ambiguous && (r.Body == nil || r.Body == http.NoBody) {
		q.upgrade = upgradeOf(r.Header)
	}
	return q
}

// newID returns a request's x-vercel-id.
func newID(now time.Time) string {
	var random [8]byte
	rand.Read(random[:])
	id := make([]byte, 0, 48)
	id = append(id, function.Region+"::"...)
	id = hex.AppendEncode(id, random[:2])
	id = append(id, '-')
	id = strconv.AppendInt(id, now.UnixMilli(), 10)
	id = append(id, '-')
	return string(hex.AppendEncode(id, random[2:]))
}

// ambiguous reports whether a proxy in front may have framed the request
// differently: net/http does not tell whether a chunked request also had a
// Content-Length, or whether one of HTTP/1.0, which has no chunks, claimed to be
// chunked. What follows on such a connection may be part of this request, and must
// not be taken for the next one.
func ambiguous(r *http.Request) bool {
	return r.ProtoMajor == 1 && (r.ProtoMinor == 0 || len(r.TransferEncoding) > 0)
}

// methods are those that are supported: CONNECT is for proxies, and TRACE reveals
// what a visitor's browser keeps secret.
const methods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"

// accept prepares q for routing, or else returns the response that refuses it.
func (d *Deployment) accept(q *request) *response {
	if q.Method == http.MethodConnect || q.Method == http.MethodTrace {
		return notAllowed(methods)
	}
	if len(q.RequestURI) > maxURL {
		return failure(http.StatusRequestURITooLong, "URL_TOO_LONG", nil)
	}
	path, ok := requestPath(q.Request)
	if !ok || q.Host != "" && !validAuthority(q.Host) { // optional in HTTP/1.0
		return failure(http.StatusBadRequest, "BAD_REQUEST", nil)
	}
	if !d.serves(q.Host) {
		return failure(http.StatusNotFound, "DEPLOYMENT_NOT_FOUND", nil)
	}
	q.path = collapseSlashes(path)
	if q.path != path && q.isGetOrHead() {
		return redirect(q, withQuery(q.path, q.URL.RawQuery), http.StatusMovedPermanently)
	}
	q.header = platformHeader(q.Request, q.id, d.opts.TrustForwarded)
	return nil
}

// routing returns the request as the router sees it.
func (q *request) routing() *router.Request {
	return &router.Request{
		Method: q.Method,
		Host:   Hostname(q.Host),
		Path:   q.path,
		Query:  router.ParseQuery(q.URL.RawQuery),
		Header: q.header,
	}
}

func (q *request) isGetOrHead() bool {
	return q.Method == http.MethodGet || q.Method == http.MethodHead
}

// withoutBody returns the request for an output that is invoked after another has
// consumed the body.
func (q *request) withoutBody() *request {
	other := *q
	other.Request = q.WithContext(q.Context()) // a copy
	other.Body, other.ContentLength = http.NoBody, 0
	other.body, other.TransferEncoding, other.Trailer, other.upgrade = nil, nil, nil, ""
	other.header = q.header.Clone()
	for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Expect"} {
		other.header.Del(name)
	}
	return &other
}

// requestPath returns the path as the visitor sent it, still encoded.
func requestPath(r *http.Request) (string, bool) {
	path, _, _ := strings.Cut(r.RequestURI, "?")
	if !strings.HasPrefix(path, "/") {
		path = r.URL.EscapedPath() // the request line has an absolute URL
	}
	// Browsers treat a backslash as a slash: unescaped, a redirect to what follows
	// the first slash could lead to another site.
	path = strings.ReplaceAll(path, `\`, "%5C")
	return path, strings.HasPrefix(path, "/")
}

// collapseSlashes replaces each run of slashes by one.
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

// platformHeader returns the request's headers as routing and functions see
// them: those that only the platform may set are replaced.
func platformHeader(r *http.Request, id string, trusted bool) http.Header {
	h := make(http.Header, len(r.Header)+9)
	for name, values := range r.Header {
		if !reserved(name) {
			h[name] = values
		}
	}
	header.RemoveHopByHop(h)
	client, proto, port := origin(r, trusted)
	all := make([]string, 0, 9) // one allocation for all
	set := func(name, value string) {
		all = append(all, value)
		h[name] = all[len(all)-1 : len(all) : len(all)]
	}
	set("X-Forwarded-Host", r.Host)
	set("X-Forwarded-Proto", proto)
	set("X-Forwarded-Port", port)
	set("X-Forwarded-For", client)
	set("X-Real-Ip", client)
	set("X-Vercel-Forwarded-For", client)
	set("X-Vercel-Deployment-Url", r.Host)
	set("X-Vercel-Id", id)
	if schedule, ok := r.Context().Value(cronSchedule{}).(string); ok {
		set("X-Vercel-Cron-Schedule", schedule)
	}
	return h
}

// origin returns the client's address, the scheme and the port: from the headers,
// if they are trusted.
func origin(r *http.Request, trusted bool) (client, proto, port string) {
	client, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		client = r.RemoteAddr
	}
	proto = "http"
	if r.TLS != nil {
		proto = "https"
	}
	if trusted {
		if p := r.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
			proto = p
		}
		last := ""
		for last = range header.List(r.Header["X-Forwarded-For"]) {
		}
		if net.ParseIP(last) != nil {
			client = last
		}
	}
	return client, proto, portOf(r.Host, proto)
}

// reserved reports whether a visitor may not send the header, whose name is
// canonical.
func reserved(name string) bool {
	if len(name) == 0 || name[0] != 'X' && name[0] != 'F' {
		return false
	}
	switch name {
	case "Forwarded", "X-Real-Ip", "X-Now-Route-Matches", "X-Matched-Path":
		return true
	}
	return strings.HasPrefix(name, "X-Vercel-") || strings.HasPrefix(name, "X-Forwarded-") || strings.HasPrefix(name, "X-Middleware-")
}
