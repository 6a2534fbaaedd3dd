// Package regenerate_without_data is a regenerated page that needs no data.
package regenerate_without_data

import (
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Regenerated{Every: 5 * time.Second} }

// Render renders the page.
func Render() string {
	return "<!DOCTYPE html>\n<title>Regenerated</title>\n<h1>Regenerated, without data</h1>\n"
}
