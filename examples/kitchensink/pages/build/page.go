// Package build is a page that is rendered once, when the site is built.
package build

import "fmt"

// Data is what the page shows.
func Data() int { return 6 * 7 }

// Render renders the page.
func Render(answer int) string {
	return fmt.Sprintf("<!DOCTYPE html>\n<title>Build</title>\n<h1>The answer was computed once: %d</h1>\n", answer)
}
