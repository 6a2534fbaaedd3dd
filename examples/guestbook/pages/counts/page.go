// Package counts has the figures of the guestbook.
package counts

import (
	_ "embed"
	"io"
	"net/http"
	"time"

	"example.com/guestbook/book"
	"example.com/guestbook/layout"
	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
)

//go:embed counts.html
var source string

var page = layout.Page(source)

// Config has it rendered when an entry is written, which site.Changed sees to, and
// each hour, since a day ends without an entry, too.
func Config() jargo.Config { return jargo.Regenerated{Every: time.Hour} }

// Data counts.
func Data(r *http.Request) (book.Counts, error) { return site.Book.Counts(r.Context()) }

// Render shows what was counted.
func Render(w io.Writer, counts book.Counts) error { return page.Execute(w, counts) }
