// Package revalidate has the page at /regenerate rendered again, whatever its age.
package revalidate

import (
	"io"
	"net/http"

	"github.com/jargo-dev/jargo"
)

const form = "<!DOCTYPE html>\n<title>Revalidate</title>\n<form method=\"post\"><button>Render /regenerate again</button></form>\n"

// Handler revalidates when the form is sent, and leads to the page.
func Handler(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, form)
		return
	}
	if err := jargo.Revalidate(r, "/regenerate"); err != nil {
		panic(err) // the log has it, and the visitor sees the 500 page
	}
	http.Redirect(w, r, "/regenerate", http.StatusSeeOther)
}
