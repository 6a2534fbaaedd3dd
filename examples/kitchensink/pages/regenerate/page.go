// Package regenerate is a page that is rendered again when its last rendering
// is five seconds old.
package regenerate

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Regenerated{Every: 5 * time.Second} }

var renderings atomic.Int64

// Data counts the renderings of this program: the one at build time is its
// first, and the function's first is the function's own.
func Data() int64 { return renderings.Add(1) }

// Render renders the page.
func Render(n int64) string {
	return fmt.Sprintf("<!DOCTYPE html>\n<title>Regenerated</title>\n<h1>Rendering %d</h1>\n", n)
}
