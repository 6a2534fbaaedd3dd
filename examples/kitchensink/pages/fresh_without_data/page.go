// Package fresh_without_data is a fresh page that needs no data.
package fresh_without_data

import "github.com/jargo-dev/jargo"

// Config says when the page is rendered, and bounds its function.
func Config() jargo.Config { return jargo.Fresh{} }

// Render renders the page.
func Render() string { return "<!DOCTYPE html>\n<title>Fresh</title>\n<h1>Fresh, without data</h1>\n" }
