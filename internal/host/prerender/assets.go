package prerender

import (
	"context"
	"errors"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
)

// Assets are files of a site in a shared cache, whatever build they are of. What is at a
// path never changes.
type Assets struct {
	link  *Link
	now   func() time.Time
	found *lru.Cache[Key, held]
}

const (
	// assetSpace is one for all builds.
	assetSpace = "assets"
	// assetsKept is for how long the shared cache has an asset that no host keeps there.
	assetsKept = 48 * time.Hour
	// absent is for how long an asset is not asked for again.
	absent = 5 * time.Second
	// maxFound bounds the assets in memory, in bytes.
	maxFound = 16 << 20
)

// NewAssets returns the assets of link's shared cache.
func NewAssets(link *Link, now func() time.Time) *Assets {
	a := &Assets{link, now, lru.New[Key, held](maxFound, nil)}
	link.Start(func(ctx context.Context) { link.shared.Subscribe(ctx, assetSpace, a.changed, a.live) })
	return a
}

// changed is called when there is another asset.
func (a *Assets) changed(text string, _ int64) {
	if key, err := ParseKey(text); err == nil {
		a.found.Remove(key)
	}
}

func (a *Assets) live(on bool) {
	if on {
		a.link.reach()
	}
}

func assetKey(path string) Key { return NewKey("asset", path) }

// Get returns the asset at a path, nil if there is none as far as is known. However many
// ask at once, the shared cache is asked once.
func (a *Assets) Get(path string) *Entry {
	key := assetKey(path)
	if h, ok := a.found.Get(key); ok && h.entry == nil {
		if age := a.now().Sub(h.checked); age < 0 || age >= absent {
			a.found.Remove(key)
		}
	}
	h, _ := a.found.Make(key, "", func() (held, int64, error) {
		h := held{entry: a.ask(key), checked: a.now()}
		return h, h.cost(), nil
	})
	return h.entry
}

func (a *Assets) ask(key Key) (e *Entry) {
	a.link.do(context.Background(), answerTime, func(ctx context.Context) error {
		data, err := a.link.shared.Get(ctx, assetSpace, key.String())
		if err == nil && data != nil {
			e, _ = decode(data, key) // one that is broken is none
		}
		return err
	})
	return e
}

// Keep sees to it that the shared cache has an asset for the next two days. make makes it if
// it is not there. Nothing is done while the shared cache is away.
func (a *Assets) Keep(ctx context.Context, path string, make func() (*Entry, error)) error {
	key, found := assetKey(path), false
	err := a.link.do(ctx, answerTime, func(ctx context.Context) (err error) {
		found, err = a.link.shared.Extend(ctx, assetSpace, key.String(), assetsKept)
		return err
	})
	if err != nil || found {
		return withoutAway(err)
	}
	e, err := make()
	if err != nil {
		return err
	}
	data, err := encode(e, key)
	if err != nil {
		return err
	}
	return withoutAway(a.link.do(ctx, transfer, func(ctx context.Context) error {
		_, err := a.link.shared.Put(ctx, assetSpace, key.String(), data, 1, 1, assetsKept)
		return err
	}))
}

// withoutAway leaves out what has been said.
func withoutAway(err error) error {
	if errors.Is(err, errAway) {
		return nil
	}
	return err
}
