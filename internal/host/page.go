package host

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// maxPage bounds the response of a regenerated page, in bytes.
const maxPage = 10 << 20

// maxFallbacks bounds the fallbacks that are cached in memory, in bytes.
const maxFallbacks = 64 << 20

// page responds with a regenerated page.
func (d *Deployment) page(q *request, decision *router.Decision, p *prerendered) *response {
	bypass, err := d.bypasses(q, decision, p)
	if err != nil {
		return failure(http.StatusBadGateway, "ROUTER_CANNOT_MATCH", fmt.Errorf("experimentalBypassFor of %q: %w", p.Name, err))
	}
	if (!q.isGetOrHead() || bypass) && decision.Status < 400 {
		path, query := pageURL(p.Prerender, decision.Query)
		resp := d.invoke(q, decision, p.Function, path, query)
		resp.cache, resp.function = prerender.StateBypass, p.function
		return resp
	}
	r := &rendering{deployment: d, request: q, decision: decision, page: p, host: d.sharedHost(q.Host)}
	// An error page is not what was asked for.
	r.onDemand = decision.Status < 400 && secretEqual(q.Request.Header.Get("X-Prerender-Revalidate"), p.Config.BypassToken)
	resp := r.response()
	resp.function = p.function
	return resp
}

// draftCookie is the cookie of a visitor who sees drafts: its value is the page's bypass
// token.
const draftCookie = "__prerender_bypass"

// bypasses reports whether the request is not for the cache.
func (d *Deployment) bypasses(q *request, decision *router.Decision, p *prerendered) (bool, error) {
	for _, c := range q.CookiesNamed(draftCookie) {
		if secretEqual(c.Value, p.Config.BypassToken) {
			return true, nil
		}
	}
	if len(p.bypass) == 0 {
		return false, nil
	}
	return p.bypass.Match(&router.Request{Host: Hostname(q.Host), Query: decision.Query, Header: q.seen()}, decision)
}

// rendering is a regenerated page as one request asks for it. It may go on after
// the response has been sent.
type rendering struct {
	deployment *Deployment
	request    *request
	decision   *router.Decision
	page       *prerendered
	host       string // part of the cache key
	onDemand   bool   // the request asks for a rendering
}

func (r *rendering) response() *response {
	page, err := r.cachePage()
	if err != nil {
		return failure(http.StatusInternalServerError, "INTERNAL_FALLBACK_FAILED", err)
	}
	var e *prerender.Entry
	state := prerender.StateRevalidated
	if r.onDemand {
		e, err = r.deployment.pages.Revalidate(r.request.Context(), page)
	} else {
		e, state, err = r.deployment.pages.Get(r.request.Context(), page)
	}
	if err != nil {
		return r.failure(err, state)
	}
	return r.entry(e, state)
}

// entry responds with an entry, cached or not.
func (r *rendering) entry(e *prerender.Entry, state prerender.State) *response {
	resp := &response{
		status: statusOr(r.decision, e.Status), header: e.Header, defaults: platformDefaults, cache: state,
		body: &wire.Bytes{Data: e.Body, ETag: e.ETag, Source: r.page.source},
	}
	if state == prerender.StateHit || state == prerender.StateStale {
		resp.age = strconv.Itoa(max(0, int(r.request.start.Sub(e.Created).Seconds())))
	}
	return resp
}

// failure responds when there is no entry.
func (r *rendering) failure(err error, state prerender.State) *response {
	if errors.Is(err, prerender.ErrBusy) {
		return busy(err)
	}
	var status *statusError
	if !errors.As(err, &status) {
		return functionFailure(r.request, err)
	}
	if r.page.Config.ExposeErrBody {
		return r.entry(status.entry, state)
	}
	return failure(status.entry.Status, function.CodeFailed, err)
}

// secretEqual compares in constant time. An empty secret never matches.
func secretEqual(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// pageURL returns the path and query that the function of a regenerated page
// sees: the page's own, whatever the visitor asked for.
func pageURL(p *output.Prerender, q router.Query) (path, query string) {
	path = "/" + p.Name
	if p.Name == "index" {
		path = "/"
	}
	if !p.Config.PassQuery {
		return path, ""
	}
	return path, allowed(p, q).String()
}

// visibleURL returns the path and query that q asked for, without what is not part of p's
// cache key: whoever asks for it gets the same entry. An error page has no URL but its own.
func visibleURL(q *request, decision *router.Decision, p *output.Prerender) string {
	if decision.Status >= 400 {
		path, _ := pageURL(p, nil)
		return path
	}
	return withQuery(q.path, allowed(p, router.ParseQuery(q.URL.RawQuery)).String())
}

// allowed returns the parameters that are part of p's cache key.
func allowed(p *output.Prerender, q router.Query) router.Query {
	if p.Config.AllowQuery == nil {
		return q
	}
	return q.Filter(p.Config.AllowQuery)
}

// cachePage returns the page as the cache knows it.
func (r *rendering) cachePage() (*prerender.Page, error) {
	p, keys := r.page, r.page.keys(r.deployment.keyHost(r.host), r.decision, r.request)
	page := &prerender.Page{
		Key:             keys.page,
		GroupKey:        keys.group,
		Function:        p.Function.Name,
		StaleExpiration: output.Seconds(p.Config.StaleExpiration),
		Render:          r.regenerate,
	}
	if seconds, ok := p.Config.ExpirationSeconds(); ok {
		page.Expires, page.Expiration = true, output.Seconds(seconds)
	}
	if p.Fallback == nil {
		return page, nil
	}
	var err error
	page.Fallback, err = r.deployment.fallback(p.Prerender)
	return page, err
}

// fallback returns the response rendered at build time.
func (d *Deployment) fallback(p *output.Prerender) (*prerender.Entry, error) {
	return d.fallbacks.Make(p.Name, p.Name, func() (*prerender.Entry, int64, error) {
		if p.Fallback.Size > maxPage {
			return nil, 0, fmt.Errorf("fallback of %q is larger than 10 MB", p.Name)
		}
		data, err := os.ReadFile(p.Fallback.Path)
		if err != nil {
			return nil, 0, fmt.Errorf("read fallback: %w", err)
		}
		header := http.Header{"Content-Type": {p.Fallback.ContentType}}
		for name, value := range p.Config.InitialHeaders {
			header.Set(name, value)
		}
		for _, name := range notStored {
			header.Del(name)
		}
		status := http.StatusOK
		if p.Config.InitialStatus != 0 {
			status = p.Config.InitialStatus
		}
		e := prerender.NewEntry(status, header, data, time.Time{})
		return e, e.Size(), nil
	})
}

// functionRequest returns the request that renders the page: a GET with nothing of
// the visitor who happens to trigger it, since others get the response too. Its
// headers are the platform's, those that routes add, and those in the cache key.
func (r *rendering) functionRequest(ctx context.Context) *http.Request {
	p, seen := r.page, r.request.seen()
	proto := seen["X-Forwarded-Proto"]
	h := http.Header{
		"X-Vercel-Id":             {r.request.id},
		"X-Forwarded-Proto":       proto,
		"X-Forwarded-Host":        {r.host},
		"X-Forwarded-Port":        {portOf(r.host, proto[0])},
		"X-Vercel-Deployment-Url": {r.host},
	}
	for _, name := range p.header {
		if !reserved(name) && seen[name] != nil {
			h[name] = seen[name]
		}
	}
	if r.onDemand {
		for name, values := range seen {
			if strings.HasPrefix(name, "X-Prerender-Revalidate") {
				h[name] = values
			}
		}
	}
	addRoutingHeaders(r.decision, h)
	if r.decision.Matches != "" && !p.Config.PassQuery {
		h["X-Now-Route-Matches"] = []string{r.decision.Matches}
	}
	req := &http.Request{Method: http.MethodGet, URL: pathURL(pageURL(p.Prerender, r.decision.Query)), Header: h, Host: r.host}
	return req.WithContext(ctx)
}

// unseen reports whether a header is hidden from renderings and left out of cache
// keys, even if the configuration lists it. X-Prerender-Revalidate is only passed
// on to the rendering that it asks for.
func unseen(name string) bool {
	switch name {
	case "Cookie", "Authorization", "Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range",
		"Accept-Encoding", "Expect":
		return true
	}
	return strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "X-Prerender-Revalidate")
}

// statusError is a response whose status must not be cached.
type statusError struct {
	entry *prerender.Entry
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the page was rendered with status %d", e.entry.Status)
}

// render has the function render the page.
func (r *rendering) render(ctx context.Context) (*prerender.Entry, error) {
	p, d := r.page, r.deployment
	fn, err := d.functions.Get(p.Function)
	if err != nil {
		return nil, &function.Error{Code: function.CodeUnsupported, Err: err}
	}
	ctx, cancel := d.opts.deadline(ctx, function.MaxDuration(p.Function), function.ErrTimeout)
	defer cancel()
	req := r.functionRequest(ctx)
	e, err := d.rendered(fn, req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		d.throttled.Warn(p.Name, "page was not rendered", "page", "/"+p.Name, "error", err)
		return nil, err
	}
	if slices.Contains(storedStatuses, e.Status) {
		e.Scheme, e.Host, e.Path = req.Header.Get("X-Forwarded-Proto"), r.host, visibleURL(r.request, r.decision, r.page.Prerender)
		return e, nil
	}
	d.throttled.Warn(p.Name, "page was not rendered", "page", "/"+p.Name, "status", e.Status)
	return nil, &statusError{e}
}

// rendered returns the whole response of a function, without the headers that are
// not cached.
func (d *Deployment) rendered(fn function.Function, req *http.Request) (*prerender.Entry, error) {
	resp, err := fn.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxPage+1))
	if err != nil {
		return nil, err
	}
	if len(body) > maxPage {
		return nil, &function.Error{Code: function.CodeResponseTooLarge, Err: errors.New("the page is larger than 10 MB")}
	}
	for _, name := range notStored {
		resp.Header.Del(name)
	}
	return prerender.NewEntry(resp.StatusCode, resp.Header, body, d.opts.now()), nil
}

// notStored are the headers of a response that are not cached: those of one
// connection, those computed when it is sent, and cookies, which belong to one
// visitor.
var notStored = []string{
	"Set-Cookie", "Connection", "Keep-Alive", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Date", "Content-Length", "Age", "Etag", "Cache-Control", "Cdn-Cache-Control", "Vercel-Cdn-Cache-Control", "X-Vercel-Cache", "X-Vercel-Id",
}
