// Package name is a Go page with a parameter.
package name

import (
	"html"
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Data is the name to greet.
func Data(r *http.Request) string { return r.PathValue("name") }

// Render renders the page. Nobody gets the site's 500 page.
func Render(name string) (string, error) {
	if name == "nobody" {
		return "", http.ErrNoLocation
	}
	return "<!DOCTYPE html>\n<title>Hello</title>\n<h1>Hello, " + html.EscapeString(name) + "</h1>\n", nil
}
