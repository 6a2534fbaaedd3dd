// Package layout has what all pages of the site share: head, header and footer.
package layout

import (
	_ "embed"
	"html/template"
	"net/http"
	"time"

	"github.com/jargo-dev/jargo"
)

//go:embed layout.html
var source string

var frame = template.Must(template.New("layout").Funcs(template.FuncMap{
	"asset": jargo.Asset,
	"day":   func(t time.Time) string { return t.Format("2 January 2006") },
	"iso":   func(t time.Time) string { return t.Format(time.RFC3339) },
}).Parse(source))

// Page puts a page's template into the layout. It defines "title" and "main".
func Page(source string) *template.Template {
	return template.Must(template.Must(frame.Clone()).Parse(source))
}

// Show responds with a page. What it shows is of this moment and this visitor.
func Show(w http.ResponseWriter, status int, page *template.Template, data any) error {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "private, no-store")
	w.WriteHeader(status)
	return page.Execute(w, data)
}
