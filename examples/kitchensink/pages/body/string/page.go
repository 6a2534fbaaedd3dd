// Package string is a page whose body is a string.
package string

// Render renders the page.
func Render() string {
	return "<!DOCTYPE html>\n<title>string</title>\n<h1>string</h1>\n"
}
