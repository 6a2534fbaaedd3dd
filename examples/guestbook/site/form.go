package site

import (
	"errors"
	"net/http"
)

// Middleware reads the form that is sent, of any size that one of this site's can have.
// What pages show is of this moment and this visitor.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !Methods(w, r, "GET", "HEAD", "POST") || !form(w, r) {
			return
		}
		w.Header().Set("Cache-Control", "private, no-store")
		next.ServeHTTP(w, r)
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
