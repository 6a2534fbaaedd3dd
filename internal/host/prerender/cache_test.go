package prerender

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// down is a store that always fails.
type down struct{}

var errDown = errors.New("store is down")

func (down) Get(context.Context, Key) (*Entry, error) { return nil, errDown }
func (down) Put(context.Context, Key, *Entry) error   { return errDown }
func (down) List(context.Context) ([]Info, error)     { return nil, errDown }
func (down) Remove(context.Context, Key) error        { return errDown }

func newPage(renders *atomic.Int64) *Page {
	return &Page{Key: NewKey("k"), Function: "f", Expires: true, Expiration: time.Minute,
		Render: func(context.Context) (*Entry, error) { renders.Add(1); return entry("rendered", 0), nil }}
}

func TestCacheWithoutStore(t *testing.T) {
	c := NewCache(down{}, Options{Now: still, Log: discard, Renderings: 16})
	defer c.Close(ctx)
	var renders atomic.Int64
	for want := int64(1); want <= 2; want++ {
		e, state, err := c.Get(ctx, newPage(&renders))
		if err != nil || state != StateMiss || string(e.Body) != "rendered" || renders.Load() != want {
			t.Errorf("%v %v %v after %d renderings", e, state, err, renders.Load())
		}
	}
}

func TestCacheCloseGivesUp(t *testing.T) {
	c := NewCache(NewMemory(1<<20, still), Options{Now: still, Log: discard, Renderings: 16})
	begun := make(chan bool)
	p := newPage(nil)
	p.Fallback = entry("built", 0)
	p.Render = func(ctx context.Context) (*Entry, error) {
		close(begun)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if _, state, _ := c.Get(ctx, p); state != StatePrerender {
		t.Fatal(state)
	}
	<-begun
	over, cancel := context.WithCancel(ctx)
	cancel()
	c.Close(over)
}

var discard = slog.New(slog.DiscardHandler)

// crowd is a cache with few slots, with pages whose rendering lasts until they are
// released.
type crowd struct {
	*Cache
	store   *Memory
	begun   chan string
	release chan bool
}

func newCrowd(t *testing.T, o Options) *crowd {
	o.Now, o.Log, o.Waiting = still, discard, cmp.Or(o.Waiting, 1000)
	store := NewMemory(1<<20, still)
	c := &crowd{NewCache(store, o), store, make(chan string, 100), make(chan bool)}
	t.Cleanup(func() { c.Close(ctx) })
	return c
}

// page is a page of a function; age is that of the entry there is, 0 for none.
func (c *crowd) page(t *testing.T, name, function string, age time.Duration) *Page {
	p := &Page{Key: NewKey(name), Function: function, Expires: true, Expiration: time.Minute}
	p.Render = func(context.Context) (*Entry, error) {
		c.begun <- name
		<-c.release
		return entry("new", 0), nil
	}
	if age > 0 {
		put(t, c.store, name, entry("old", age))
	}
	return p
}

// TestRenderingsBehindAreBounded requests many stale pages: a few are rendered again,
// and all are served.
func TestRenderingsBehindAreBounded(t *testing.T) {
	c := newCrowd(t, Options{Renderings: 8, PerFunction: 4})
	for i := range 50 {
		for _, function := range []string{"f", "g", "h"} {
			p := c.page(t, fmt.Sprint(function, i), function, time.Hour)
			if e, state, err := c.Get(ctx, p); err != nil || state != StateStale || string(e.Body) != "old" {
				t.Fatalf("%v %v %v", e, state, err)
			}
		}
	}
	if n := len(c.flights); n != 4 { // half of 8, two of each of two functions
		t.Errorf("%d renderings at once, want 4", n)
	}
	close(c.release)
	c.Wait()
	if n := len(c.begun); n != 4 {
		t.Errorf("%d renderings, want 4", n)
	}
	if _, state, _ := c.Get(ctx, c.page(t, "f49", "f", 0)); state != StateStale {
		t.Errorf("a page that was not rendered is %s", state)
	}
	c.Wait()
	if _, state, _ := c.Get(ctx, c.page(t, "f49", "f", 0)); state != StateHit {
		t.Errorf("then it is %s", state)
	}
}

// TestRenderingsForVisitorsWait lets visitors of new pages wait for one another, until
// they time out.
func TestRenderingsForVisitorsWait(t *testing.T) {
	c := newCrowd(t, Options{Renderings: 4, PerFunction: 2, MaxWait: time.Hour})
	results := make(chan error, 10)
	for i := range 5 {
		p := c.page(t, fmt.Sprint(i), "f", 0)
		go func() {
			_, _, err := c.Get(ctx, p)
			results <- err
		}()
	}
	<-c.begun
	<-c.begun
	other := c.page(t, "other", "g", 0)
	go func() {
		_, _, err := c.Get(ctx, other)
		results <- err
	}()
	if name := <-c.begun; name != "other" {
		t.Errorf("%s is rendered, want that of the other function", name)
	}
	close(c.release)
	for range 6 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func TestRenderingsForVisitorsGiveUp(t *testing.T) {
	c := newCrowd(t, Options{Renderings: 1, PerFunction: 1, MaxWait: time.Millisecond})
	done := make(chan error)
	first := c.page(t, "first", "f", 0)
	go func() {
		_, _, err := c.Get(ctx, first)
		done <- err
	}()
	<-c.begun
	if _, _, err := c.Get(ctx, c.page(t, "second", "f", 0)); err != ErrBusy {
		t.Errorf("error %v, want ErrBusy", err)
	}
	close(c.release)
	if err := <-done; err != nil {
		t.Error(err)
	}
	if _, _, err := c.Get(ctx, c.page(t, "second", "f", 0)); err != nil {
		t.Error(err)
	}
}

// TestWaitingIsBounded has more visitors of new pages than may wait.
func TestWaitingIsBounded(t *testing.T) {
	c := newCrowd(t, Options{Renderings: 1, PerFunction: 1, MaxWait: time.Hour, Waiting: 2})
	done := make(chan error)
	for i := range 3 {
		p := c.page(t, fmt.Sprint(i), "f", 0)
		go func() {
			_, _, err := c.Get(ctx, p)
			done <- err
		}()
	}
	<-c.begun
	for c.slots.waiters() < 2 {
		time.Sleep(time.Millisecond)
	}
	if _, _, err := c.Get(ctx, c.page(t, "one too many", "f", 0)); err != ErrBusy {
		t.Errorf("error %v, want ErrBusy", err)
	}
	close(c.release)
	for range 3 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}

// waiters returns how many renderings wait for their slot.
func (s *slots) waiters() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waiting.Len()
}

// TestFailuresAreBounded fails more pages than are remembered.
func TestFailuresAreBounded(t *testing.T) {
	var log bytes.Buffer
	c := NewCache(down{}, Options{Now: still, Log: slog.New(slog.NewTextHandler(&log, nil)), Renderings: 16})
	for i := range 2 * maxFailures {
		p := &Page{Key: NewKey("page", fmt.Sprint(i)), Fallback: entry("built", 0), Render: func(context.Context) (*Entry, error) { return nil, errDown }}
		if _, state, _ := c.Get(ctx, p); state != StatePrerender {
			t.Fatal(state)
		}
		c.Wait()
	}
	if n := c.failures.Len(); n != maxFailures {
		t.Errorf("%d failures are remembered, want %d", n, maxFailures)
	}
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("the log has %d lines, want 1: %.500s", n, log.String())
	}
}

// TestWhoLeavesCostsNothing has many visitors leave before their rendering begins: it
// never does, unless someone else waits for it.
func TestWhoLeavesCostsNothing(t *testing.T) {
	c := newCrowd(t, Options{Renderings: 1, PerFunction: 1, MaxWait: time.Hour})
	results := make(chan error, 200)
	get := func(ctx context.Context, p *Page) {
		go func() {
			_, _, err := c.Get(ctx, p)
			results <- err
		}()
	}
	flights := func() int {
		c.mu.Lock()
		defer c.mu.Unlock()
		return len(c.flights)
	}
	get(ctx, c.page(t, "first", "f", 0))
	<-c.begun
	wanted := c.page(t, "wanted", "f", 0)
	leaving, leave := context.WithCancel(ctx)
	get(leaving, wanted)
	for i := range 100 {
		get(leaving, c.page(t, fmt.Sprint(i), "f", 0))
	}
	for flights() < 102 {
		time.Sleep(time.Millisecond)
	}
	stays := make(chan bool)
	go func() {
		f := c.render(wanted, hasWaiter, nil) // joins, before the others leave
		close(stays)
		_, err := c.wait(ctx, wanted, f)
		results <- err
	}()
	<-stays
	leave()
	for range 101 {
		if err := <-results; err != context.Canceled {
			t.Errorf("one who leaves gets %v", err)
		}
	}
	if n := flights(); n != 2 {
		t.Errorf("%d renderings are under way or wait, want 2", n)
	}
	close(c.release)
	for range 2 {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if name := <-c.begun; name != "wanted" || len(c.begun) != 0 {
		t.Errorf("%s and %d more are rendered", name, len(c.begun))
	}
}
