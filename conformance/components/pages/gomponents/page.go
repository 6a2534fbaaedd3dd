// Package gomponents is a page whose body is a gomponents node.
package gomponents

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Data is what the node shows.
func Data() string { return "<Ada>" }

// Render returns the node.
func Render(name string) g.Node {
	return h.Doctype(h.HTML(h.Head(h.TitleEl(g.Text("gomponents"))), h.Body(h.H1(g.Text("Hello, "+name)))))
}
