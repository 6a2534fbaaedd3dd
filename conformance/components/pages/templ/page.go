// Package templ is a page whose body is a templ component.
package templ

import "github.com/a-h/templ"

// Data is what the component shows.
func Data() string { return "<Ada>" }

// Render returns the component.
func Render(name string) templ.Component { return greeting(name) }
