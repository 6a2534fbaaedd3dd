package serve

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jargo-dev/jargo/internal/host"
)

// sharedCache is one that nobody asks.
type sharedCache struct {
	host.SharedCache
	closed bool
}

func (c *sharedCache) Close() error { c.closed = true; return nil }

func TestCacheOption(t *testing.T) {
	link := func(url string) (SharedCache, error) {
		if url == "redis://127.0.0.1/x" {
			return nil, errors.New("no such database")
		}
		return &sharedCache{}, nil
	}
	for where, want := range map[string]string{
		"":                      "/users shared false",
		"memory":                " shared false",
		"some/dir":              "/wd/some/dir shared false",
		"redis://127.0.0.1:1/2": "/users shared true",
		"unix:///run/redis":     "/users shared true",
		"ftp://127.0.0.1":       "--cache: ftp is no kind of cache: give redis://host:port/db, memory, or a directory",
		"redis://127.0.0.1/x":   "--cache: no such database",
	} {
		o := Options{Cache: where}
		o.Resolve("/wd")
		c, err := o.openCache("/users", Drivers{Cache: link})
		var set host.Options
		c.set(&set)
		got := fmt.Sprint(set.CacheDir, " shared ", set.Shared != nil)
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q: %s, want %s", where, got, want)
		}
		c.close()
		if shared, ok := c.shared.(*sharedCache); ok && !shared.closed {
			t.Errorf("%q: the cache is not closed", where)
		}
	}
	o := Options{Cache: "redis://127.0.0.1"}
	const want = "--cache: this program has no client for it\n    import _ \"github.com/jargo-dev/jargo/driver/redis\" in a package below pages/, and build the site again"
	if _, err := o.openCache("", Drivers{}); err == nil || err.Error() != want {
		t.Errorf("without a driver: %v", err)
	}
}
