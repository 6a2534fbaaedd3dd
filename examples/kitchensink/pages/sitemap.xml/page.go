// Package sitemap is a build page that lists the site's paths.
package sitemap

import (
	"fmt"
	"html"
	"io"

	"github.com/jargo-dev/jargo"
)

// Render writes a URL for each path, which is percent-encoded as it comes.
func Render(w io.Writer) error {
	io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`+"\n")
	for _, path := range jargo.Routes() {
		fmt.Fprintf(w, "<url><loc>https://example.com%s</loc></url>\n", html.EscapeString(path))
	}
	_, err := io.WriteString(w, "</urlset>\n")
	return err
}
