// Package failed is what visitors see when a page fails.
package failed

// Render renders the page.
func Render() string { return "<!DOCTYPE html>\n<title>Sorry</title>\n<h1>Something went wrong</h1>\n" }
