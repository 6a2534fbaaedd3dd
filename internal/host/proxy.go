package host

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/router"
)

// newProxyTransport returns the transport for requests to other servers.
func newProxyTransport() *http.Transport {
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		ForceAttemptHTTP2:     true,
		DisableCompression:    true,
		TLSHandshakeTimeout:   10 * time.Second,
		ResponseHeaderTimeout: 2 * time.Minute,
		IdleConnTimeout:       90 * time.Second,
	}
}

// hideTokens removes the bypass tokens of this deployment from a request to another
// server, which could see drafts with them. Those of others are the other server's.
func (d *Deployment) hideTokens(h http.Header) {
	if values := h["X-Prerender-Revalidate"]; slices.ContainsFunc(values, d.isToken) {
		delete(h, "X-Prerender-Revalidate")
	}
	for i, cookies := range h["Cookie"] {
		list := slices.DeleteFunc(strings.Split(cookies, ";"), func(cookie string) bool {
			name, value, _ := strings.Cut(strings.TrimSpace(cookie), "=")
			return name == draftCookie && d.isToken(strings.Trim(value, `"`))
		})
		h["Cookie"][i] = strings.TrimSpace(strings.Join(list, ";"))
	}
	if h["Cookie"] = slices.DeleteFunc(h["Cookie"], func(s string) bool { return s == "" }); len(h["Cookie"]) == 0 {
		delete(h, "Cookie")
	}
}

// isToken reports whether a value is the bypass token of a page.
func (d *Deployment) isToken(value string) bool {
	return slices.ContainsFunc(d.tokens, func(token string) bool { return secretEqual(value, token) })
}

// maxForwards bounds how many proxies a request may pass through: one that loops
// comes back here.
const maxForwards = 10

// proxied responds with another server's response.
func (d *Deployment) proxied(q *request, decision *router.Decision) *response {
	u, err := url.Parse(decision.URL)
	if err != nil || u.Host == "" {
		return failure(http.StatusBadGateway, "ROUTER_EXTERNAL_TARGET_ERROR", err)
	}
	via := q.Request.Header.Values("Via")
	if len(via) >= maxForwards {
		return failure(http.StatusLoopDetected, "INFINITE_LOOP_DETECTED", nil)
	}
	h := q.seen().Clone()
	d.hideTokens(h)
	decision.RequestHeader.Apply(h)
	h["Via"] = append(via[:len(via):len(via)], "1.1 "+Hostname(q.Host))
	if _, ok := h["User-Agent"]; !ok {
		h["User-Agent"] = nil // or else Go adds its own
	}
	out := &http.Request{URL: u, Host: u.Host, Header: h, Body: q.Body, ContentLength: q.ContentLength}
	ctx, cancel := context.WithCancel(q.Context())
	resp, err := q.forward(ctx, d.proxy, out, decision, cancel)
	if err == nil {
		d.endWhenDrained(resp, cancel)
		return resp
	}
	cancel()
	switch {
	case q.body != nil && q.body.Stalled():
		return stalled()
	case q.Context().Err() != nil:
		return clientGone()
	}
	return failure(http.StatusBadGateway, "ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR", err)
}
