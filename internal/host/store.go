package host

import (
	"fmt"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// openStore returns the store for regenerated pages: memory, in front of the
// build's cache directory if there is one. Pages are served without it too, so
// that a failure to open it is only a warning.
func openStore(out *output.Output, opts Options) prerender.Store {
	memory := prerender.NewMemory(opts.pagesInMemory, opts.now)
	if opts.CacheDir == "" || !hasPrerender(out) {
		return memory
	}
	dir, err := openDir(out, opts)
	if err != nil {
		opts.Log.Warn("pages are cached in memory only", "error", err)
		return memory
	}
	return prerender.Tiered{Fast: memory, Slow: dir}
}

func openDir(out *output.Output, opts Options) (prerender.Store, error) {
	id, err := out.ID()
	if err != nil {
		return nil, fmt.Errorf("name the build: %w", err)
	}
	return prerender.OpenDir(opts.CacheDir, id, maxPagesOnDisk, opts.now)
}

func hasPrerender(out *output.Output) bool {
	for _, e := range out.Entries {
		if _, ok := e.(*output.Prerender); ok {
			return true
		}
	}
	return false
}
