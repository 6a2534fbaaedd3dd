// Package search is a regenerated page with an entry for each value of ?q.
package search

import (
	"html"
	"net/http"
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered, and what tells its entries apart.
func Config() jargo.Config {
	return jargo.Regenerated{Every: time.Minute, Query: []string{"q"}}
}

// Data is what the visitor looks for. Parameters that Config does not name
// never come here.
func Data(r *http.Request) string { return r.URL.RawQuery }

// Render renders the page.
func Render(query string) string {
	return "<!DOCTYPE html>\n<title>Search</title>\n<h1>" + html.EscapeString(query) + "</h1>\n"
}
