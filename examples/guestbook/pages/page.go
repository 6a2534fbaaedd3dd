// Package pages is the guestbook: its entries, and the form to sign it.
package pages

import (
	"context"
	"errors"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"time"

	"example.com/guestbook/book"
	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
)

// Open opens the book for all pages.
func Open(ctx context.Context) (io.Closer, error) { return site.Open(ctx) }

// Middleware refuses forms that another site has its visitors send, and reads others.
func Middleware(next http.Handler) http.Handler {
	return http.NewCrossOriginProtection().Handler(site.Middleware(next))
}

// Funcs are functions of all templates of the site.
func Funcs() template.FuncMap {
	return template.FuncMap{
		"day": func(t time.Time) string { return t.Format("2 January 2006") },
		"iso": func(t time.Time) string { return t.Format(time.RFC3339) },
	}
}

// Config has the page rendered for each visitor.
func Config() jargo.Config { return jargo.Fresh{} }

// newest is how many entries are shown.
const newest = 50

// View is what the page shows.
type View struct {
	Entries       []book.Entry
	Last          int64  // the newest entry, which is what the script asks for others from
	Name, Message string // what is in the form
	Mistake       error  // what is wrong with it
	MaxName       int
	MaxMessage    int
	Template      book.Entry // for entries to come
}

// Data is the book with a form. One that is posted is an entry, and shows the book
// again, or itself with what is wrong.
func Data(r *http.Request) (v View, info jargo.Info, err error) {
	v = View{Name: rememberedName(r), MaxName: book.MaxName, MaxMessage: book.MaxMessage}
	if r.Method == "POST" {
		v.Name, v.Message = r.PostForm.Get("name"), r.PostForm.Get("message")
		if v.Mistake = site.Book.Add(r.Context(), v.Name, v.Message); v.Mistake == nil {
			site.Changed(r)
			return v, remember(r, v.Name), jargo.Redirect("/", http.StatusSeeOther)
		}
		if info, err = refuse(v.Mistake); err != nil {
			return v, info, err
		}
	}
	entries, err := site.Book.Newest(r.Context(), newest)
	if len(entries) > 0 {
		v.Entries, v.Last = entries, entries[0].ID
	}
	return v, info, err
}

// refuse is the response to a mistake of who signs. Any other it returns.
func refuse(mistake error) (jargo.Info, error) {
	switch {
	case errors.Is(mistake, book.ErrBusy):
		return jargo.Info{StatusCode: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"60"}}}, nil
	case errors.Is(mistake, book.ErrName), errors.Is(mistake, book.ErrMessage):
		return jargo.Info{StatusCode: http.StatusUnprocessableEntity}, nil
	}
	return jargo.Info{}, mistake
}

// year is how long a name is remembered.
const year = 365 * 24 * time.Hour

// remember keeps the name of who has signed in a cookie, whose values are ASCII.
func remember(r *http.Request, name string) jargo.Info {
	return site.Setting(site.Cookie(r, "name", url.QueryEscape(name), year))
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
