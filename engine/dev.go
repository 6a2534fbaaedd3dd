package engine

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Development is the environment variable of the functions of a site that is being
// developed. It names the directory in which their pages work: for build pages the
// project, as when a site is built, and for others ".", the function's own.
//
// In such a site each request renders its page, also a build page or a regenerated
// one, which see a request made from the route alone. A response says in [KindHeader]
// what its page is, and no cache keeps it. What fails does not show the site's 500 page,
// but the [Failure] as JSON of [FailureType].
const Development = "JARGO_DEV"

// KindHeader is the header of the [Kind] of a page that is being developed.
const KindHeader = "X-Jargo-Kind"

// FailureType is the Content-Type of a [Failure] that is a response, with status 500.
// One without frames of the page's code has a frame with the page's file alone.
const FailureType = "application/vnd.jargo.failure+json"

// develop has a response say the kind of its page, if it has one, and keeps it out of
// every cache, whatever the page says.
func develop(dst http.ResponseWriter, p *page) http.ResponseWriter {
	return &tracker{passThrough: passThrough{dst}, begin: func(h http.Header) {
		h.Set("Cache-Control", "no-store")
		if p != nil && p.kind() != "" {
			h.Set(KindHeader, string(p.kind()))
		}
	}}
}

// lists returns errNoPage unless Paths has the path of a build page with these values
// of its parameters. It is asked at each request.
func (p *page) lists(values []string) error {
	if len(values) == 0 {
		return nil
	}
	paths, err := p.callPaths()
	if err != nil {
		return &stepError{InPaths, err}
	}
	want := strings.Join(values, "/")
	for _, path := range paths {
		if path == want {
			return nil
		}
	}
	return errNoPage
}

// renderWhole renders a page as it is when nobody waits for it: its response is sent
// once it is complete, and has none of the mistakes that a build finds in it.
func (p *page) renderWhole(w *Response, r *http.Request) error {
	dst := w.dst
	w.dst = nil
	err := p.render(w, r)
	w.dst = dst
	if err == nil {
		err = p.check(w)
	}
	if err == nil {
		err = w.finish()
	}
	return err
}

// mistake is an error in a response that could not be that of its page's kind.
type mistake struct{ message, fix string }

func (m *mistake) Error() string { return m.message }

// check looks for what package build, which renders ahead, reports of a response.
func (p *page) check(w *Response) error {
	const makeFresh = "make the page jargo.Fresh"
	status, cookies := w.statusCode(), len(w.header["Set-Cookie"])
	c := p.settings()
	ahead := c.Kind == Regenerated && !c.NoFallback && len(c.Query) == 0
	switch {
	case c.Kind == Build && status != http.StatusOK && p.status() == 0:
		return &mistake{fmt.Sprintf("it sets the status %d, but it is a build page: a file, served with 200", status), makeFresh + ", or set no status"}
	case c.Kind == Build && cookies > 1:
		return &mistake{"it sets several cookies, but a build page can set one at most", makeFresh}
	case c.Kind == Build && holdVariable(w.header):
		return &mistake{"it sets a header whose value the platform would read as holding a variable", makeFresh + ", or write the value without $"}
	case c.Kind == Regenerated && cookies > 0:
		return &mistake{"it sets a cookie, but all its visitors share one response", "set it from a fresh page, or remove it"}
	case ahead && status >= http.StatusInternalServerError:
		return &mistake{fmt.Sprintf("it sets the status %d when it is rendered ahead: a failure is never kept", status),
			"return an error, or set NoFallback if the page cannot be rendered ahead"}
	}
	return nil
}

func holdVariable(h http.Header) bool {
	for _, values := range h {
		if slices.ContainsFunc(values, HoldsVariable) {
			return true
		}
	}
	return false
}

// HoldsVariable reports whether the value of a header has what the platform replaces in
// the headers of a file.
func HoldsVariable(value string) bool {
	for i := 1; i < len(value); i++ {
		c := value[i]
		if value[i-1] == '$' && (c == '_' || '0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return true
		}
	}
	return false
}

// respondFailure responds with an error of a page.
func respondFailure(w *Response, p *page, err error) error {
	body, encodeErr := json.Marshal(failureOf(p, err))
	if encodeErr != nil {
		return encodeErr
	}
	w.Info(http.StatusInternalServerError, http.Header{"Content-Type": {FailureType}})
	if err := w.Bytes(body); err != nil {
		return err
	}
	return w.finish()
}

func failureOf(p *page, err error) *Failure {
	in := InRender
	var step *stepError
	if errors.As(err, &step) {
		in, err = step.in, step.err
	}
	f := newFailure(in, err)
	var m *mistake
	if errors.As(err, &m) {
		f.Fix = m.fix
	}
	if len(f.Frames) == 0 && p != nil {
		f.Frames = []Frame{{File: p.Source}}
	}
	return f
}
