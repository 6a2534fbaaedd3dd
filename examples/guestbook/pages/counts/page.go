// Package counts has the figures of the guestbook.
package counts

import (
	"net/http"
	"time"

	"example.com/guestbook/book"
	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
)

// Config has it rendered when an entry is written, which site.Changed sees to, and
// each hour, since a day ends without an entry, too.
func Config() jargo.Config { return jargo.Regenerated{Every: time.Hour} }

// Data counts.
func Data(r *http.Request) (book.Counts, error) { return site.Book.Counts(r.Context()) }
