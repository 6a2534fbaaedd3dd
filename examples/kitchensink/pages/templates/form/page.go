// Package form is a fresh page of a template, with a form: Data sets the status and a
// cookie.
package form

import (
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// View is what the page shows.
type View struct{ Name, Mistake string }

// Data is the form, which is complete with a name.
func Data(r *http.Request) (View, jargo.Info, error) {
	v := View{Name: r.FormValue("name")}
	switch {
	case r.FormValue("send") == "":
		return v, jargo.Info{}, nil
	case v.Name == "":
		v.Mistake = "A name is needed."
		return v, jargo.Info{StatusCode: http.StatusUnprocessableEntity}, nil
	}
	sent := http.Cookie{Name: "sent", Value: "1", Path: "/"}
	return v, jargo.Info{Header: http.Header{"Set-Cookie": {sent.String()}}}, jargo.Redirect("/templates", http.StatusSeeOther)
}
