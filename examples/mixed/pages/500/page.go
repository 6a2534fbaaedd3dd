// Package broken is what visitors of either language see when a page fails.
package broken

// Render renders the page.
func Render() string {
	return "<!DOCTYPE html>\n<title>Broken</title>\n<h1>Our fault</h1>\n"
}
