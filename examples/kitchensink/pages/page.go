// Package pages is the page at /: a list of the others.
package pages

import (
	"fmt"
	"html"
	"io"

	"github.com/jargo-dev/jargo"
)

// head has the style sheet's URL, with a hash of its content.
var head = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The kitchen sink</title>
<link rel="stylesheet" href="` + jargo.Asset("/style/site.css") + `">
</head>
<body>
<h1>The kitchen sink</h1>
<p>A page of each kind that Jargo has.</p>
<ul>
`

const foot = `</ul>
</body>
</html>
`

// Link is a row of the list.
type Link struct{ Path, Text string }

// Data lists the pages.
func Data() []Link {
	return []Link{
		{"/build", "rendered once, when the site is built"},
		{"/fresh?name=Ada", "rendered for each request"},
		{"/fresh_without_data", "likewise, from no data"},
		{"/regenerate", "rendered again every five seconds"},
		{"/regenerate_without_data", "likewise, from no data"},
		{"/revalidate", "has /regenerate rendered again at once"},
		{"/drafts", "a regenerated page with a draft"},
		{"/preview", "lets an editor see drafts"},
		{"/json", "a build page of another type"},
		{"/nested/path", "a page below a directory"},
		{"/posts/hello", "build pages with a parameter"},
		{"/live/go", "regenerated pages with a parameter"},
		{"/search?q=jar", "a regenerated page with an entry for each query"},
		{"/docs/guide/start", "a catch-all"},
		{"/api/echo", "a handler"},
		{"/api/theme?name=dark", "a handler that returns an error: a redirect, with a cookie"},
		{"/files/notes.txt", "an http.Handler"},
		{"/members", "a page behind Middleware"},
		{"/members/public", "one beside it, for everybody"},
		{"/temporary", "what Open has made ready"},
		{"/body/string", "each kind of body: string"},
		{"/body/bytes", "[]byte"},
		{"/body/html", "template.HTML"},
		{"/body/writer", "an io.Writer to write to"},
		{"/body/writerto", "io.WriterTo"},
		{"/body/reader", "io.Reader, streamed"},
		{"/body/component", "a templ component"},
		{"/body/node", "a gomponents node"},
		{"/broken", "a page that fails"},
		{"/sitemap.xml", "the paths of the site"},
		{"/nowhere", "no page"},
		{"/a_public_file.txt", "a public file"},
	}
}

// Render writes the list. An error of one write is that of the writes after it.
func Render(w io.Writer, links []Link) error {
	io.WriteString(w, head)
	for _, l := range links {
		path, text := html.EscapeString(l.Path), html.EscapeString(l.Text)
		fmt.Fprintf(w, "<li><a href=\"%s\">%s</a>: %s</li>\n", path, path, text)
	}
	_, err := io.WriteString(w, foot)
	return err
}
