// Package admin is where the owner removes entries.
package admin

import (
	"fmt"
	"net/http"
	"strconv"

	"example.com/guestbook/book"
	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
)

// Middleware lets only the owner see the pages of this directory.
func Middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case site.IsOwner(r):
			next.ServeHTTP(w, r)
		case r.Method == "GET" || r.Method == "HEAD":
			http.Redirect(w, r, "/login", http.StatusSeeOther)
		default:
			http.Error(w, "Please log in.", http.StatusForbidden)
		}
	})
}

// newest is how many entries can be removed at a time.
const newest = 200

// Config has the page rendered for each visitor.
func Config() jargo.Config { return jargo.Fresh{} }

// Data lists the entries, or removes the one that is posted and shows the list again.
func Data(r *http.Request) ([]book.Entry, error) {
	if r.Method == "POST" {
		return nil, remove(r)
	}
	return site.Book.Newest(r.Context(), newest)
}

func remove(r *http.Request) error {
	id, err := strconv.ParseInt(r.PostForm.Get("id"), 10, 64)
	if err != nil {
		return fmt.Errorf("remove an entry: %w: %w", err, jargo.NotFound)
	}
	if err := site.Book.Delete(r.Context(), id); err != nil {
		return err
	}
	site.Changed(r)
	return jargo.Redirect("/admin", http.StatusSeeOther)
}
