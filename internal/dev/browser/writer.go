package browser

import (
	"bytes"
	"encoding/json"
	"html"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/engine"
)

// maxFailure is the most that is read of a failure, in bytes.
const maxFailure = 1 << 20

// writer decides by the header of a response what becomes of it.
type writer struct {
	http.ResponseWriter
	b      *Browser
	r      *http.Request
	state  *state
	failed *report // shown instead of pages; nil for none

	fate fate
	body bytes.Buffer // of a failure
}

type fate int

const (
	undecided fate = iota
	untouched
	extended // by the script
	failure  // becomes a report
	hidden   // another report is shown instead
)

// Unwrap is for http.ResponseController: deadlines, and connections that are
// taken over.
func (w *writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader implements http.ResponseWriter.
func (w *writer) WriteHeader(status int) {
	if w.fate == undecided && status >= http.StatusOK {
		w.fate = w.decide()
	}
	switch w.fate {
	case failure, hidden:
		return
	case extended:
		w.extend()
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *writer) decide() fate {
	h := w.Header()
	media, parameters, _ := mime.ParseMediaType(h.Get("Content-Type"))
	isHTML := media == "text/html"
	switch {
	case w.failed != nil && (isHTML || media == engine.FailureType || h[engine.KindHeader] != nil):
		return hidden
	case media == engine.FailureType:
		return failure
	case isHTML && isDocument(w.r) && h["Content-Encoding"] == nil &&
		!strings.HasPrefix(strings.ToLower(parameters["charset"]), "utf-16"): // the script is ASCII
		return extended
	}
	return untouched
}

// extend makes the header that of a page with the script.
func (w *writer) extend() {
	h := w.Header()
	for _, name := range []string{"Content-Length", "Etag", "Last-Modified", "Accept-Ranges"} {
		h.Del(name)
	}
	h["Cache-Control"] = []string{"no-store"}
	for _, name := range []string{"Content-Security-Policy", "Content-Security-Policy-Report-Only"} {
		policies := slices.Clone(h[name]) // which the host may keep
		for i, text := range policies {
			policies[i] = allowScript(text)
		}
		if policies != nil {
			h[name] = policies
		}
	}
}

// Write implements http.ResponseWriter.
func (w *writer) Write(p []byte) (int, error) {
	if w.fate == undecided {
		w.WriteHeader(http.StatusOK)
	}
	switch w.fate {
	case failure:
		if w.body.Len() < maxFailure {
			w.body.Write(p)
		}
		return len(p), nil
	case hidden:
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// Flush implements http.Flusher.
func (w *writer) Flush() {
	if w.fate == undecided {
		w.WriteHeader(http.StatusOK)
	}
	if w.fate == untouched || w.fate == extended {
		http.NewResponseController(w.ResponseWriter).Flush()
	}
}

// finish ends a response that is whole. One that was cut short is not: its handler
// has panicked.
func (w *writer) finish() {
	switch w.fate {
	case extended:
		w.ResponseWriter.Write([]byte(w.b.script(w.r, w.state, false)))
	case failure:
		var f engine.Failure
		if err := json.Unmarshal(w.body.Bytes(), &f); err != nil {
			f = engine.Failure{Message: "the page failed, and what it said of that cannot be read: " + err.Error()}
		}
		w.clear()
		w.b.show(w.ResponseWriter, w.r, w.state, w.b.failureReport(&f))
	case hidden:
		w.clear()
		w.b.show(w.ResponseWriter, w.r, w.state, w.failed)
	}
}

// clear removes what the header says of a body that is not sent.
func (w *writer) clear() {
	for name := range w.Header() {
		if name != engine.KindHeader && name != "Date" {
			w.Header().Del(name)
		}
	}
}

// script is the element that makes a page listen. The page is one of state s.
func (b *Browser) script(r *http.Request, s *state, isReport bool) string {
	var attributes strings.Builder
	add := func(name, value string) {
		attributes.WriteString(" data-" + name + `="` + html.EscapeString(value) + `"`)
	}
	add("at", b.at(s))
	if isReport {
		add("report", "")
	}
	if r.Method != http.MethodGet {
		add("method", r.Method)
	}
	if s.failure != nil && !isReport {
		add("notice", s.failure.first())
	}
	return "<script" + attributes.String() + ">" + scriptText + "</script>\n"
}
