package host

import (
	"crypto/rand"
	"encoding/hex"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// defaultCacheControl is what visitors are told unless the output says
// something else: ask again each time.
const defaultCacheControl = "public, max-age=0, must-revalidate"

// region names this host where the platform names its data centres. It is not
// "dev1", by which frameworks know the vendor's development server.
const region = "iad1"

// newID returns a request's x-vercel-id.
func newID(now time.Time) string {
	var random [8]byte
	rand.Read(random[:])
	id := make([]byte, 0, 48)
	id = append(id, region+"::"...)
	id = hex.AppendEncode(id, random[:2])
	id = append(id, '-')
	id = strconv.AppendInt(id, now.UnixMilli(), 10)
	id = append(id, '-')
	return string(hex.AppendEncode(id, random[2:]))
}

// platformHeader returns the request's headers as routing and functions see
// them: what only the platform may say is taken out and said anew.
func platformHeader(r *http.Request, id string, trusted bool) http.Header {
	h := make(http.Header, len(r.Header)+9)
	for name, values := range r.Header {
		if !reserved(name) {
			h[name] = values
		}
	}
	removeHopByHop(h)
	client, proto, port := origin(r, trusted)
	all := make([]string, 0, 8) // one array for eight headers
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
	return h
}

// origin is who asks, and by which scheme and port. The headers say it when
// they are trusted.
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
		list := splitList(r.Header["X-Forwarded-For"])
		if len(list) > 0 && net.ParseIP(list[len(list)-1]) != nil {
			client = list[len(list)-1]
		}
	}
	return client, proto, portOf(r.Host, proto)
}

// portOf is the port that a host names, or else that of the scheme.
func portOf(host, proto string) string {
	if _, port, err := net.SplitHostPort(host); err == nil {
		return port
	}
	if proto == "https" {
		return "443"
	}
	return "80"
}

// splitList splits the values of a header at their commas.
func splitList(values []string) []string {
	var list []string
	for _, v := range values {
		for item := range strings.SplitSeq(v, ",") {
			list = append(list, strings.TrimSpace(item))
		}
	}
	return list
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

// finish completes the headers of an answer: own are the output's, which
// overrule those of routes; defaults are the platform's, which everything
// overrules. It changes own.
func (x *exchange) finish(own http.Header, defaults map[string]string) {
	if x.decision != nil {
		for name, value := range x.decision.Header {
			if _, ok := own[name]; !ok {
				own[name] = []string{value}
			}
		}
	}
	for name, value := range defaults {
		if _, ok := own[name]; !ok {
			own[name] = []string{value}
		}
	}
	if x.decision != nil {
		for name, value := range x.decision.Important {
			own[name] = []string{value}
		}
		x.decision.ResponseHeader.Apply(own)
	}
	own["X-Vercel-Id"] = []string{x.id}
	if x.cache != "" {
		own["X-Vercel-Cache"] = []string{string(x.cache)}
	}
}
