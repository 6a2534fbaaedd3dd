// Package live is a regenerated page of a template.
package live

import (
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Regenerated{Every: 5 * time.Second} }

// Data is how often that is.
func Data() time.Duration { return 5 * time.Second }
