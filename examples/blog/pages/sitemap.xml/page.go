// Package sitemap lists the site's pages for search engines.
package sitemap

import (
	"encoding/xml"
	"path"

	"example.com/blog/layout"

	"github.com/jargo-dev/jargo"
)

// urlset is the document of https://www.sitemaps.org/protocol.html.
type urlset struct {
	XMLName xml.Name   `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URL     []location `xml:"url"`
}

type location struct {
	Loc string `xml:"loc"`
}

// Data are the paths of the site.
func Data() []string { return jargo.Routes() }

// Render lists the URLs of those that are pages for people: they have no extension.
func Render(paths []string) ([]byte, error) {
	var set urlset
	for _, p := range paths {
		if path.Ext(p) == "" {
			set.URL = append(set.URL, location{layout.URL + p})
		}
	}
	document, err := xml.MarshalIndent(set, "", " ")
	return append([]byte(xml.Header), document...), err
}
