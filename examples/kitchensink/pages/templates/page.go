// Package templates has what the templates below it can call.
package templates

import (
	"html/template"
	"strings"
)

// Funcs are functions of the templates of this directory and below.
func Funcs() template.FuncMap {
	return template.FuncMap{"upper": strings.ToUpper}
}
