// Package login lets the owner in.
package login

import (
	_ "embed"
	"net/http"

	"example.com/guestbook/layout"
	"example.com/guestbook/site"
)

//go:embed login.html
var source string

var page = layout.Page(source)

// Handler shows the form, and begins a session when the right password is in it.
func Handler(w http.ResponseWriter, r *http.Request) error {
	if !site.Methods(w, r, "GET", "HEAD", "POST") {
		return nil
	}
	if r.Method != "POST" {
		return layout.Show(w, http.StatusOK, page, false)
	}
	if !site.Form(w, r) {
		return nil
	}
	if !site.LogIn(w, r, r.PostForm.Get("password")) {
		return layout.Show(w, http.StatusForbidden, page, true)
	}
	http.Redirect(w, r, "/admin", http.StatusSeeOther)
	return nil
}
