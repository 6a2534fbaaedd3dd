// Package pages is the guestbook: its entries, and the form to sign it.
package pages

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"example.com/guestbook/book"
	"example.com/guestbook/layout"
	"example.com/guestbook/site"
)

// Open opens the book for all pages.
func Open(ctx context.Context) (io.Closer, error) { return site.Open(ctx) }

// Middleware refuses forms that another site has its visitors send.
func Middleware(next http.Handler) http.Handler { return http.NewCrossOriginProtection().Handler(next) }

// newest is how many entries are shown.
const newest = 50

//go:embed guestbook.html
var source string

var page = layout.Page(source)

// view is what the template shows.
type view struct {
	Entries       []book.Entry
	Last          int64  // the newest entry, which is what the script asks for others from
	Name, Message string // what is in the form
	Mistake       error  // what is wrong with it
	MaxName       int
	MaxMessage    int
	Template      book.Entry // for entries to come
}

// Handler shows the book. A form that is posted is an entry, and shows the book again.
func Handler(w http.ResponseWriter, r *http.Request) error {
	if !site.Methods(w, r, "GET", "HEAD", "POST") {
		return nil
	}
	if r.Method != "POST" {
		return show(w, r, http.StatusOK, view{Name: rememberedName(r)})
	}
	if !site.Form(w, r) {
		return nil
	}
	name, message := r.PostForm.Get("name"), r.PostForm.Get("message")
	status := http.StatusUnprocessableEntity
	switch err := site.Book.Add(r.Context(), name, message); {
	case err == nil:
		rememberName(w, r, name)
		site.Changed(r)
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return nil
	case errors.Is(err, book.ErrBusy):
		status = http.StatusTooManyRequests
		w.Header().Set("Retry-After", "60")
		fallthrough
	case errors.Is(err, book.ErrName), errors.Is(err, book.ErrMessage):
		return show(w, r, status, view{Name: name, Message: message, Mistake: err})
	default:
		return err
	}
}

// show responds with the newest entries around a form.
func show(w http.ResponseWriter, r *http.Request, status int, v view) error {
	entries, err := site.Book.Newest(r.Context(), newest)
	if err != nil {
		return err
	}
	v.Entries, v.MaxName, v.MaxMessage = entries, book.MaxName, book.MaxMessage
	if len(entries) > 0 {
		v.Last = entries[0].ID
	}
	return layout.Show(w, status, page, v)
}

// year is how long a name is remembered.
const year = 365 * 24 * time.Hour

// rememberName keeps the name of who has signed in a cookie, whose values are ASCII.
func rememberName(w http.ResponseWriter, r *http.Request, name string) {
	site.SetCookie(w, r, "name", url.QueryEscape(name), year)
}

func rememberedName(r *http.Request) string {
	c, err := r.Cookie("name")
	if err != nil {
		return ""
	}
	name, err := url.QueryUnescape(c.Value)
	if err != nil {
		return ""
	}
	return name
}
