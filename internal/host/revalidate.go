package host

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// With calls do with the current deployment, which is not closed before do returns.
func (s *Server) With(do func(*Deployment)) {
	d := s.current.Load()
	for !d.users.join() { // it was replaced just now
		d = s.current.Load()
	}
	defer d.users.leave()
	do(d)
}

// ownHost is the name by which the host asks itself.
func (d *Deployment) ownHost() string {
	if hosts := d.opts.Hosts; len(hosts) > 0 && hosts[0] != anyHost {
		return hosts[0]
	}
	return d.opts.Addr
}

// Revalidate has the regenerated page that a URL is of rendered again, as a visitor who
// has the bypass token may, and waits for that. path may have a query. host "" is the
// host's own name; scheme is what the rendering is told, "" is http. The error says why
// what is kept of the page stays.
func (d *Deployment) Revalidate(ctx context.Context, scheme, host, path string) error {
	if len(d.tokens) == 0 {
		return errors.New("the output has no bypass token, without which no page is rendered on demand: drop it instead")
	}
	if host == "" {
		host = d.ownHost()
	}
	var resp *status
	for _, token := range d.tokens { // which one is the page's does not show before it is routed
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, path, nil)
		if err != nil || !strings.HasPrefix(path, "/") {
			return fmt.Errorf("%q is not a path of the site", path)
		}
		r.RequestURI, r.RemoteAddr, r.Host = path, "127.0.0.1:0", host
		if scheme == "https" {
			r.TLS = new(tls.ConnectionState)
		}
		r.Header.Set("X-Prerender-Revalidate", token)
		resp = &status{nobody: nobody{http.Header{}}}
		d.ServeHTTP(resp, r)
		if resp.cache() == prerender.StateRevalidated || resp.code >= 500 {
			break
		}
	}
	return resp.judge(ctx)
}

// status is a visitor who looks at the head of the response only.
type status struct {
	nobody
	code int
}

func (s *status) WriteHeader(code int) {
	if code >= 200 {
		s.code = code
	}
}

func (s *status) cache() prerender.State { return prerender.State(s.header.Get("X-Vercel-Cache")) }

// judge says why nothing was rendered.
func (s *status) judge(ctx context.Context) error {
	switch {
	case s.cache() == prerender.StateRevalidated && slices.Contains(storedStatuses, s.code):
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case s.code == http.StatusServiceUnavailable:
		return prerender.ErrBusy
	case s.code >= 500:
		return fmt.Errorf("it was not rendered, status %d: the log says why", s.code)
	case s.code == http.StatusNotFound:
		return errors.New("there is no such page")
	case s.code >= 300 && s.code < 400:
		return fmt.Errorf("it redirects to %s", s.header.Get("Location"))
	}
	return errors.New("it is no regenerated page")
}

// storedStatuses are those of renderings that are kept.
var storedStatuses = []int{200, 301, 302, 307, 308, 404, 410}

// variesByHeader reports whether pages of an output path have entries for each value of a
// header, which only the request of a visitor has.
func (d *Deployment) variesByHeader(page string) bool {
	p, ok := d.out.Entries[page].(*output.Prerender)
	return ok && slices.ContainsFunc(p.Config.AllowHeader, func(name string) bool { return !unseen(http.CanonicalHeaderKey(name)) })
}
