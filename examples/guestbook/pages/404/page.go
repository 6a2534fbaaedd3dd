// Package notfound is shown for what the site does not have.
package notfound

import (
	_ "embed"
	"io"

	"example.com/guestbook/layout"

	"github.com/jargo-dev/jargo"
)

//go:embed 404.html
var source string

var page = layout.Page(source)

// Config says that it is a file, which the Middleware of pages/ has no part in.
func Config() jargo.Config { return jargo.Build{} }

// Render shows where to go from here.
func Render(w io.Writer) error { return page.Execute(w, nil) }
