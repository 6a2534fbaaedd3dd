package prerender

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

const (
	// leaseTime is for how long others wait for a host that was killed.
	leaseTime = 5 * time.Second
	// pollTime is when who waits for a lease looks by themselves.
	pollTime = 500 * time.Millisecond
)

// errElsewhere is the error of a rendering in the background that another host does.
var errElsewhere = errors.New("another host renders the page")

// acquire takes the lease of a key, which lasts until it is released, or this process
// ends. Without the shared cache each host renders for itself.
func (f *Fleet) acquire(key Key) (release func(), ok bool) {
	name, token := key.String(), rand.Text()
	err := f.link.do(context.Background(), answerTime, func(ctx context.Context) (err error) {
		ok, err = f.link.shared.Acquire(ctx, f.space, name, token, leaseTime)
		return err
	})
	if err != nil {
		return func() {}, true
	}
	if !ok {
		f.leased.Put(key, key.Page, f.now(), 1)
		return nil, false
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		f.renew(name, token, stop)
	}()
	return func() {
		close(stop)
		<-stopped
		f.link.do(context.Background(), answerTime, func(ctx context.Context) error {
			return f.link.shared.Release(ctx, f.space, name, token)
		})
	}, true
}

// renew keeps a lease until stop is closed. One that is lost is not taken again: what this
// host renders is as good as what the other one does.
func (f *Fleet) renew(name, token string, stop <-chan struct{}) {
	ticker := time.NewTicker(leaseTime / 4)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
		f.link.do(context.Background(), answerTime, func(ctx context.Context) error {
			_, err := f.link.shared.Renew(ctx, f.space, name, token, leaseTime)
			return err
		})
	}
}

// isLeased reports whether another host had the lease of a key a moment ago, and nothing
// was heard of it since.
func (f *Fleet) isLeased(key Key) bool {
	at, ok := f.leased.Get(key)
	since := f.now().Sub(at)
	return ok && since >= 0 && since < pollTime
}

// lease waits until this host may render p, unless nobody waits for that: then the error is
// errElsewhere. If meanwhile there is an entry other than old, that is
// returned instead, unless the rendering must be a new one.
func (c *Cache) lease(p *Page, mode renderMode, old *Entry) (release func(), e *Entry, err error) {
	changed, stop := c.fleet.watch(p.Key)
	defer stop()
	for {
		release, ok := c.fleet.acquire(p.Key)
		if mode&anew == 0 {
			e := c.fleet.latest(p.Key, old)
			// Whoever waited gets what the other host has rendered, if it has expired since, too.
			if e != nil && (!ok || c.isFresh(c.ctx, p, e)) {
				if ok {
					release()
				}
				return nil, e, nil
			}
		}
		switch {
		case ok:
			return release, nil, nil
		case mode&hasWaiter == 0:
			return nil, nil, errElsewhere
		}
		select {
		case <-changed:
		case <-time.After(pollTime):
		case <-c.ctx.Done():
			return nil, nil, context.Cause(c.ctx)
		}
	}
}

// latest returns the entry of the shared cache if it is another than old.
func (f *Fleet) latest(key Key, old *Entry) *Entry {
	e := f.refresh(key)
	if e == nil || e.Lost || old != nil && e.Created.Equal(old.Created) {
		return nil
	}
	return e
}
