package engine

import (
	"context"
	"errors"
	"net/http"
	"sync"
)

// page is a registered page and what is computed from it.
type page struct {
	Page
	pattern pattern

	once   sync.Once
	config Config
	failed error // of Config

	chained sync.Once
	chain   http.Handler
	broken  error // of what makes the chain
}

// settings calls the page's Config the first time it is needed: a slow one must
// not delay the other pages of a function that just started.
func (p *page) settings() Config {
	p.once.Do(func() { p.config, p.failed = p.callConfig() })
	return p.config
}

func (p *page) kind() Kind {
	if p.Handler != nil {
		return Fresh
	}
	return p.settings().Kind
}

// failure says why a page is of none of the three kinds.
func (p *page) failure() error {
	if p.settings(); p.failed != nil {
		return &stepError{InConfig, p.failed}
	}
	return &stepError{InConfig, errors.New("it returned nil")}
}

// stepError is an error of another step than rendering.
type stepError struct {
	in  string // as in a Failure
	err error
}

func (e *stepError) Error() string { return "call " + e.in + ": " + e.err.Error() }
func (e *stepError) Unwrap() error { return e.err }

// status is the status that a page has whatever it says: the site's error pages
// are those of their error. 0 is none.
func (p *page) status() int {
	switch p.Pattern {
	case "/404":
		return http.StatusNotFound
	case "/500":
		return http.StatusInternalServerError
	}
	return 0
}

// errNilPanic is the error of a panic(nil) in a module of a Go version where
// recover does not see it.
var errNilPanic = errors.New("panic: nil")

// The methods below are the only ones that run a page's code. Each turns a
// panic into a panicError, whose frames end at these methods.

func (p *page) callConfig() (c Config, err error) {
	defer recovered(&err)
	err = errNilPanic
	switch {
	case p.Config != nil:
		return p.Config(), nil
	case p.Handler != nil:
		return Config{Kind: Fresh}, nil
	}
	return Config{Kind: Build}, nil
}

func (p *page) callPaths() (paths []string, err error) {
	if p.Paths == nil {
		return nil, nil
	}
	defer recovered(&err)
	err = errNilPanic
	return p.Paths()
}

// render runs the page and completes w unless there is an error.
func (p *page) render(w *Response, r *http.Request) (err error) {
	defer recovered(&err)
	err = errNilPanic
	w.forced, w.typ = p.status(), contentType(p.Pattern)
	if p.Extension != "" {
		w.typ = contentType(p.Extension)
	}
	if p.Handler != nil {
		h := &handlerWriter{w: w, header: http.Header{}}
		if err := p.Handler(h, r); err != nil {
			return err
		}
		h.WriteHeader(http.StatusOK)
	} else if err := p.Render(w, r); err != nil {
		return err
	}
	return w.finish()
}

func (p *page) handle(w http.ResponseWriter, r *http.Request) (err error) {
	defer recovered(&err)
	err = errNilPanic
	return p.Handler(w, r)
}

// isWrapped reports whether there is Middleware around the page: it guards none
// that visitors share.
func (p *page) isWrapped() bool { return len(p.Middleware) > 0 && p.kind() == Fresh }

// through passes a request to the Middleware around the page, within which inner
// responds. The chain is made at the first request, for the site is open then.
func (p *page) through(w http.ResponseWriter, r *http.Request, inner http.Handler) (err error) {
	defer recovered(&err)
	err = errNilPanic
	p.chained.Do(func() { p.chain, p.broken = p.callMiddleware(inner) })
	if p.broken != nil {
		return p.broken
	}
	p.chain.ServeHTTP(w, r)
	return nil
}

func (p *page) callMiddleware(inner http.Handler) (chain http.Handler, err error) {
	defer recovered(&err)
	err = errNilPanic
	chain = inner
	for i := len(p.Middleware) - 1; i >= 0; i-- {
		if chain = p.Middleware[i](chain); chain == nil {
			return nil, errors.New("call Middleware: it returned nil")
		}
	}
	return chain, nil
}

// visitorLeft reports whether err only says that nobody waits for the response
// any more.
func visitorLeft(ctx context.Context, err error) bool {
	// Middleware may have given the context a deadline, which is no visitor's doing.
	return ctx.Err() == context.Canceled && errors.Is(err, context.Canceled)
}
