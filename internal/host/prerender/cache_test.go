package prerender

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"
)

// held is a store whose lease another host has.
type held struct{ Store }

func (held) Lease(context.Context, string, time.Duration) (func(), bool, error) {
	return nil, false, nil
}

// down is a store that cannot be reached.
type down struct{}

var errDown = errors.New("store is down")

func (down) Get(context.Context, string) (*Entry, error) { return nil, errDown }
func (down) Put(context.Context, string, *Entry) error   { return errDown }
func (down) Lease(context.Context, string, time.Duration) (func(), bool, error) {
	return nil, false, errDown
}
func (down) Delete(context.Context, string) error { return errDown }

func newPage(renders *atomic.Int64) *Page {
	return &Page{Key: "k", Expires: true, Expiration: time.Minute, Timeout: time.Minute,
		Render: func(context.Context) (*Entry, error) { renders.Add(1); return entry("rendered", 0), nil }}
}

func TestCacheLeavesRenderingToAnotherHost(t *testing.T) {
	memory := NewMemory(1<<20, still)
	c := NewCache(held{memory}, still, slog.New(slog.DiscardHandler))
	defer c.Close(ctx)
	var renders atomic.Int64
	put(t, memory, "k", entry("old", time.Hour))
	if e, state, err := c.Get(ctx, newPage(&renders)); err != nil || state != StateStale || string(e.Body) != "old" {
		t.Errorf("%v %v %v", e, state, err)
	}
	c.Wait()
	if renders.Load() != 0 {
		t.Error("rendered although another host does")
	}
	if err := memory.Delete(ctx, "k"); err != nil {
		t.Fatal(err)
	}
	if e, state, err := c.Get(ctx, newPage(&renders)); err != nil || state != StateMiss || string(e.Body) != "rendered" {
		t.Errorf("a visitor waits for another host: %v %v %v", e, state, err)
	}
}

func TestCacheWithoutStore(t *testing.T) {
	c := NewCache(down{}, still, slog.New(slog.DiscardHandler))
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
	c := NewCache(NewMemory(1<<20, still), still, slog.New(slog.DiscardHandler))
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
