// Package fresh is a fresh page of a template.
package fresh

import (
	"net/http"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Visitor is who asks.
type Visitor struct{ Name, Agent string }

// Data is what the visitor says of themselves.
func Data(r *http.Request) Visitor { return Visitor{r.FormValue("name"), r.UserAgent()} }
