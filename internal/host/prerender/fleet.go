package prerender

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
	"github.com/jargo-dev/jargo/internal/host/throttle"
)

// Fleet is the Store of a host that is one of many: memory in front of a shared cache,
// which decides, and a store of its own to fall back to while the shared cache is away. What
// one host puts or removes the others forget at once. Close it.
type Fleet struct {
	link  *Link
	space string
	own   Store // nil for none
	now   func() time.Time
	log   *throttle.Logger

	memory *lru.Cache[Key, held]
	// state changes when the subscription begins and ends, and when the shared cache may
	// have changed unnoticed. It is odd while the subscription lasts.
	state atomic.Uint64
	// changes count what was told or put of keys by their first byte. A value that was
	// fetched meanwhile may be an old one.
	changes [256]atomic.Uint64
	// leased are keys that another host is rendering, as far as is known.
	leased *lru.Cache[Key, time.Time]

	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu       sync.Mutex
	watching map[Key]map[chan struct{}]bool
	unsent   map[Key]bool // were put while the shared cache was away
}

// held is an entry in memory, or that there is none.
type held struct {
	entry   *Entry // nil for none
	checked time.Time
	state   uint64 // when it was checked
}

func (h held) cost() int64 {
	if h.entry == nil {
		return entryCost
	}
	return h.entry.Size()
}

const (
	// kept is for how long the shared cache has an entry. Those of old builds go by that.
	kept = 7 * 24 * time.Hour
	// trusted is for how long an entry in memory is not checked, while the host is told of
	// changes; trustedAlone while it is not.
	trusted      = time.Minute
	trustedAlone = time.Second
	// maxUnsent bounds the entries that are sent when the shared cache is back.
	maxUnsent = 10_000
	maxLeased = 10_000
)

// NewFleet returns a Fleet for the entries of build, with limit bytes of memory.
func NewFleet(link *Link, build string, own Store, limit int64, log *slog.Logger, now func() time.Time) *Fleet {
	f := &Fleet{
		link: link, space: build, own: own, now: now, log: throttle.New(log, RetryAfter, now),
		memory: lru.New[Key, held](limit, nil), leased: lru.New[Key, time.Time](maxLeased, nil),
		watching: map[Key]map[chan struct{}]bool{}, unsent: map[Key]bool{},
	}
	ctx, cancel := context.WithCancel(context.Background())
	f.cancel = cancel
	link.OnReached(func() {
		f.state.Add(2)
		link.Start(f.send)
	})
	f.wg.Go(func() { link.shared.Subscribe(ctx, build, f.changed, f.live) })
	return f
}

// Close ends the subscription, but not the link.
func (f *Fleet) Close() {
	f.cancel()
	f.wg.Wait()
}

// live is called when the subscription begins or ends.
func (f *Fleet) live(on bool) {
	if on != (f.state.Load()%2 == 1) {
		f.state.Add(1)
	}
	if on {
		f.link.reach()
	}
}

// trusts reports whether an entry in memory is served without a check.
func (f *Fleet) trusts(h held) bool {
	limit := trustedAlone
	if h.state%2 == 1 {
		limit = trusted
	}
	age := f.now().Sub(h.checked)
	return h.state == f.state.Load() && age >= 0 && age < limit
}

// changed is called when the entry of a key was put, by its version; when it was removed,
// by 0; and when its lease ended, by -1.
func (f *Fleet) changed(text string, version int64) {
	key, err := ParseKey(text)
	if err != nil {
		return
	}
	if version >= 0 && f.version(key) != version {
		f.forget(key)
	}
	if version == 0 && f.own != nil {
		if err := f.own.Remove(context.Background(), key); err != nil {
			f.log.Warn("", "cannot remove from the cache", "error", err)
		}
	}
	f.leased.Remove(key)
	f.mu.Lock()
	defer f.mu.Unlock()
	for watcher := range f.watching[key] {
		select {
		case watcher <- struct{}{}:
		default: // it has yet to look
		}
	}
}

// version returns the version of the entry in memory, -1 if there is none.
func (f *Fleet) version(key Key) int64 {
	version := int64(-1)
	f.memory.Update(key, key.Page, func(h held, have bool) (held, int64, bool) {
		if have && h.entry != nil && !h.entry.Lost {
			version = versionOf(h.entry)
		}
		return h, 0, false
	})
	return version
}

func versionOf(e *Entry) int64 { return max(1, e.Created.UnixMicro()) }

// forget removes a key from memory, and what is being fetched of it. The order matters:
// see keep.
func (f *Fleet) forget(key Key) {
	f.changes[key.sum[0]].Add(1)
	f.memory.Remove(key)
}

// watch returns a channel that tells of changes of a key and of its lease.
func (f *Fleet) watch(key Key) (changed <-chan struct{}, stop func()) {
	watcher := make(chan struct{}, 1)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.watching[key] == nil {
		f.watching[key] = map[chan struct{}]bool{}
	}
	f.watching[key][watcher] = true
	return watcher, func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.watching[key], watcher)
		if len(f.watching[key]) == 0 {
			delete(f.watching, key)
		}
	}
}

// Get implements Store. Whoever needs what is not in memory waits for one to fetch it.
// Of an entry that has to be checked others get what there is meanwhile.
func (f *Fleet) Get(_ context.Context, key Key) (*Entry, error) {
	h, have := f.memory.Get(key)
	switch {
	case !have:
		before := f.changes[key.sum[0]].Load()
		h, err := f.memory.Make(key, key.Page, func() (held, int64, error) {
			h := f.fetch(key, nil)
			return h, h.cost(), nil
		})
		f.keep(key, before)
		return h.entry, err
	case !f.trusts(h) && f.claim(key):
		return f.refresh(key), nil
	}
	return h.entry, nil
}

// claim reports whether the caller is the one to check an entry.
func (f *Fleet) claim(key Key) (claimed bool) {
	f.memory.Update(key, key.Page, func(h held, have bool) (held, int64, bool) {
		claimed = have && !f.trusts(h)
		h.checked, h.state = f.now(), f.state.Load()
		return h, h.cost(), claimed
	})
	return claimed
}

// refresh returns the entry as the shared cache has it, or else as this host has.
func (f *Fleet) refresh(key Key) *Entry {
	before := f.changes[key.sum[0]].Load()
	old, _ := f.memory.Get(key)
	h := f.fetch(key, old.entry)
	f.memory.Put(key, key.Page, h, h.cost())
	f.keep(key, before)
	return h.entry
}

// keep forgets what has just come into memory if the key has changed since before, when it
// was not fetched yet.
func (f *Fleet) keep(key Key, before uint64) {
	if f.changes[key.sum[0]].Load() != before {
		f.memory.Remove(key)
	}
}

// fetch returns the entry of a key, of which memory has local.
func (f *Fleet) fetch(key Key, local *Entry) held {
	h := held{entry: local, checked: f.now(), state: f.state.Load()}
	shared, err := f.ask(key)
	if err == nil && shared != nil && (local == nil || local.Lost || !local.Created.After(shared.Created)) {
		h.entry = shared
		if f.own != nil && (local == nil || !local.Created.Equal(shared.Created)) {
			f.warn(f.own.Put(context.Background(), key, shared))
		}
		return h
	}
	if h.entry == nil && f.own != nil {
		var ownErr error
		h.entry, ownErr = f.own.Get(context.Background(), key)
		f.warn(ownErr)
	}
	if err == nil && shared == nil && h.entry != nil && !f.isUnsent(key) {
		// It may have been removed while this host was away, or have been lost.
		lost := *h.entry
		lost.Lost = true
		h.entry = &lost
	}
	return h
}

// ask returns the entry of the shared cache.
func (f *Fleet) ask(key Key) (e *Entry, err error) {
	var data []byte
	err = f.link.do(context.Background(), answerTime, func(ctx context.Context) (err error) {
		data, err = f.link.shared.Get(ctx, f.space, key.String())
		return err
	})
	if err != nil || data == nil {
		return nil, err
	}
	if e, err = decode(data, key); err != nil {
		f.warn(err)
		return nil, nil
	}
	return e, nil
}

func (f *Fleet) warn(err error) {
	if err != nil {
		f.log.Warn("", "the cache does not work", "error", err)
	}
}
