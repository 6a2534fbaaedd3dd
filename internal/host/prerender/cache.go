package prerender

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
	"github.com/jargo-dev/jargo/internal/host/throttle"
)

// State says where a response comes from: the value of the x-vercel-cache header.
type State string

// The states.
const (
	StatePrerender   State = "PRERENDER"   // rendered at build time
	StateHit         State = "HIT"         // fresh entry
	StateStale       State = "STALE"       // old entry; revalidated in the background
	StateMiss        State = "MISS"        // rendered for this request
	StateBypass      State = "BYPASS"      // rendered, the cache was bypassed
	StateRevalidated State = "REVALIDATED" // rendered on demand
)

// RetryAfter is how long a stale entry is served after a failed revalidation, until
// the next attempt.
const RetryAfter = 30 * time.Second

// maxFailures bounds the failed revalidations that are remembered.
const maxFailures = 10_000

// maxWait is how long a request waits for the rendering of its page to begin.
const maxWait = 10 * time.Second

// Page is a regenerated page as one request asks for it.
type Page struct {
	// Key is the cache key: of the output path, the values that the configuration
	// names, and the host.
	Key Key
	// GroupKey is the same for pages that are revalidated together; nil is none.
	GroupKey *Key
	// Function is the name of the function that renders the page.
	Function string
	// Expires says whether an entry becomes stale, at the age of Expiration.
	Expires    bool
	Expiration time.Duration
	// StaleExpiration is the age at which an entry is no longer served; 0 is none.
	StaleExpiration time.Duration
	// Fallback is what was rendered at build time, nil if nothing was.
	Fallback *Entry
	// Render renders the page. It returns an error for a response that must not be
	// cached.
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
	// MaxWait is the constant of this name, but for tests.
	MaxWait time.Duration
}

// Cache decides when pages are rendered. Requests for one key share one in-flight
// rendering, and the renderings are bounded in number.
type Cache struct {
	store    Store
	fleet    *Fleet // the store, if it is one; nil for none
	now      func() time.Time
	log      *throttle.Logger
	maxWait  time.Duration
	slots    *slots
	failures *lru.Cache[Key, time.Time] // the time of each

	ctx    context.Context // ends with the cache
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	flights map[Key]*flight
}

// flight is an in-flight rendering, or one that waits for its slot.
type flight struct {
	done  chan struct{}
	entry *Entry
	err   error

	// Until it has begun it is canceled when no request waits for it any more:
	// visitors who leave must not cost anything. The cache's lock guards these.
	mode    renderMode
	begun   bool
	waiting int
	giveUp  context.CancelFunc
}

// NewCache returns a Cache over store.
func NewCache(store Store, o Options) *Cache {
	o.PerFunction = cmp.Or(o.PerFunction, max(1, o.Renderings/4))
	o.MaxWait = cmp.Or(o.MaxWait, maxWait)
	ctx, cancel := context.WithCancel(context.Background())
	fleet, _ := store.(*Fleet)
	return &Cache{
		store: store, fleet: fleet, now: o.Now, log: throttle.New(o.Log, RetryAfter, o.Now), maxWait: o.MaxWait,
		slots:    newSlots(o.Renderings, o.PerFunction, o.Waiting),
		failures: lru.New[Key, time.Time](maxFailures, nil),
		ctx:      ctx, cancel: cancel, flights: map[Key]*flight{},
	}
}

// Close waits for renderings under way and cancels them when ctx is done.
func (c *Cache) Close(ctx context.Context) {
	done := make(chan struct{})
	go func() { c.wg.Wait(); close(done) }()
	select {
	case <-done:
	case <-ctx.Done():
	}
	c.cancel()
	<-done
	if c.fleet != nil {
		c.fleet.Close()
	}
}

// Wait waits for the renderings under way.
func (c *Cache) Wait() { c.wg.Wait() }

// Get returns the response for p and its state. The error is that of Render, or
// ErrBusy, and only returned when there is no entry to serve.
func (c *Cache) Get(ctx context.Context, p *Page) (*Entry, State, error) {
	e := c.read(ctx, p.Key)
	switch {
	case e == nil && p.Fallback != nil:
		c.renderBehind(p, 0, nil)
		return p.Fallback, StatePrerender, nil
	case e == nil, p.StaleExpiration > 0 && c.age(e) >= p.StaleExpiration:
		e, err := c.renderFor(ctx, p, e)
		return e, StateMiss, err
	case c.hasExpired(p, e):
		c.renderBehind(p, leadsGroup, e)
		return e, StateStale, nil
	case e.Lost, c.groupIsNewer(ctx, p, e):
		c.renderBehind(p, 0, e)
		return e, StateStale, nil
	}
	return e, StateHit, nil
}

// maxSkew is by how much the clocks of hosts may differ.
const maxSkew = 10 * time.Second

// IsStale reports whether an entry that was created at a time is to be rendered again: it is
// older than its page allows, if it expires, or it is of a future that no clock explains.
func IsStale(created, now time.Time, expires bool, expiration time.Duration) bool {
	age := now.Sub(created)
	return expires && age >= expiration || age < -maxSkew
}

// hasExpired reports whether e is to be rendered again for its age, which is unknown if
// the clock was set back.
func (c *Cache) hasExpired(p *Page, e *Entry) bool {
	return IsStale(e.Created, c.now(), p.Expires, p.Expiration)
}

func (c *Cache) isFresh(ctx context.Context, p *Page, e *Entry) bool {
	return !c.hasExpired(p, e) && !e.Lost && !c.groupIsNewer(ctx, p, e)
}

// Revalidate renders p and replaces its entry.
func (c *Cache) Revalidate(ctx context.Context, p *Page) (*Entry, error) {
	c.mu.Lock()
	f, busy := c.flights[p.Key]
	if busy {
		f.waiting++
	}
	c.mu.Unlock()
	for {
		if busy {
			// This rendering began before the request to revalidate, or takes what another
			// host has begun: it may miss the change that the request is about.
			if _, err := c.wait(ctx, p, f); ctx.Err() != nil {
				return nil, err
			}
		}
		f = c.render(p, hasWaiter|leadsGroup|anew, nil)
		if f.mode&anew != 0 {
			return c.wait(ctx, p, f)
		}
		busy = true
	}
}

// renderFor renders p for a visitor, who has no use for old.
func (c *Cache) renderFor(ctx context.Context, p *Page, old *Entry) (*Entry, error) {
	for {
		e, err := c.wait(ctx, p, c.render(p, hasWaiter, old))
		if !errors.Is(err, errElsewhere) { // else it was a rendering in the background
			return e, err
		}
	}
}

// List returns what is known of each entry, in no order.
func (c *Cache) List(ctx context.Context) ([]Info, error) { return c.store.List(ctx) }

// Entry returns the entry under key, whatever its age; nil when there is none.
func (c *Cache) Entry(ctx context.Context, key Key) (*Entry, error) { return c.store.Get(ctx, key) }

// Remove removes the entry under key, if there is one. A rendering under way makes another.
func (c *Cache) Remove(ctx context.Context, key Key) error { return c.store.Remove(ctx, key) }

func (c *Cache) age(e *Entry) time.Duration { return c.now().Sub(e.Created) }

func (c *Cache) read(ctx context.Context, key Key) *Entry {
	e, err := c.store.Get(ctx, key)
	if err != nil {
		c.log.Warn("", "cannot read the cache", "error", err)
		return nil
	}
	return e
}

// groupIsNewer reports whether another page of p's group was revalidated on its own
// account after e was rendered. A time in the future does not count, or the group
// would be revalidated over and over until then.
func (c *Cache) groupIsNewer(ctx context.Context, p *Page, e *Entry) bool {
	if p.GroupKey == nil {
		return false
	}
	mark := c.read(ctx, *p.GroupKey)
	return mark != nil && mark.Created.After(e.Created) && c.age(mark) >= -maxSkew
}

// renderBehind renders p in the background, unless it failed recently, another host does,
// or too much is being rendered.
func (c *Cache) renderBehind(p *Page, mode renderMode, old *Entry) {
	if c.fleet != nil && c.fleet.isLeased(p.Key) {
		return
	}
	if last, failed := c.failures.Get(p.Key); failed {
		if since := c.now().Sub(last); since >= 0 && since < RetryAfter {
			return
		}
	}
	c.render(p, mode, old)
}

// renderMode is how a rendering is done.
type renderMode int

const (
	// leadsGroup: the rest of the page's group is to follow. A page that follows does
	// not lead, or the group would be revalidated for ever.
	leadsGroup renderMode = 1 << iota
	// hasWaiter: a visitor waits for the response.
	hasWaiter
	// anew: what another host has rendered meanwhile will not do.
	anew
)

// render starts a rendering of p, which has the entry old, or returns the in-flight one. It
// returns nil if the rendering has no waiter and there is no slot. A waiter must call wait.
func (c *Cache) render(p *Page, mode renderMode, old *Entry) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, ok := c.flights[p.Key]
	switch {
	case ok:
	case mode&hasWaiter == 0 && !c.slots.tryAcquire(p.Function):
		return nil
	default:
		ctx, cancel := context.WithTimeout(c.ctx, c.maxWait)
		f = &flight{done: make(chan struct{}), mode: mode, begun: mode&hasWaiter == 0, giveUp: cancel}
		c.flights[p.Key] = f
		c.wg.Go(func() { c.run(ctx, f, p, old) })
	}
	if mode&hasWaiter != 0 {
		f.waiting++
	}
	return f
}

// run makes an entry of p and hands it to the waiters. A rendering in the background
// already has its slot; another waits for one until ctx is done.
func (c *Cache) run(ctx context.Context, f *flight, p *Page, old *Entry) {
	defer f.giveUp()
	if f.mode&hasWaiter != 0 {
		f.err = c.begin(ctx, f, p)
	}
	if f.err == nil {
		f.entry, f.err = c.make(p, f.mode, old)
		c.slots.release(p.Function)
	}
	c.mu.Lock()
	c.remove(p.Key, f)
	c.mu.Unlock()
	close(f.done)
}

// make renders p and stores the entry, or returns what another host has rendered.
func (c *Cache) make(p *Page, mode renderMode, old *Entry) (*Entry, error) {
	if c.fleet != nil {
		release, e, err := c.lease(p, mode, old)
		if e != nil || err != nil {
			return e, err
		}
		defer release()
	}
	e, err := p.Render(c.ctx)
	if err == nil {
		c.save(c.ctx, p, e, mode)
		c.failures.Remove(p.Key)
	} else if mode&hasWaiter == 0 { // visitors may retry at will
		c.failures.Put(p.Key, p.Key.Page, c.now(), 1)
	}
	return e, err
}

// begin acquires the slot of a rendering that has waiters.
func (c *Cache) begin(ctx context.Context, f *flight, p *Page) error {
	if err := c.slots.acquire(ctx, p.Function); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if f.waiting == 0 { // they have just left
		c.slots.release(p.Function)
		return ErrBusy
	}
	f.begun = true
	return nil
}

// remove removes f from the in-flight renderings, unless another has replaced it.
// The caller holds the lock.
func (c *Cache) remove(key Key, f *flight) {
	if c.flights[key] == f {
		delete(c.flights, key)
	}
}

// save stores a new entry, and marks its group.
func (c *Cache) save(ctx context.Context, p *Page, e *Entry, mode renderMode) {
	c.put(ctx, p.Key, e)
	if mode&leadsGroup != 0 && p.GroupKey != nil {
		c.put(ctx, *p.GroupKey, &Entry{Created: e.Created})
	}
}

func (c *Cache) put(ctx context.Context, key Key, e *Entry) {
	if err := c.store.Put(ctx, key, e); err != nil {
		c.log.Warn("", "cannot write the cache", "error", err)
	}
}

// wait waits for f, a rendering of p.
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
