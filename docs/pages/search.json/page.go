// Package search is the index that the search in the browser reads.
package search

import (
	"encoding/json"

	"github.com/jargo-dev/jargo/docs/content"
)

// entry is a section that can be found.
type entry struct {
	Path    string `json:"path"`
	Page    string `json:"page"`
	Section string `json:"section"`
	Text    string `json:"text"`
}

// Data has every section of every page.
func Data() ([]entry, error) {
	pages, err := content.Pages()
	var all []entry
	for _, p := range pages {
		for _, s := range p.Sections {
			path := "/" + p.Name
			if s.ID != "" {
				path += "#" + s.ID
			}
			all = append(all, entry{Path: path, Page: p.Title, Section: s.Title, Text: s.Text})
		}
	}
	return all, err
}

// Render is the index as JSON.
func Render(entries []entry) ([]byte, error) { return json.Marshal(entries) }
