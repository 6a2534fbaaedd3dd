package engine

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

var (
	errNoPage  = errors.New("no page at this path")
	errMethod  = errors.New("method not allowed")
	errBadPath = errors.New("path does not match the page's pattern")
)

// route returns the page for r and the request it gets to see: for a fresh page
// the visitor's, for a regenerated page a new one with nothing of a visitor, unless
// it is a draft. With an error the request is still the one to respond to.
func (s *site) route(r *http.Request) (*page, *http.Request, error) {
	var room [8]string
	u := r.URL
	target, n := pathParameter(u.RawQuery)
	if n > 0 {
		stripPathParameter(r)
		if p := s.router.names[u.Path]; p != nil && p.kind() == Regenerated {
			values, ok := p.pattern.match(target, room[:0])
			if n > 1 || !ok {
				return nil, pageRequest(r.Context(), &url.URL{Path: u.Path}, r.Method), errBadPath
			}
			return s.shared(p, r, trimSlash(target), values)
		}
	}
	p, values := s.router.find(u.Path, room[:0])
	if p == nil {
		return nil, r, errNoPage
	}
	switch p.kind() {
	case Build, Regenerated:
		if p.kind() == Build && (!s.dev || p.Pattern == "/" && trimSlash(u.Path) != "/") {
			return nil, r, errNoPage // a static file, served by the host
		}
		path := trimSlash(u.Path)
		if p.Pattern == "/" { // perhaps it was invoked at /index
			path = "/"
		}
		return s.shared(p, r, path, values)
	case Fresh:
		setParameters(r, p, values)
		return p, r, nil
	}
	return p, r, p.failure()
}

// shared returns the request that a page which visitors share may see: of a draft of
// a regenerated one, the visitor's, but for the URL.
func (s *site) shared(p *page, visitor *http.Request, path string, values []string) (*page, *http.Request, error) {
	r := pageRequest(visitor.Context(), &url.URL{Path: path, RawQuery: visitor.URL.RawQuery}, visitor.Method)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return nil, r, errMethod
	}
	r.Method = http.MethodGet
	if p.kind() == Build {
		if err := p.lists(values); err == errNoPage {
			return nil, r, err
		} else if err != nil {
			return p, r, err
		}
	}
	names := p.settings().Query
	r.URL.RawQuery = filterQuery(r.URL.RawQuery, func(name string) bool {
		for _, n := range names {
			if n == name {
				return true
			}
		}
		return false
	})
	r.RequestURI = r.URL.RequestURI()
	if p.kind() == Regenerated && s.isDraft(visitor) {
		draft := visitor.WithContext(visitor.Context()) // a copy
		draft.Method, draft.URL, draft.RequestURI = r.Method, r.URL, r.RequestURI
		r = draft
	}
	setParameters(r, p, values)
	return p, r, nil
}

// pageRequest is a request made by the engine, for a page that many visitors
// will see or that none has asked for yet.
func pageRequest(ctx context.Context, u *url.URL, method string) *http.Request {
	r := &http.Request{
		Method: method, URL: u, RequestURI: u.RequestURI(),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{}, Body: http.NoBody,
	}
	return r.WithContext(ctx)
}

// pathParameter returns the first value of PathParameter in a raw query, and
// how many there are.
func pathParameter(query string) (value string, n int) {
	if query == "" {
		return "", 0
	}
	for more := true; more; {
		var pair string
		pair, query, more = strings.Cut(query, "&")
		name, v, _ := strings.Cut(pair, "=")
		if name, err := url.QueryUnescape(name); err != nil || name != PathParameter {
			continue
		}
		if n++; n == 1 {
			// A value that cannot be unescaped stays empty and matches nothing.
			value, _ = url.QueryUnescape(v)
		}
	}
	return value, n
}

// filterQuery keeps the pairs of a raw query whose name is wanted, as they are.
func filterQuery(query string, want func(name string) bool) string {
	var kept []string
	for more := query != ""; more; {
		var pair string
		pair, query, more = strings.Cut(query, "&")
		raw, _, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(raw)
		if err != nil {
			name = raw
		}
		if name != PathParameter && want(name) {
			kept = append(kept, pair)
		}
	}
	return strings.Join(kept, "&")
}

// stripPathParameter removes PathParameter from a visitor's request.
func stripPathParameter(r *http.Request) {
	u := *r.URL
	u.RawQuery = filterQuery(u.RawQuery, func(string) bool { return true })
	r.URL = &u
	r.RequestURI = u.RequestURI()
}
