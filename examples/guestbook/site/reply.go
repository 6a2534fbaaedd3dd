package site

import (
	"context"
	"errors"
	"net/http"
)

// Reply is the response to a request. What a page shows is its template's, but Data
// can set the headers, and with them cookies.
type Reply struct {
	http.ResponseWriter
	Status int // of a page that is shown; 0 is 200
}

type replyKey struct{}

// ReplyTo is the response to a request that came through Middleware.
func ReplyTo(r *http.Request) *Reply { return r.Context().Value(replyKey{}).(*Reply) }

// WriteHeader implements http.ResponseWriter.
func (w *Reply) WriteHeader(status int) {
	if status == http.StatusOK && w.Status != 0 {
		status = w.Status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController: events are flushed.
func (w *Reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Middleware makes the Reply, and reads the form that is sent, of any size that one of
// this site's can have. What pages show is of this moment and this visitor.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Methods(w, r, "GET", "HEAD", "POST") || !form(w, r) {
			return
		}
		w.Header().Set("Cache-Control", "private, no-store")
		reply := &Reply{ResponseWriter: w}
		next.ServeHTTP(reply, r.WithContext(context.WithValue(r.Context(), replyKey{}, reply)))
	})
}

// form reads a form. If it cannot, the visitor is told so and there is no form.
func form(w http.ResponseWriter, r *http.Request) bool {
	const limit = 16 << 10
	r.Body = http.MaxBytesReader(w, r.Body, limit)
	err := r.ParseForm()
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return true
	case errors.As(err, &tooLarge):
		http.Error(w, "This is too long.", http.StatusRequestEntityTooLarge)
	default:
		http.Error(w, "This is no form.", http.StatusBadRequest)
	}
	return false
}
