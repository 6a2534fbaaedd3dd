package host

import (
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// openStore returns the store for regenerated pages.
func openStore(_ *output.Output, opts Options) (prerender.Store, error) {
	return prerender.NewMemory(opts.CacheBytes, opts.Now), nil
}
