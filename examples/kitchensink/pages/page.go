// Package pages is the page at /: a list of the others, written by a template.
package pages

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

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
		{"/json", "a build page of another type"},
		{"/nested/path", "a page below a directory"},
		{"/posts/hello", "build pages with a parameter"},
		{"/live/go", "regenerated pages with a parameter"},
		{"/search?q=jar", "a regenerated page with an entry for each query"},
		{"/docs/guide/start", "a catch-all"},
		{"/api/echo", "a handler"},
		{"/body/string", "each kind of body: string"},
		{"/body/bytes", "[]byte"},
		{"/body/html", "template.HTML"},
		{"/body/writer", "an io.Writer to write to"},
		{"/body/writerto", "io.WriterTo"},
		{"/body/reader", "io.Reader, streamed"},
		{"/body/component", "a templ component"},
		{"/body/node", "a gomponents node"},
		{"/broken", "a page that fails"},
		{"/nowhere", "no page"},
		{"/a_public_file.txt", "a public file"},
	}
}

// Render writes the list.
func Render(w io.Writer, links []Link) error {
	return page.Execute(w, links)
}
