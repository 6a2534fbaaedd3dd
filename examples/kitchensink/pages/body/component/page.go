// Package component is a page whose body is a component as templ generates
// them.
package component

import (
	"context"
	"io"
)

// Component has the method of a templ component.
type Component string

// Render writes the component.
func (c Component) Render(_ context.Context, w io.Writer) error {
	_, err := io.WriteString(w, string(c))
	return err
}

// Render renders the page.
func Render() Component {
	return Component("<!DOCTYPE html>\n<title>component</title>\n<h1>component</h1>\n")
}
