// Package admin is where the owner removes entries.
package admin

import (
	_ "embed"
	"net/http"
	"strconv"

	"example.com/guestbook/layout"
	"example.com/guestbook/site"
)

// Middleware lets only the owner see the pages of this directory.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case site.IsOwner(r):
			next.ServeHTTP(w, r)
		case r.Method == "GET" || r.Method == "HEAD":
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		default:
			http.Error(w, "Please log in.", http.StatusForbidden)
		}
	})
}

// newest is how many entries can be removed at a time.
const newest = 200

//go:embed admin.html
var source string

var page = layout.Page(source)

// Handler lists the entries, and removes the one that is posted.
func Handler(w http.ResponseWriter, r *http.Request) error {
	if !site.Methods(w, r, "GET", "HEAD", "POST") {
		return nil
	}
	if r.Method == "POST" {
		return remove(w, r)
	}
	entries, err := site.Book.Newest(r.Context(), newest)
	if err != nil {
		return err
	}
	return layout.Show(w, http.StatusOK, page, entries)
}

func remove(w http.ResponseWriter, r *http.Request) error {
	if !site.Form(w, r) {
		return nil
	}
	id, err := strconv.ParseInt(r.PostForm.Get("id"), 10, 64)
	if err != nil {
		http.Error(w, "This is the number of no entry.", http.StatusBadRequest)
		return nil
	}
	if err := site.Book.Delete(r.Context(), id); err != nil {
		return err
	}
	site.Changed(r)
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}
