package host

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// maxPage bounds the answer of a regenerated page, in bytes.
const maxPage = 10 << 20

// maxFallbacks bounds the fallbacks that are kept in memory, in bytes.
const maxFallbacks = 64 << 20

// servePrerender answers with a regenerated page.
func (x *exchange) servePrerender(p *output.Prerender) {
	path, query := pageURL(p, x.decision.Query)
	bypass, err := x.bypasses(p)
	if err != nil {
		x.fail(http.StatusBadGateway, "ROUTER_CANNOT_MATCH", fmt.Errorf("experimentalBypassFor of %q: %w", p.Name, err))
		return
	}
	if (!x.reads() || bypass) && x.decision.Status < 400 {
		x.cache = prerender.StateBypass
		x.invoke(p.Function, path, query)
		return
	}
	x.function = "/" + p.Function.Name
	onDemand := secretEqual(x.r.Header.Get("X-Prerender-Revalidate"), p.Config.BypassToken)
	page, err := x.page(p, path, query, onDemand)
	if err != nil {
		x.fail(http.StatusInternalServerError, "INTERNAL_FALLBACK_FAILED", err)
		return
	}
	var e *prerender.Entry
	if onDemand {
		x.cache = prerender.StateRevalidated
		e, err = x.deployment.pages.Revalidate(x.r.Context(), page)
	} else {
		e, x.cache, err = x.deployment.pages.Get(x.r.Context(), page)
	}
	if err != nil {
		x.failPage(p, err)
		return
	}
	x.sendEntry(e)
}

// sendEntry sends an answer that may have been kept.
func (x *exchange) sendEntry(e *prerender.Entry) {
	header := x.w.Header()
	for name, values := range e.Header {
		header[name] = slices.Clip(values) // which others send too
	}
	status := e.Status
	if x.decision.Status != 0 {
		status = x.decision.Status
	}
	x.finish(header, map[string]string{"Cache-Control": defaultCacheControl})
	if x.cache == prerender.StateHit || x.cache == prerender.StateStale {
		header["Age"] = []string{strconv.Itoa(max(0, int(x.deployment.pages.Age(e).Seconds())))}
	}
	if _, ok := header["Content-Type"]; !ok {
		header["Content-Type"] = nil
	}
	x.sendContent(content{status: status, etag: e.ETag, data: e.Body, source: "page " + x.decision.Output})
}

// bypasses reports whether the request asks for the page as it would be
// rendered now.
func (x *exchange) bypasses(p *output.Prerender) (bool, error) {
	for _, c := range x.r.CookiesNamed("__prerender_bypass") {
		if secretEqual(c.Value, p.Config.BypassToken) {
			return true, nil
		}
	}
	return x.deployment.bypass[p].Match(&router.Request{Host: hostname(x.r.Host), Query: x.decision.Query, Header: x.header}, x.decision)
}

// secretEqual compares in constant time; no secret equals nothing.
func secretEqual(got, want string) bool {
	return want != "" && subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1
}

// pageURL is the path and query that the function of a regenerated page is
// asked for: the page's own, whatever the visitor asked for.
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

// allowed are the parameters that make entries of p.
func allowed(p *output.Prerender, q router.Query) router.Query {
	if p.Config.AllowQuery == nil {
		return q
	}
	return q.Filter(p.Config.AllowQuery)
}

// page is the regenerated page p as this request asks for it.
func (x *exchange) page(p *output.Prerender, path, query string, onDemand bool) (*prerender.Page, error) {
	host := x.deployment.sharedHost(x.r.Host)
	values := []string{host, paramsKey(p, x.decision.Query)}
	for _, name := range p.Config.AllowHeader {
		if name = http.CanonicalHeaderKey(name); !unseen(name) {
			values = append(values, name, strings.Join(x.header[name], ","))
		}
	}
	page := &prerender.Page{
		Key:             prerender.NewKey(p.Name, values...),
		Function:        p.Function.Name,
		StaleExpiration: output.Seconds(p.Config.StaleExpiration),
	}
	if seconds, ok := p.Config.ExpirationSeconds(); ok {
		page.Expires, page.Expiration = true, output.Seconds(seconds)
	}
	if p.Config.Group > 0 {
		group := prerender.NewKey("group "+strconv.Itoa(p.Config.Group), values...)
		page.GroupKey = &group
	}
	if p.Fallback != nil {
		fallback, err := x.deployment.fallback(p)
		if err != nil {
			return nil, err
		}
		page.Fallback = fallback
	}
	page.Render = func(ctx context.Context) (*prerender.Entry, error) {
		return x.deployment.render(p, x.renderRequest(ctx, p, host, functionURL(path, query), onDemand))
	}
	return page, nil
}

// paramsKey tells apart the values of the parameters that make entries of p.
func paramsKey(p *output.Prerender, q router.Query) string {
	if p.Config.AllowQuery == nil {
		return q.String()
	}
	var b strings.Builder
	for _, name := range slices.Sorted(slices.Values(p.Config.AllowQuery)) {
		for _, param := range q {
			if param.Key == name {
				b.WriteString(router.NewParam(name, param.Value).String() + "&")
			}
		}
	}
	return b.String()
}

// fallback is the answer rendered at build time.
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
		for _, name := range unkept {
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

// renderRequest is the request that renders p: a GET that has nothing of the
// visitor who happens to cause it, since its answer goes to others too. It has
// what the platform says of itself, what routes add, and what makes entries.
func (x *exchange) renderRequest(ctx context.Context, p *output.Prerender, host string, u *url.URL, onDemand bool) *http.Request {
	proto := x.header["X-Forwarded-Proto"]
	header := http.Header{
		"X-Vercel-Id":             {x.id},
		"X-Forwarded-Proto":       proto,
		"X-Forwarded-Host":        {host},
		"X-Forwarded-Port":        {portOf(host, proto[0])},
		"X-Vercel-Deployment-Url": {host},
	}
	for _, name := range p.Config.AllowHeader {
		if name = http.CanonicalHeaderKey(name); !unseen(name) && !reserved(name) && x.header[name] != nil {
			header[name] = x.header[name]
		}
	}
	if onDemand {
		for name, values := range x.header {
			if strings.HasPrefix(name, "X-Prerender-Revalidate") {
				header[name] = values
			}
		}
	}
	x.tell(header)
	if x.decision.Matches != "" && !p.Config.PassQuery {
		header["X-Now-Route-Matches"] = []string{x.decision.Matches}
	}
	req := &http.Request{Method: http.MethodGet, URL: u, Header: header, Host: host}
	return req.WithContext(ctx)
}

// unseen reports whether no rendering sees a header, whatever the configuration
// lists, so that its values make no entries either. X-Prerender-Revalidate,
// which asks for an entry, is seen by the rendering that it asks for.
func unseen(name string) bool {
	switch name {
	case "Cookie", "Authorization", "Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range",
		"Accept-Encoding", "Expect":
		return true
	}
	return strings.HasPrefix(name, "Content-") || strings.HasPrefix(name, "X-Prerender-Revalidate")
}

// statusError is an answer that is not kept.
type statusError struct {
	entry *prerender.Entry
}

func (e *statusError) Error() string {
	return fmt.Sprintf("the page was rendered with status %d", e.entry.Status)
}

// render asks p's function for its page.
func (d *Deployment) render(p *output.Prerender, req *http.Request) (*prerender.Entry, error) {
	fn, err := d.functions.Get(p.Function)
	if err != nil {
		return nil, &function.Error{Code: function.CodeUnsupported, Err: err}
	}
	ctx, cancel := d.opts.deadline(req.Context(), function.MaxDuration(p.Function), function.ErrTimeout)
	defer cancel()
	e, err := d.rendered(fn, req.WithContext(ctx))
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		d.throttled.Warn(p.Name, "page was not rendered", "page", "/"+p.Name, "error", err)
		return nil, err
	}
	switch e.Status {
	case 200, 301, 302, 307, 308, 404, 410:
		return e, nil
	}
	d.throttled.Warn(p.Name, "page was not rendered", "page", "/"+p.Name, "status", e.Status)
	return nil, &statusError{e}
}

// rendered is the whole answer of a function, without what is not kept.
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
	for _, name := range unkept {
		resp.Header.Del(name)
	}
	return prerender.NewEntry(resp.StatusCode, resp.Header, body, d.opts.Now()), nil
}

// unkept are the headers of an answer that are not kept with it: those of one
// connection, those worked out when it is sent, and cookies, which are one
// visitor's.
var unkept = []string{
	"Set-Cookie", "Connection", "Keep-Alive", "Proxy-Authenticate", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Date", "Content-Length", "Age", "Etag", "Cache-Control", "Cdn-Cache-Control", "Vercel-Cdn-Cache-Control", "X-Vercel-Cache", "X-Vercel-Id",
}

// failPage answers when there is nothing to show of a regenerated page.
func (x *exchange) failPage(p *output.Prerender, err error) {
	if errors.Is(err, prerender.ErrBusy) {
		x.fail(http.StatusServiceUnavailable, function.CodeThrottled, err)
		return
	}
	var status *statusError
	if !errors.As(err, &status) {
		x.failFunction(err)
		return
	}
	if p.Config.ExposeErrBody {
		x.sendEntry(status.entry)
		return
	}
	x.fail(status.entry.Status, function.CodeFailed, err)
}
