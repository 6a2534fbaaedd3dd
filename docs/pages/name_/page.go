// Package name is one page of the documentation.
package name

import (
	"net/http"

	"github.com/jargo-dev/jargo/docs/content"
)

// Paths are the names of the pages.
func Paths() ([]string, error) {
	pages, err := content.Pages()
	var names []string
	for _, p := range pages {
		names = append(names, p.Name)
	}
	return names, err
}

// Data is the page.
func Data(r *http.Request) (*content.Page, error) { return content.Find(r.PathValue("name")) }
