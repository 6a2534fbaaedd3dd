// Package layout has what all pages of the site share: head, header and footer.
package layout

import (
	_ "embed"
	"html/template"
	"time"

	"github.com/jargo-dev/jargo"
)

// The name of the site, and where it is: feeds and sitemaps have whole URLs.
const (
	Name = "Smallish"
	URL  = "https://smallish.example"
)

//go:embed layout.html
var source string

var frame = template.Must(template.New("layout").Funcs(template.FuncMap{
	"asset": jargo.Asset,
	"day":   func(t time.Time) string { return t.Format("2 January 2006") },
	"iso":   func(t time.Time) string { return t.Format(time.DateOnly) },
}).Parse(source))

// Page puts a page's template into the layout. It defines "title" and "main", and
// "description" if it has one.
func Page(source string) *template.Template {
	return template.Must(template.Must(frame.Clone()).Parse(source))
}
