// Package members is a page for those who know the password, as all that is below it.
package members

import "net/http"

// Middleware lets a visitor pass whose cookie says so. It wraps the page of this
// directory and those below that are rendered for each request.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if c, err := r.Cookie("member"); err != nil || c.Value != "open sesame" {
			http.Error(w, "This is for members.", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}
