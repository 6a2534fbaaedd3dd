// Package site has what all pages share, from when the site is opened.
package site

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.com/guestbook/book"
	"example.com/guestbook/session"

	"github.com/jargo-dev/jargo"
)

// Book is the guestbook.
var Book *book.Book

// password is the owner's, and secret signs sessions.
var password, secret []byte

// Open opens the book with what the environment says.
func Open(ctx context.Context) (io.Closer, error) {
	file := os.Getenv("GUESTBOOK_DB")
	password, secret = []byte(os.Getenv("GUESTBOOK_PASSWORD")), []byte(os.Getenv("GUESTBOOK_SECRET"))
	var mistakes []error
	if !filepath.IsAbs(file) {
		mistakes = append(mistakes, fmt.Errorf("GUESTBOOK_DB is %q: it needs a whole path, for a function runs in a directory that each build replaces", file))
	}
	if len(password) < 12 {
		mistakes = append(mistakes, errors.New("GUESTBOOK_PASSWORD needs 12 characters or more"))
	}
	if len(secret) < 32 {
		mistakes = append(mistakes, errors.New("GUESTBOOK_SECRET needs 32 characters or more"))
	}
	if mistakes != nil {
		return nil, errors.Join(mistakes...)
	}
	opened, err := book.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	Book = opened
	return opened, nil
}

// Changed has the pages rendered again that show what is in the book. If they cannot
// be, they are a little later than usual.
func Changed(r *http.Request) {
	if err := jargo.Revalidate(r, "/counts"); err != nil {
		slog.WarnContext(r.Context(), "counts are old", "cause", err)
	}
}

// cookie is the name of the owner's cookie, and visit how long they stay.
const (
	cookie = "session"
	visit  = 12 * time.Hour
)

// IsOwner says whether the owner has sent a request.
func IsOwner(r *http.Request) bool {
	c, err := r.Cookie(cookie)
	return err == nil && session.Valid(secret, c.Value, time.Now())
}

// LogIn returns the cookie of a session, or nil if the password is wrong. How long it
// takes says nothing about the right one.
func LogIn(r *http.Request, given string) *http.Cookie {
	got, want := sha256.Sum256([]byte(given)), sha256.Sum256(password)
	if subtle.ConstantTimeCompare(got[:], want[:]) == 0 {
		return nil
	}
	return Cookie(r, cookie, session.New(secret, time.Now().Add(visit)), visit)
}

// LogOut ends the session of this browser.
func LogOut(w http.ResponseWriter, r *http.Request) { http.SetCookie(w, Cookie(r, cookie, "", -1)) }

// Cookie is a cookie that scripts and other sites cannot use.
func Cookie(r *http.Request, name, value string, age time.Duration) *http.Cookie {
	maxAge := int(age.Seconds())
	if age < 0 {
		maxAge = -1 // delete it
	}
	return &http.Cookie{
		Name: name, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.Header.Get("X-Forwarded-Proto") == "https",
	}
}

// Setting is the response that sets a cookie.
func Setting(c *http.Cookie) jargo.Info {
	return jargo.Info{Header: http.Header{"Set-Cookie": {c.String()}}}
}

// Methods says whether the method of a request is one of these. If it is not, the
// visitor is told which are.
func Methods(w http.ResponseWriter, r *http.Request, methods ...string) bool {
	if slices.Contains(methods, r.Method) {
		return true
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
	return false
}
