package python

import (
	"bytes"
	"encoding/json"
)

// entry is a page in the function's list, with the names of handler.py's Page.
type entry struct {
	File    string   `json:"file"`
	Kind    string   `json:"kind"`
	Name    string   `json:"name"` // output path
	Pattern string   `json:"pattern"`
	Query   []string `json:"query"`
}

// manifest lists the pages in route order.
func (p *Pages) manifest() ([]byte, error) {
	entries := make([]entry, len(p.sitePages))
	for i, page := range p.sitePages {
		entries[i] = entry{
			File: p.files[page], Kind: string(page.Kind), Name: page.Route.Output(),
			Pattern: page.Route.String(), Query: append([]string{}, page.Query...),
		}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(entries)
	return b.Bytes(), err
}
