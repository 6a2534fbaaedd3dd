// Package about is a Go page beside a Python page.
package about

// Render renders the page.
func Render() string {
	return "<!DOCTYPE html>\n<title>About</title>\n<h1>About, in Go</h1>\n"
}
