// Package login lets the owner in.
package login

import (
	"net/http"

	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
)

// Config has the page rendered for each visitor.
func Config() jargo.Config { return jargo.Fresh{} }

// Data says whether the form was sent with a wrong password. The right one begins a
// session.
func Data(r *http.Request) (wrong bool, err error) {
	if r.Method != "POST" {
		return false, nil
	}
	w := site.ReplyTo(r)
	if !site.LogIn(w, r, r.PostForm.Get("password")) {
		w.Status = http.StatusForbidden
		return true, nil
	}
	return false, jargo.Redirect("/admin", http.StatusSeeOther)
}
