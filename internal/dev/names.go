package dev

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// forNames returns next for requests to this machine by its address, as localhost, or
// by one of names; "*" is any. A site that has its own name lead to this machine must
// not read the pages, nor the source that is shown of mistakes, in a browser that
// visits it.
func forNames(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := hostname(r.Host); !isLocal(name) && !slices.Contains(names, name) && !slices.Contains(names, "*") {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "jargo dev does not respond by the name %q. If it should: jargo dev --host %[1]s\n", name)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// hostname is the name or address in a Host header, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(strings.Trim(host, "[]"))
}

func isLocal(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost" || strings.HasSuffix(name, ".localhost")
}
