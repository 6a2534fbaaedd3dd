// Package pages is the documentation of Jargo.
package pages

import (
	"html/template"

	"github.com/jargo-dev/jargo/docs/content"
)

// Funcs are for all templates.
func Funcs() template.FuncMap { return template.FuncMap{"parts": content.Parts} }
