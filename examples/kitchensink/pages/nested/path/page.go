// Package path is a page below a directory that is none.
package path

// Render renders the page.
func Render() string { return "<!DOCTYPE html>\n<title>Nested</title>\n<h1>A nested page</h1>\n" }
