package host

import (
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
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
	*http.Request
	Host      string // in lower case
	start     time.Time
	id        string // x-vercel-id
	path      string // percent-encoded; begins with a slash
	body      *wire.RequestBody
	ambiguous bool   // the connection ends with its response
	upgrade   string // the protocol that it asks to switch to; "" for none
	inform    func(status int, h http.Header)

	// header is made when something asks for it: what is in memory does not.
	header  http.Header
	once    sync.Once
	trusted bool // Options.TrustForwarded
}

// newRequest returns a request that has yet to be accepted.
func (d *Deployment) newRequest(r *http.Request, start time.Time) *request {
	q := &request{Request: r, Host: r.Host, start: start, id: newID(start), ambiguous: ambiguous(r), trusted: d.opts.TrustForwarded}
	if name := r.Header.Get("X-Forwarded-Host"); q.trusted && name != "" {
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
	binary.NativeEndian.PutUint64(random[:], rand.Uint64())
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
	if !hasTurn(q.Request) {
		return busy(errNoTurn)
	}
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
	return nil
}

// routing returns the request as a table sees it.
func (q *request) routing(table *router.Table) *router.Request {
	r := &router.Request{
		Method: q.Method,
		Host:   Hostname(q.Host),
		Path:   q.path,
		Query:  router.ParseQuery(q.URL.RawQuery),
	}
	if table.ReadsHeader() {
		r.Header = q.seen()
	}
	return r
}

func (q *request) isGetOrHead() bool {
	return q.Method == http.MethodGet || q.Method == http.MethodHead
}

// withoutBody returns the request for an output that is invoked after another has
// consumed the body.
func (q *request) withoutBody() *request {
	other := &request{Request: q.WithContext(q.Context()), Host: q.Host, start: q.start, id: q.id, path: q.path, ambiguous: q.ambiguous, inform: q.inform}
	other.Body, other.ContentLength = http.NoBody, 0
	other.TransferEncoding, other.Trailer = nil, nil
	other.once.Do(func() {
		other.header = q.seen().Clone()
		for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Expect"} {
			other.header.Del(name)
		}
	})
	return other
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

// seen returns the request's headers as routing and functions see them: those that only
// the platform may set are replaced. They must not be changed.
func (q *request) seen() http.Header {
	q.once.Do(func() { q.header = q.platformHeader() })
	return q.header
}

// own returns the same for a function that may change them. It is for the goroutine of the
// request alone.
func (q *request) own() http.Header {
	if q.header != nil {
		return q.header.Clone()
	}
	return q.platformHeader()
}

func (q *request) platformHeader() http.Header {
	h := make(http.Header, len(q.Header)+9)
	for name, values := range q.Header {
		if !reserved(name) {
			h[name] = values
		}
	}
	header.RemoveHopByHop(h)
	client, proto, port := q.origin()
	all := make([]string, 0, 9) // one allocation for all
	set := func(name, value string) {
		all = append(all, value)
		h[name] = all[len(all)-1 : len(all) : len(all)]
	}
	set("X-Forwarded-Host", q.Host)
	set("X-Forwarded-Proto", proto)
	set("X-Forwarded-Port", port)
	set("X-Forwarded-For", client)
	set("X-Real-Ip", client)
	set("X-Vercel-Forwarded-For", client)
	set("X-Vercel-Deployment-Url", q.Host)
	set("X-Vercel-Id", q.id)
	if schedule, ok := q.Context().Value(cronSchedule{}).(string); ok {
		set("X-Vercel-Cron-Schedule", schedule)
	}
	return h
}

// origin returns the client's address, the scheme and the port: from the headers,
// if they are trusted.
func (q *request) origin() (client, proto, port string) {
	client, _, err := net.SplitHostPort(q.RemoteAddr)
	if err != nil {
		client = q.RemoteAddr
	}
	proto = "http"
	if q.TLS != nil {
		proto = "https"
	}
	if q.trusted {
		if p := q.Header.Get("X-Forwarded-Proto"); p == "http" || p == "https" {
			proto = p
		}
		last := ""
		for last = range header.List(q.Header["X-Forwarded-For"]) {
		}
		if net.ParseIP(last) != nil {
			client = last
		}
	}
	return client, proto, portOf(q.Host, proto)
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
