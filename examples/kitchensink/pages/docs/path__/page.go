// Package path is a page that answers for all paths below /docs.
package path

import (
	"html"
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Data is the path below /docs.
func Data(r *http.Request) string { return r.PathValue("path") }

// Render renders the page.
func Render(path string) string {
	return "<!DOCTYPE html>\n<title>Docs</title>\n<h1>" + html.EscapeString(path) + "</h1>\n"
}
