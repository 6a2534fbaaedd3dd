package prerender

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// State is how an answer was come by: the value of the x-vercel-cache header.
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

// Page is a regenerated page as one request asks for it.
type Page struct {
	// Key tells apart what must not share an answer: the output path, the
	// values that the configuration names, the host.
	Key string
	// GroupKey is the same for pages that are rendered again together; "" is
	// none.
	GroupKey string
	// Expires says whether an entry grows old, at the age of Expiration.
	Expires    bool
	Expiration time.Duration
	// StaleExpiration is the age at which an entry is not served any more; 0 is
	// none.
	StaleExpiration time.Duration
	// Timeout bounds one rendering.
	Timeout time.Duration
	// Fallback is what was rendered at build time, nil if nothing was.
	Fallback *Entry
	// Render renders the page. Only entries that may be kept come without error.
	Render func(ctx context.Context) (*Entry, error)
}

// Cache decides when pages are rendered. At most one rendering per key is under
// way at a time, however many requests wait for it.
type Cache struct {
	store Store
	now   func() time.Time
	log   *slog.Logger

	ctx    context.Context // ends with the cache
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu      sync.Mutex
	flights map[string]*flight
	retry   map[string]time.Time // when pages that failed may be rendered again
}

// flight is a rendering that is under way.
type flight struct {
	done  chan struct{}
	entry *Entry
	err   error
}

// NewCache returns a Cache over store.
func NewCache(store Store, now func() time.Time, log *slog.Logger) *Cache {
	ctx, cancel := context.WithCancel(context.Background())
	return &Cache{store: store, now: now, log: log, ctx: ctx, cancel: cancel, flights: map[string]*flight{}, retry: map[string]time.Time{}}
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

// Get returns the answer for p and the state it is in. The error is that of
// Render, and only comes when there is nothing else to show.
func (c *Cache) Get(ctx context.Context, p *Page) (*Entry, State, error) {
	e := c.read(ctx, p.Key)
	switch {
	case e == nil && p.Fallback != nil:
		c.renderBehind(p, 0)
		return p.Fallback, StatePrerender, nil
	case e == nil, p.StaleExpiration > 0 && c.age(e) >= p.StaleExpiration:
		e, err := c.await(ctx, p, waited)
		return e, StateMiss, err
	case p.Expires && c.age(e) >= p.Expiration:
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
	c.mu.Unlock()
	if busy {
		// This rendering began before the request to render: it may not show
		// what the request is about.
		if _, err := c.wait(ctx, f); ctx.Err() != nil {
			return nil, err
		}
	}
	return c.await(ctx, p, waited|leads)
}

// await renders p and waits for the answer.
func (c *Cache) await(ctx context.Context, p *Page, how manner) (*Entry, error) {
	for {
		e, err := c.wait(ctx, c.render(p, how))
		if e != nil || err != nil {
			return e, err
		}
		// That was a rendering which no one was to wait for, and which was left
		// to another host.
	}
}

func (c *Cache) age(e *Entry) time.Duration { return c.now().Sub(e.Created) }

// Age returns the age of e.
func (c *Cache) Age(e *Entry) time.Duration { return c.age(e) }

func (c *Cache) read(ctx context.Context, key string) *Entry {
	e, err := c.store.Get(ctx, key)
	if err != nil {
		c.log.Warn("cannot read the cache", "error", err)
		return nil
	}
	return e
}

// groupIsNewer reports whether another page of p's group was rendered, for a
// reason of its own, after e was.
func (c *Cache) groupIsNewer(ctx context.Context, p *Page, e *Entry) bool {
	if p.GroupKey == "" {
		return false
	}
	mark := c.read(ctx, p.GroupKey)
	return mark != nil && mark.Created.After(e.Created)
}

// renderBehind renders p without anyone waiting, unless it failed lately.
func (c *Cache) renderBehind(p *Page, how manner) {
	c.mu.Lock()
	again, failed := c.retry[p.Key]
	c.mu.Unlock()
	if failed && c.now().Before(again) {
		return
	}
	c.render(p, how)
}

// manner is how a rendering is done.
type manner int

const (
	// leads: the rest of the page's group is to follow. A page that itself
	// follows does not lead, else the group would never come to rest.
	leads manner = 1 << iota
	// waited: a visitor waits for the answer.
	waited
)

// render starts a rendering of p, or returns the one that is under way.
func (c *Cache) render(p *Page, how manner) *flight {
	c.mu.Lock()
	defer c.mu.Unlock()
	if f, ok := c.flights[p.Key]; ok {
		return f
	}
	f := &flight{done: make(chan struct{})}
	c.flights[p.Key] = f
	c.wg.Go(func() { c.fly(f, p, how) })
	return f
}

// fly renders p, keeps the answer, and gives it to those who wait.
func (c *Cache) fly(f *flight, p *Page, how manner) {
	release, leased, err := c.store.Lease(c.ctx, p.Key, p.Timeout)
	if err != nil {
		c.log.Warn("cannot lease in the cache", "error", err)
	}
	// Without the lease another host renders the page. Someone who waits here
	// is not made to wait for that host; the newest answer stays.
	if leased || err != nil || how&waited != 0 {
		f.entry, f.err = p.Render(c.ctx)
		if f.err == nil {
			c.keep(c.ctx, p, f.entry, how)
		}
	}
	if leased {
		release() // before the next rendering can begin
	}
	c.mu.Lock()
	delete(c.flights, p.Key)
	switch {
	case f.err == nil:
		delete(c.retry, p.Key)
	case how&waited == 0: // whoever waits asks again as they like
		c.forgetRetries()
		c.retry[p.Key] = c.now().Add(RetryAfter)
	}
	c.mu.Unlock()
	close(f.done)
}

// keep stores a new entry, and marks its group.
func (c *Cache) keep(ctx context.Context, p *Page, e *Entry, how manner) {
	if err := c.store.Put(ctx, p.Key, e); err != nil {
		c.log.Warn("cannot write the cache", "error", err)
	}
	if how&leads != 0 && p.GroupKey != "" {
		if err := c.store.Put(ctx, p.GroupKey, &Entry{Created: e.Created}); err != nil {
			c.log.Warn("cannot write the cache", "error", err)
		}
	}
}

// forgetRetries drops the pages that may be rendered again anyway, so that the
// map does not grow with every address that ever failed.
func (c *Cache) forgetRetries() {
	now := c.now()
	for key, at := range c.retry {
		if !now.Before(at) {
			delete(c.retry, key)
		}
	}
}

// wait waits for a rendering.
func (c *Cache) wait(ctx context.Context, f *flight) (*Entry, error) {
	select {
	case <-f.done:
		return f.entry, f.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
