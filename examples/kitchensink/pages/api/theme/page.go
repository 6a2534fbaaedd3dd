// Package theme keeps a visitor's choice in a cookie and leads back to the site.
package theme

import (
	"net/http"
	"slices"

	"github.com/jargo-dev/jargo"
)

// Handler may end with an error, as Data does. The cookie is sent with the redirect.
func Handler(w http.ResponseWriter, r *http.Request) error {
	name := r.FormValue("name")
	if !slices.Contains([]string{"light", "dark"}, name) {
		return jargo.NotFound
	}
	http.SetCookie(w, &http.Cookie{Name: "theme", Value: name, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return jargo.Redirect("/", http.StatusSeeOther)
}
