package dev

import (
	"fmt"
	"net/http"
	"sync/atomic"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Plain returns a Browser that responds with what is wrong as text, to every request,
// for as long as it is.
func Plain(next http.Handler) Browser { return &plain{next: next} }

type plain struct {
	next  http.Handler
	wrong atomic.Pointer[string] // nil if nothing is
}

func (p *plain) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	wrong := p.wrong.Load()
	if wrong == nil {
		p.next.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintln(w, *wrong)
}

func (p *plain) Changed([]string) { p.wrong.Store(nil) }

func (p *plain) Failed(mistakes diag.List, rest error) {
	text := mistakes.Error()
	if rest != nil {
		text = rest.Error()
	}
	p.wrong.Store(&text)
}

func (p *plain) Close() {}
