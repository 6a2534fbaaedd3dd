package prerender

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
	"github.com/jargo-dev/jargo/internal/host/throttle"
)

// State is how a response was come by: the value of the x-vercel-cache header.
type State string

// The states.
const (
	StatePrerender   State = "PRERENDER"   // rendered at build time
	StateHit         State = "HIT"         // fresh entry
	StateStale       State = "STALE"       // old entry; rendered again behind it
	StateMiss        State = "MISS"        // rendered for this request
	StateBypass      State = "BYPASS"      // rendered, past the cache
	StateRevalidated State = "REVALIDATED" // rendered on demand
)

// RetryAfter is how long an old entry is served after its page could not be
// rendered again, until the next attempt.
const RetryAfter = 30 * time.Second

// maxFailures is how many pages are remembered that could not be rendered.
const maxFailures = 10_000

// patience is how long one who waits for a page waits for its rendering to
// begin.
const patience = 10 * time.Second

// Page is a regenerated page as one request asks for it.
type Page struct {
	// Key tells apart what must not share a response: the output path, the
	// values that the configuration names, the host.
	Key Key
	// GroupKey is the same for pages that are rendered again together; nil is
	// none.
	GroupKey *Key
	// Function is what renders the page, among those of the output.
	Function string
	// Expires says whether an entry grows old, at the age of Expiration.
	Expires    bool
	Expiration time.Duration
	// StaleExpiration is the age at which an entry is not served any more; 0 is
	// none.
	StaleExpiration time.Duration
	// Fallback is what was rendered at build time, nil if nothing was.
	Fallback *Entry
	// Render renders the page. Only entries that may be kept come without error.
	Render func(ctx context.Context) (*Entry, error)
}

// Options are the settings of a Cache.
type Options struct {
	Now func() time.Time
	Log *slog.Logger
	// Renderings is how many renderings may be under way at once. PerFunction is
	// how many of them may be of one function; 0 is a quarter.
	Renderings, PerFunction int
	// Waiting is how many renderings may wait for their turn.
	Waiting int
	// Patience is the constant of this name, but for tests.
	Patience time.Duration
}

// Cache decides when pages are rendered. At most one rendering per key is under
// way at a time, however many requests wait for it, and a bounded number in all.
type Cache struct {
	store    Store
	now      func() time.Time
	log      *throttle.Logger
	patience time.Duration
	slots    *slots
	failures *lru.Cache[Key, time.Time] // when they were

	ctx    context.Context // ends with the cache
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	flights map[Key]*flight
}

// flight is a rendering that is under way, or about to be.
type flight struct {
	done  chan struct{}
	entry *Entry
	err   error

	// Before it begins it is given up when no one waits for it any more: those
	// who leave could else cost as much as they like. The cache's lock guards
	// these.
	begun   bool
	waiting int
	giveUp  context.CancelFunc
}

// NewCache returns a Cache over store.
func NewCache(store Store, o Options) *Cache {
	o.PerFunction = cmp.Or(o.PerFunction, max(1, o.Renderings/4))
	o.Patience = cmp.Or(o.Patience, patience)
	ctx, cancel := context.WithCancel(context.Background())
	return &Cache{
		store: store, now: o.Now, log: throttle.New(o.Log, RetryAfter, o.Now), patience: o.Patience,
		slots:    newSlots(o.Renderings, o.PerFunction, o.Waiting),
		failures: lru.New[Key, time.Time](maxFailures, nil),
		ctx:      ctx, cancel: cancel, flights: map[Key]*flight{},
	}
}

// Close lets renderings under way finish, and gives them up when ctx is done.
func (c *Cache) Close(ctx context.Context) {
	done := make(chan struct{})
	go func() { c.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	c.cancel()
	<-done
}

// Wait waits until nothing is being rendered.
func (c *Cache) Wait() { c.wg.Wait() }

// Get returns the response for p and the state it is in. The error is that of
// Render, or ErrBusy, and only comes when there is nothing else to show.
func (c *Cache) Get(ctx context.Context, p *Page) (*Entry, State, error) {
	e := c.read(ctx, p.Key)
	switch {
	case e == nil && p.Fallback != nil:
		c.renderBehind(p, 0)
		return p.Fallback, StatePrerender, nil
	case e == nil, p.StaleExpiration > 0 && c.age(e) >= p.StaleExpiration:
		e, err := c.wait(ctx, p, c.render(p, waited))
		return e, StateMiss, err
	case p.Expires && c.age(e) >= p.Expiration, c.age(e) < 0: // the clock was set back: no one knows how old it is
		c.renderBehind(p, leads)
		return e, StateStale, nil
	case c.groupIsNewer(ctx, p, e):
		c.renderBehind(p, 0)
		return e, StateStale, nil
	}
	return e, StateHit, nil
}

// Revalidate renders p now and replaces its entry.
func (c *Cache) Revalidate(ctx context.Context, p *Page) (*Entry, error) {
	c.mu.Lock()
	f, busy := c.flights[p.Key]
	if busy {
		f.waiting++
	}
	c.mu.Unlock()
	if busy {
		// This rendering began before the request to render: it may not show
		// what the request is about.
		if _, err := c.wait(ctx, p, f); ctx.Err() != nil {
			return nil, err
		}
	}
	return c.wait(ctx, p, c.render(p, waited|leads))
}

func (c *Cache) age(e *Entry) time.Duration { return c.now().Sub(e.Created) }

// Age returns the age of e.
func (c *Cache) Age(e *Entry) time.Duration { return c.age(e) }

func (c *Cache) read(ctx context.Context, key Key) *Entry {
	e, err := c.store.Get(ctx, key)
	if err != nil {
		c.log.Warn("", "cannot read the cache", "error", err)
		return nil
	}
	return e
}

// groupIsNewer reports whether another page of p's group was rendered, for a
// reason of its own, after e was. What is yet to come does not count, or the group
// would not come to rest before that.
func (c *Cache) groupIsNewer(ctx context.Context, p *Page, e *Entry) bool {
	if p.GroupKey == nil {
		return false
	}
	mark := c.read(ctx, *p.GroupKey)
	return mark != nil && mark.Created.After(e.Created) && c.age(mark) >= 0
}

// renderBehind renders p without anyone waiting, unless it failed lately or too
// much is being rendered.
func (c *Cache) renderBehind(p *Page, how manner) {
	if last, failed := c.failures.Get(p.Key); failed {
		if since := c.now().Sub(last); since >= 0 && since < RetryAfter {
			return
		}
	}
	c.render(p, how)
}

// manner is how a rendering is done.
type manner int

const (
	// leads: the rest of the page's group is to follow. A page that itself
	// follows does not lead, else the group would never come to rest.
	leads manner = 1 << iota
	// waited: a visitor waits for the response.
	waited
)

// render starts a rendering of p, or returns the one that is under way. It
// returns nil when no one is to wait for it and there is no slot. Whoever waits
// must call wait.
func (c *Cache) render(p *Page, how manner) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flights[p.Key]
	switch {
	case ok:
	case how&waited == 0 && !c.slots.try(p.Function):
		return nil
	default:
		ctx, cancel := context.WithTimeout(c.ctx, c.patience)
		f = &flight{done: make(chan struct{}), begun: how&waited == 0, giveUp: cancel}
		c.flights[p.Key] = f
		c.wg.Go(func() { c.fly(ctx, f, p, how) })
	}
	if how&waited != 0 {
		f.waiting++
	}
	return f
}

// fly renders p, keeps the response, and gives it to those who wait. A rendering
// that no one waits for comes with its slot; others wait for one until ctx is
// done.
func (c *Cache) fly(ctx context.Context, f *flight, p *Page, how manner) {
	defer f.giveUp()
	if how&waited != 0 {
		f.err = c.begin(ctx, f, p)
	}
	if f.err == nil {
		f.entry, f.err = p.Render(c.ctx)
		if f.err == nil {
			c.keep(c.ctx, p, f.entry, how)
			c.failures.Remove(p.Key)
		} else if how&waited == 0 { // whoever waits asks again as they like
			c.failures.Put(p.Key, p.Key.Page, c.now(), 1)
		}
		c.slots.release(p.Function)
	}
	c.mu.Lock()
	c.remove(p.Key, f)
	c.mu.Unlock()
	close(f.done)
}

// begin takes a slot for a rendering that someone waits for.
func (c *Cache) begin(ctx context.Context, f *flight, p *Page) error {
	if err := c.slots.wait(ctx, p.Function); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting == 0 { // just now
		c.slots.release(p.Function)
		return ErrBusy
	}
	f.begun = true
	return nil
}

// remove takes a rendering out of those under way, unless it is not the one any
// more. The caller holds the lock.
func (c *Cache) remove(key Key, f *flight) {
	if c.flights[key] == f {
		delete(c.flights, key)
	}
}

// keep stores a new entry, and marks its group.
func (c *Cache) keep(ctx context.Context, p *Page, e *Entry, how manner) {
	c.put(ctx, p.Key, e)
	if how&leads != 0 && p.GroupKey != nil {
		c.put(ctx, *p.GroupKey, &Entry{Created: e.Created})
	}
}

func (c *Cache) put(ctx context.Context, key Key, e *Entry) {
	if err := c.store.Put(ctx, key, e); err != nil {
		c.log.Warn("", "cannot write the cache", "error", err)
	}
}

// wait waits for a rendering of p.
func (c *Cache) wait(ctx context.Context, p *Page, f *flight) (*Entry, error) {
	select {
	case <-f.done:
		return f.entry, f.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting--; f.waiting == 0 && !f.begun {
		f.giveUp()
		c.remove(p.Key, f)
	}
	return nil, context.Cause(ctx)
}
