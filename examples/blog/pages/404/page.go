// Package notfound is shown for what the site does not have.
package notfound

import (
	_ "embed"
	"io"

	"example.com/blog/layout"
)

//go:embed 404.html
var source string

var page = layout.Page(source)

// Render shows where to go from here.
func Render(w io.Writer) error { return page.Execute(w, nil) }
