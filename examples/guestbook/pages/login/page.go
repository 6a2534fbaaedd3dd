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
func Data(r *http.Request) (wrong bool, info jargo.Info, err error) {
	if r.Method != "POST" {
		return false, info, nil
	}
	session := site.LogIn(r, r.PostForm.Get("password"))
	if session == nil {
		return true, jargo.Info{StatusCode: http.StatusForbidden}, nil
	}
	return false, site.Setting(session), jargo.Redirect("/admin", http.StatusSeeOther)
}
