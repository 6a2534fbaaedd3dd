// Package drafts is a regenerated page that shows more to an editor.
package drafts

import (
	"html"
	"net/http"
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Regenerated{Every: time.Hour} }

// Data is what the visitor may see. All but those in a draft share one rendering.
func Data(r *http.Request) string {
	if jargo.InDraft(r) {
		return "A draft, seen by " + r.UserAgent()
	}
	return "What is published"
}

// Render renders the page.
func Render(text string) string {
	return "<!DOCTYPE html>\n<title>Drafts</title>\n<h1>" + html.EscapeString(text) + "</h1>\n"
}
