package host

import (
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
	"time"
)

// quietLog is for the proxies: what they have to say is in the request's record.
var quietLog = log.New(io.Discard, "", 0)

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
	in := x.r.Clone(x.r.Context())
	in.Header = x.header.Clone()
	x.d.RequestHeader.Apply(in.Header)
	via := x.r.Header.Values("Via")
	if len(via) >= maxForwards {
		x.fail(http.StatusLoopDetected, "INFINITE_LOOP_DETECTED", nil)
		return
	}
	x.w.Header()["Content-Type"] = nil
	proxy := httputil.ReverseProxy{
		Rewrite: func(pr *httputil.ProxyRequest) {
			pr.Out.URL, pr.Out.Host = u, u.Host
			pr.Out.Header["Via"] = append(via[:len(via):len(via)], "1.1 "+hostname(x.r.Host))
			for name, values := range pr.In.Header {
				if strings.HasPrefix(name, "X-Forwarded-") {
					pr.Out.Header[name] = values
				}
			}
		},
		Transport:     x.h.proxy,
		FlushInterval: -1,
		BufferPool:    copyBuffers,
		ErrorLog:      quietLog,
		ModifyResponse: func(resp *http.Response) error {
			if x.d.Status != 0 && resp.StatusCode != http.StatusSwitchingProtocols {
				resp.StatusCode = x.d.Status
			}
			x.finish(resp.Header, nil)
			x.w.Header().Del("X-Vercel-Id")
			return nil
		},
		ErrorHandler: func(_ http.ResponseWriter, _ *http.Request, err error) {
			if x.r.Context().Err() != nil {
				x.failFunction(err)
				return
			}
			x.fail(http.StatusBadGateway, "ROUTER_EXTERNAL_TARGET_CONNECTION_ERROR", err)
		},
	}
	proxy.ServeHTTP(x.w, in)
}
