// Package fresh is a page that is rendered for each request.
package fresh

import (
	"fmt"
	"html"
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Data reads the request.
func Data(r *http.Request) (string, error) {
	if err := r.ParseForm(); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s %s, name=%s", r.Method, r.URL.Path, r.Form.Get("name")), nil
}

// Render renders the page. A status and headers of its own are in the info.
func Render(request string) (string, jargo.Info) {
	body := "<!DOCTYPE html>\n<title>Fresh</title>\n<h1>" + html.EscapeString(request) + "</h1>\n"
	return body, jargo.Info{Header: http.Header{"X-Kind": {"fresh"}}}
}
