package engine

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
)

// Options are the surroundings of a handler.
type Options struct {
	// Dir has 404.http and 500.http: the responses of the site's 404 and 500
	// page, as http.Response.Write writes them, when these are build pages.
	// Without the files the pages are rendered when they are needed. And it has
	// jargo.json, without which there are no drafts.
	Dir string
	// Log gets the errors of pages, with their stack. The context is that of
	// the request. nil means standard error.
	Log func(ctx context.Context, message string)
	// Dev is for a site that is being developed: see Development.
	Dev bool
}

// NewHandler returns the handler of a site's requests. Pages come in the order
// of their precedence. It responds to build pages with 404, except in development:
// they are files.
func NewHandler(pages []Page, o Options) http.Handler { return newSite(pages, o) }

// site is a compiled site. It is immutable.
type site struct {
	pages   []*page
	router  router
	log     func(context.Context, string)
	page404 storedPage
	page500 storedPage
	file    siteFile
	dev     bool
	openErr error // of Open, while the site is built
}

func newSite(pages []Page, o Options) *site {
	s := &site{log: o.Log, dev: o.Dev, file: siteFile{dir: o.Dir}, page404: storedPage{dir: o.Dir, status: 404}, page500: storedPage{dir: o.Dir, status: 500}}
	if s.log == nil {
		s.log = func(_ context.Context, message string) { fmt.Fprintln(os.Stderr, message) }
	}
	all := make([]page, len(pages))
	s.pages = make([]*page, len(pages))
	for i := range pages {
		all[i].Page = pages[i]
		all[i].pattern = parsePattern(pages[i].Pattern)
		s.pages[i] = &all[i]
	}
	s.router = newRouter(s.pages)
	return s
}

// ServeHTTP implements http.Handler.
func (s *site) ServeHTTP(dst http.ResponseWriter, visitor *http.Request) {
	p, r, err := s.route(visitor)
	if s.dev {
		dst = develop(dst, p)
	}
	if err == nil && p.isWrapped() {
		s.handle(dst, r, p, func(w http.ResponseWriter, r *http.Request) error {
			return p.through(w, r, endpoint{s, p})
		})
		return
	}
	s.respond(dst, r, p, err)
}

// endpoint is a page within its Middleware.
type endpoint struct {
	*site
	page *page
}

// ServeHTTP implements http.Handler.
func (e endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.respond(w, r, e.page, nil)
}

// respond responds with a page, or to the error of finding one.
func (s *site) respond(dst http.ResponseWriter, r *http.Request, p *page, err error) {
	if err == nil && p.Handler != nil {
		s.handle(dst, r, p, p.handle)
		return
	}
	if err == nil && p.kind() == Regenerated && r.Header.Get("Cookie") != "" { // which it sees of a draft alone
		dst = &tracker{passThrough: passThrough{dst}, begin: keepPrivate}
	}
	w := newResponse(dst)
	defer w.release()
	if err == nil {
		w.wrapped = p.isWrapped()
		if s.dev && p.kind() != Fresh {
			err = p.renderWhole(w, r)
		} else {
			err = p.render(w, r)
		}
	}
	// A build page is a file: it cannot redirect, and it exists.
	if err != nil && !w.committed && (p == nil || p.kind() != Build) {
		err = s.respondTo(w, r, err)
	}
	if err != nil {
		s.fail(w, r, p, err)
	}
}

// respondTo completes w for an error that has a response of its own, and returns
// any other.
func (s *site) respondTo(w *Response, r *http.Request, err error) error {
	said := w.header // by Data before it returned the error
	w.reset()
	var to redirectError
	switch {
	case errors.As(err, &to):
		w.Info(0, said)
		return redirect(w, r, to)
	case err == errMethod:
		w.Info(http.StatusMethodNotAllowed, http.Header{"Allow": {"GET, HEAD"}, "Content-Type": {textType}})
		return completed(w, "Method Not Allowed\n")
	case err == errNoPage || err == errBadPath || isNotFound(err):
		return s.notFound(w, r)
	}
	return err
}

// fail ends a response with an error that only the log may know.
func (s *site) fail(w *Response, r *http.Request, p *page, err error) {
	s.logError(w, r, p, err)
	if !w.committed {
		w.reset()
		if s.dev {
			if p == nil { // only the 404 page is shown where there is none
				p = s.router.literals["/404"]
			}
			err = respondFailure(w, p, err)
		} else {
			err = s.serverError(w, r)
		}
		if err == nil {
			return
		}
		s.logError(w, r, s.router.literals["/500"], err)
	}
	if w.committed {
		panic(http.ErrAbortHandler) // the visitor must see that the rest is missing
	}
	w.reset()
	if plainPage(w, http.StatusInternalServerError) != nil {
		panic(http.ErrAbortHandler)
	}
}

// logError logs the error of a page. When the visitor has left, or for
// http.ErrAbortHandler, the request ends quietly.
func (s *site) logError(w *Response, r *http.Request, p *page, err error) {
	if isAbort(err) || w.sendErr != nil || visitorLeft(r.Context(), err) {
		panic(http.ErrAbortHandler)
	}
	message := r.Method + " " + r.URL.EscapedPath()
	if p != nil && p.Source != "" {
		message += " (" + p.Source + ")"
	}
	s.log(r.Context(), message+": "+describeError(err))
}

// handle runs what writes a response itself: a Handler, or Middleware. An error of it
// has a response as long as it has not begun its own.
func (s *site) handle(dst http.ResponseWriter, r *http.Request, p *page, handle func(http.ResponseWriter, *http.Request) error) {
	before := dst.Header().Clone()
	t := &tracker{passThrough: passThrough{dst}}
	err := handle(t, r)
	if err == nil {
		return
	}
	w := newResponse(dst)
	defer w.release()
	w.wrapped = p.isWrapped()
	if w.committed = t.wrote; !t.wrote {
		takeBack(dst.Header(), before, err)
		if err = s.respondTo(w, r, err); err == nil {
			return
		}
	} else if !isPanic(err) && t.status >= 400 {
		s.logError(w, r, p, err) // the response says already that something is wrong
		return
	} else {
		t.Flush() // the host must see that there is a response, and that it is not whole
	}
	s.fail(w, r, p, err)
}

// aboutBody and aboutCaching are headers of the response that a handler did not
// come to send. What else it has set, as cookies, is for any response.
var (
	aboutBody = []string{"Accept-Ranges", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Length",
		"Content-Location", "Content-Range", "Content-Type", "Etag", "Last-Modified", "Trailer", "Transfer-Encoding"}
	aboutCaching = []string{"Cache-Control", "Cdn-Cache-Control", "Cloudflare-Cdn-Cache-Control", "Expires", "Surrogate-Control", "Vercel-Cdn-Cache-Control"}
)

// takeBack makes a header again what it was before a handler set what is not true of
// the response to its error: all of it for a panic, which nobody meant.
func takeBack(h, before http.Header, err error) {
	if isPanic(err) {
		for name := range h {
			restore(h, before, name)
		}
		return
	}
	for _, name := range aboutBody {
		restore(h, before, name)
	}
	var to redirectError
	if errors.As(err, &to) {
		return
	}
	for _, name := range aboutCaching {
		restore(h, before, name)
	}
}

func restore(h, before http.Header, name string) {
	if values, was := before[name]; was {
		h[name] = values
	} else {
		delete(h, name)
	}
}
