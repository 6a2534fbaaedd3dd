package host

import (
	"fmt"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/output"
)

// openStore returns the store for regenerated pages: memory, in front of the build's cache
// directory and of what hosts share, if there is one. Pages are served without either, so
// that a failure to open one is only a warning.
func openStore(out *output.Output, link *prerender.Link, opts Options) prerender.Store {
	memory := prerender.NewMemory(opts.pagesInMemory, opts.now)
	if opts.CacheDir == "" && link == nil || !hasPrerender(out) {
		return memory
	}
	build, err := out.ID()
	if err != nil {
		opts.Log.Warn("pages are cached in memory only", "error", fmt.Errorf("name the build: %w", err))
		return memory
	}
	own := openDir(build, opts)
	switch {
	case link != nil:
		return prerender.NewFleet(link, build, own, opts.pagesInMemory, opts.Log, opts.now)
	case own != nil:
		return prerender.Tiered{Fast: memory, Slow: own}
	}
	return memory
}

// openDir returns the directory of a build, nil if there is none.
func openDir(build string, opts Options) prerender.Store {
	if opts.CacheDir == "" {
		return nil
	}
	dir, err := prerender.OpenDir(opts.CacheDir, build, maxPagesOnDisk, opts.now)
	if err != nil {
		opts.Log.Warn("pages are not cached on disk", "error", err)
		return nil
	}
	return dir
}

func hasPrerender(out *output.Output) bool {
	for _, e := range out.Entries {
		if _, ok := e.(*output.Prerender); ok {
			return true
		}
	}
	return false
}
