// Package html is a page whose body is safe HTML.
package html

import "html/template"

// Render renders the page.
func Render() template.HTML {
	return "<!DOCTYPE html>\n<title>template.HTML</title>\n<h1>template.HTML</h1>\n"
}
