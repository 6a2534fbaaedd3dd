package router

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/output"
)

// match reports whether a route matches the subject, and returns what it captures
// there and in its conditions.
func (w *walk) match(r *rule, subject string) (lookup, bool, error) {
	if r.methods != nil && !r.methods[w.req.Method] {
		return nil, false, nil
	}
	caps, ok, err := r.src.match(subject, &w.d.effort)
	if !ok || err != nil {
		return nil, false, err
	}
	var names map[string]string
	if r.has != nil {
		names = map[string]string{}
	}
	for i := range r.has {
		if ok, err := r.has[i].match(w.req, w.query, names, &w.d.effort); !ok || err != nil {
			return nil, false, err
		}
	}
	for i := range r.missing {
		if ok, err := r.missing[i].match(w.req, w.query, map[string]string{}, &w.d.effort); ok || err != nil {
			return nil, false, err
		}
	}
	w.caps = caps
	return func(name string) (string, bool) {
		if v, ok := names[name]; ok {
			return v, true
		}
		if v, ok := caps.get(name); ok {
			return v, true
		}
		if name == "wildcard" {
			return w.wildcard()
		}
		for _, env := range r.Env {
			if env == name {
				return w.t.getenv(name), true
			}
		}
		return "", false
	}, true, nil
}

func (w *walk) wildcard() (string, bool) {
	for _, c := range w.t.wildcards {
		if c.Domain == w.req.Host {
			return c.Value, true
		}
	}
	return "", false
}

// apply applies a route that matched, in the order of the reference, §2.6.
func (w *walk) apply(r *rule, phase string, get lookup) verdict {
	w.d.Route = r.index
	if r.Override {
		w.d.Header, w.d.Important, w.status = nil, nil, 0
	}
	if v := w.gates(r, phase); v != unmatched {
		return v
	}
	location := w.setHeaders(r, get)
	if location == "" && isRedirect(r.Status) {
		location = substitute(r.Dest, get)
	}
	if location != "" && phase != output.PhaseHit && (isRedirect(r.Status) || r.Status == 0 && !r.Continue) {
		return w.redirect(r, phase, location)
	}
	before := place{w.path, w.query}
	external := w.rewrite(r, phase, get)
	w.transform(r, get)
	switch {
	case phase == output.PhaseHit:
		w.step(phase, r, "adds headers", "")
		return unmatched
	case external != "" && !r.Continue:
		w.step(phase, r, "goes to "+external, "")
		w.d.Kind, w.d.URL = Proxy, external
		if r.Status != 0 {
			w.status = r.Status
		}
		return decided
	case r.Continue:
		if r.Status != 0 {
			w.status = r.Status
		}
		w.step(phase, r, "goes on", "")
		return unmatched
	case phase == output.PhaseError:
		return w.applyError(r)
	case r.Check, phase == output.PhaseRewrite, phase == output.PhaseResource:
		return w.check(r, phase)
	}
	w.step(phase, r, "ends the phase", "")
	w.last, w.lastPlace, w.lastStatus = r, before, w.status
	if r.Status != 0 {
		w.status = r.Status
	}
	return ended
}

// gates applies the parts of a route that take precedence over everything else.
func (w *walk) gates(r *rule, phase string) verdict {
	if r.Locale != nil && w.path == "/" {
		if to := pickLocale(r.Locale, w.req); to != "" && !strings.HasPrefix(w.path, to) {
			w.setHeader("Location", to, false)
			w.d.Kind, w.d.Status = Redirect, http.StatusTemporaryRedirect
			w.step(phase, r, "redirects to the visitor's language", "")
			return decided
		}
	}
	if r.MiddlewarePath != "" {
		// Middleware may guard what is behind it: a host that cannot run it must not
		// go on.
		w.step(phase, r, "needs middleware", "")
		return w.fail(http.StatusBadGateway, "MIDDLEWARE_NOT_SUPPORTED", "this host does not run middleware ("+r.MiddlewarePath+")")
	}
	if r.Mitigate != nil && r.Mitigate.Action == "deny" {
		w.step(phase, r, "denies", "")
		return w.fail(http.StatusForbidden, "FORBIDDEN", "")
	}
	return unmatched
}

// setHeaders sets the route's headers and returns the Location among them.
func (w *walk) setHeaders(r *rule, get lookup) (location string) {
	for _, h := range r.header {
		name, value := h.name, substitute(h.value, get)
		if strings.Contains(name, "$") {
			name = canonical(substitute(name, get))
		}
		if name == "Location" {
			location = value
		}
		w.setHeader(name, value, r.Important)
	}
	return location
}

func (w *walk) setHeader(name, value string, important bool) {
	if w.locked[name] {
		return
	}
	if w.d.Header == nil {
		w.d.Header = map[string]string{}
	}
	w.d.Header[name] = value
	if important {
		if w.d.Important == nil {
			w.d.Important = map[string]string{}
		}
		w.d.Important[name] = value
	}
}

// rewrite moves to the route's dest. If that is a URL of another server it is returned,
// with the query.
func (w *walk) rewrite(r *rule, phase string, get lookup) (external string) {
	if r.Dest == "" || phase == output.PhaseHit || isRedirect(r.Status) {
		return ""
	}
	dest, _, _ := strings.Cut(escape(substitute(r.Dest, get)), "#")
	path, query, _ := strings.Cut(dest, "?")
	w.query = ParseQuery(query).overlay(w.query)
	w.d.Matches = w.caps.encode()
	if strings.HasPrefix(path, "http://") || strings.HasPrefix(path, "https://") {
		if q := w.query.String(); q != "" {
			path += "?" + q
		}
		return path
	}
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	w.path = path
	return ""
}

// transform applies the route's transforms. Those of the query apply immediately, so
// that a later dest can set what an earlier route deletes.
func (w *walk) transform(r *rule, get lookup) {
	fresh := true
	for _, t := range r.transforms {
		t = t.resolve(get, w.t.getenv)
		switch t.kind {
		case "request.query":
			w.query = t.query(w.query)
		case "request.headers":
			w.d.RequestHeader = append(w.d.RequestHeader, t)
		case "request.path":
			if len(t.args) == 1 && validPath(t.args[0]) {
				w.d.FunctionPath = t.args[0]
			}
		case "response.headers":
			if fresh {
				w.d.ResponseHeader, fresh = nil, false
			}
			w.d.ResponseHeader = append(w.d.ResponseHeader, t)
		}
	}
}

// redirect ends routing. The request's query is added to the location, whose own
// parameters take precedence. The vendor leaves that open.
func (w *walk) redirect(r *rule, phase, location string) verdict {
	rest, fragment, hash := strings.Cut(location, "#")
	base, query, _ := strings.Cut(rest, "?")
	have := ParseQuery(query)
	if q := append(have, have.missing(w.query)...).String(); q != "" {
		base += "?" + q
	}
	if hash {
		base += "#" + fragment
	}
	base = escape(base)
	w.locked = nil
	w.setHeader("Location", base, false)
	w.d.Kind, w.d.Status = Redirect, r.Status
	if !isRedirect(r.Status) {
		w.d.Status = http.StatusTemporaryRedirect
	}
	w.step(phase, r, "redirects to "+base, "")
	return decided
}

// check looks up the output at the path that a route rewrote to. If there is none, and
// neither the miss nor the rewrite phase finds one, routing goes on after the route with
// the new path.
func (w *walk) check(r *rule, phase string) verdict {
	w.step(phase, r, "rewrites", "")
	status := w.status
	if r.Status != 0 {
		w.status = r.Status
	}
	if w.lookup(phase) {
		return found
	}
	if r.Status >= 400 && phase != output.PhaseMiss {
		return w.fail(r.Status, "", "")
	}
	for _, next := range []string{output.PhaseMiss, output.PhaseRewrite} {
		if phase == output.PhaseMiss || next == phase {
			break // a phase does not nest in itself
		}
		if v := w.attempt(next); v >= found {
			return v
		}
	}
	if phase != output.PhaseMiss {
		w.status = status
	}
	return unmatched
}

// applyError serves the output at an error route's dest with the route's status.
func (w *walk) applyError(r *rule) verdict {
	if r.Status != 0 {
		w.status = r.Status
	}
	if r.Dest == "" {
		w.step(output.PhaseError, r, "shows the host's own page", "")
		return ended
	}
	w.step(output.PhaseError, r, "rewrites", "")
	if w.lookup(output.PhaseError) {
		return found
	}
	return unmatched
}

func isRedirect(status int) bool { return status >= 300 && status < 400 }

// encode returns the captures as a query, by number and by name.
func (c captures) encode() string {
	var q Query
	for i, value := range c.values {
		if i == 0 || value == "" {
			continue
		}
		q = append(q, NewParam(strconv.Itoa(i), value))
		if c.names[i] != "" {
			q = append(q, NewParam(c.names[i], value))
		}
	}
	return q.String()
}
