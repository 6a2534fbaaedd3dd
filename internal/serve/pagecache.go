package serve

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/internal/host"
)

// SharedCache is a cache of regenerated pages that many hosts share.
type SharedCache interface {
	host.SharedCache
	io.Closer
}

// Drivers are what a program links besides the host, since it needs modules. Each may be
// nil. What one returns is not looked at if there is an error.
type Drivers struct {
	// Cache opens the cache at a URL, without looking whether it is there.
	Cache func(url string) (SharedCache, error)
	// Certificates gets certificates from an authority.
	Certificates func(CertificateOptions) (Certificates, error)
}

// pageCache is where regenerated pages are: what --cache says.
type pageCache struct {
	shared SharedCache // nil for none
	dir    string      // "" for none
}

// openCache reads the value of --cache: the URL of a database that hosts share, "memory",
// a directory, or "" for the default.
func (o Options) openCache(defaultDir string, drivers Drivers) (c pageCache, err error) {
	scheme, _, isURL := strings.Cut(o.Cache, "://")
	switch {
	case o.Cache == "memory":
	case o.Cache == "":
		c.dir = defaultDir
	case !isURL:
		c.dir = o.Cache
	case scheme != "redis" && scheme != "rediss" && scheme != "unix":
		return c, fmt.Errorf("--cache: %s is no kind of cache: give redis://host:port/db, memory, or a directory", scheme)
	case drivers.Cache == nil:
		return c, fmt.Errorf("--cache: this program has no client for it\n    import _ \"github.com/jargo-dev/jargo/driver/redis\" in a package below pages/, and build the site again")
	default:
		shared, err := drivers.Cache(o.Cache)
		if err != nil {
			return c, fmt.Errorf("--cache: %w", err)
		}
		c.shared, c.dir = shared, defaultDir
	}
	return c, nil
}

// set sets it for a host.
func (c pageCache) set(o *host.Options) {
	if o.CacheDir = c.dir; c.shared != nil {
		o.Shared = c.shared
	}
}

// close ends it, after the host.
func (c pageCache) close() {
	if c.shared != nil {
		c.shared.Close()
	}
}

// PagesDir is where the regenerated pages of an output, or of a program, survive a restart;
// "" when the user has no cache directory.
func PagesDir(out string) string {
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	abs, err := filepath.Abs(out)
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(abs))
	return filepath.Join(base, "jargo", "pages", hex.EncodeToString(sum[:6]))
}
