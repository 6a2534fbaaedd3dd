package dev

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/host"
)

// forNames returns next for requests to this machine by its address, as localhost, or
// by one of names; "*" is any. A site that has its own name lead to this machine must
// not read the pages, nor the source that is shown of mistakes, in a browser that
// visits it.
func forNames(names []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name := host.Hostname(r.Host); !isLocal(name) && !slices.Contains(names, name) && !slices.Contains(names, "*") {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprintf(w, "jargo dev does not respond by the name %q. If it should: jargo dev --host %[1]s\n", name)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func isLocal(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || name == "localhost" || strings.HasSuffix(name, ".localhost")
}
