package host

import (
	"net"
	"net/http"
	"net/url"
	"time"
)

// newProxyTransport returns the transport to other servers.
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

// maxForwards is how often a request may come back to hosts like this one.
const maxForwards = 10

// proxyTo answers with what another server answers.
func (x *exchange) proxyTo(target string) {
	u, err := url.Parse(target)
	if err != nil || u.Host == "" {
		x.fail(http.StatusBadGateway, "ROUTER_EXTERNAL_TARGET_ERROR", err)
		return
	}
	via := x.r.Header.Values("Via")
	if len(via) >= maxForwards {
		x.fail(http.StatusLoopDetected, "INFINITE_LOOP_DETECTED", nil)
		return
	}
	header := x.header.Clone()
	x.decision.RequestHeader.Apply(header)
	header["Via"] = append(via[:len(via):len(via)], "1.1 "+hostname(x.r.Host))
	if _, ok := header["User-Agent"]; !ok {
		header["User-Agent"] = nil // and not Go's own
	}
	x.forward(x.r.Context(), forwarding{
		to:     x.deployment.proxy,
		url:    u,
		host:   u.Host,
		header: header,
		adopt: func(resp *http.Response) error {
			if x.decision.Status != 0 {
				resp.StatusCode = x.decision.Status
			}
			x.finish(resp.Header, nil)
			return nil
		},
		fail: func(err error) {
			switch {
			case x.body != nil && x.body.stalled.Load():
				x.failStalled()
				return
			case x.r.Context().Err() != nil:
				x.w.status = statusGone
				return
			}
			x.fail(http.StatusBadGateway, "ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR", err)
		},
	})
}
