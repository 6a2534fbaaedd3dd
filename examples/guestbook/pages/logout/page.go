// Package logout ends the owner's session.
package logout

import (
	"net/http"

	"example.com/guestbook/site"
)

// Handler takes the cookie back.
func Handler(w http.ResponseWriter, r *http.Request) error {
	if !site.Methods(w, r, "POST") {
		return nil
	}
	site.LogOut(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
	return nil
}
