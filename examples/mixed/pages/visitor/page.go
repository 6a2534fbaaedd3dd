// Package visitor is a fresh page of a template that is not compiled: what is in an any
// is known only when it is there.
package visitor

import (
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Data is what the visitor asks for.
func Data(r *http.Request) map[string]any {
	return map[string]any{"query": r.URL.Query(), "words": []string{"a", "<b>"}}
}
