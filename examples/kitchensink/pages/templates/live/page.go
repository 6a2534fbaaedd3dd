// Package live is a regenerated page of a template.
package live

import (
	"sync/atomic"
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Regenerated{Every: 5 * time.Second} }

var renderings atomic.Int64

// Data counts the renderings of this program.
func Data() int64 { return renderings.Add(1) }
