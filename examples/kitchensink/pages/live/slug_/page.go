// Package slug is a regenerated page with a parameter: "go" is rendered ahead,
// the others when they are first asked for.
package slug

import (
	"html"
	"net/http"
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Regenerated{Every: time.Minute} }

// Paths lists what to render ahead.
func Paths() []string { return []string{"go"} }

// Data finds the topic.
func Data(r *http.Request) (string, error) {
	switch name := r.PathValue("slug"); name {
	case "golang":
		return "", jargo.Redirect("/live/go", http.StatusPermanentRedirect)
	case "cobol":
		return "", jargo.NotFound
	default:
		return name, nil
	}
}

// Render renders it.
func Render(topic string) string {
	return "<!DOCTYPE html>\n<title>Live</title>\n<h1>" + html.EscapeString(topic) + "</h1>\n"
}
