package prerender

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// lines are the lines of a log.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *lines) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

// take returns the lines since it was last called.
func (l *lines) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer l.text.Reset()
	return strings.Split(strings.TrimSuffix(l.text.String(), "\n"), "\n")
}

// member is a host of a fleet.
type member struct {
	*Fleet
	cache *Cache
	log   lines
}

// join adds a host to those of s. It lasts as long as the test.
func join(t *testing.T, s Shared, own Store) *member {
	m := &member{}
	link := NewLink(s, m.log.logger())
	m.Fleet = NewFleet(link, build, own, 1<<20, m.log.logger(), time.Now)
	m.cache = NewCache(m.Fleet, Options{Now: time.Now, Log: m.log.logger(), Renderings: 64, PerFunction: 64, Waiting: 1000, MaxWait: time.Hour})
	t.Cleanup(func() {
		m.cache.Close(ctx)
		link.Close()
	})
	return m
}

// inBubble runs a test of hosts that share a fake, in which time passes when all wait.
func inBubble(t *testing.T, hosts int, test func(t *testing.T, s *fake, hosts []*member)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := newFake()
		var members []*member
		for range hosts {
			members = append(members, join(t, s, NewMemory(1<<20, time.Now)))
		}
		synctest.Wait()
		test(t, s, members)
	})
}

func fresh(body string) *Entry {
	return NewEntry(200, nil, []byte(body), time.Now())
}

func (m *member) want(t *testing.T, key, body string) {
	t.Helper()
	wantEntry(t, m.Fleet, key, body)
}

func TestFleetSeesChanges(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, s *fake, hosts []*member) {
		all := func(body string) {
			t.Helper()
			synctest.Wait() // for what was told, which takes no time
			for _, m := range hosts {
				m.want(t, "a", body)
			}
		}
		all("")
		put(t, hosts[0], "a", fresh("first"))
		all("first")
		time.Sleep(time.Millisecond)
		put(t, hosts[1], "a", fresh("second"))
		all("second")
		asked := s.asked.Load()
		time.Sleep(trusted / 2)
		all("second")
		if s.asked.Load() != asked {
			t.Error("what is in memory is asked for, although changes are told")
		}
		infos, err := hosts[2].List(ctx)
		if err != nil || len(infos) != 1 || infos[0].Size != 6 {
			t.Errorf("listed are %v, %v", infos, err)
		}
		if err := hosts[2].Remove(ctx, NewKey("a")); err != nil {
			t.Error(err)
		}
		all("")
		if e, _ := hosts[0].own.Get(ctx, NewKey("a")); e != nil {
			t.Error("what was removed is still on the disk of another host")
		}
	})
}

// TestFleetClocksDiffer has a host whose clock is behind: what it puts last, others see.
func TestFleetClocksDiffer(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, _ *fake, hosts []*member) {
		behind := hosts[1]
		behind.now = func() time.Time { return time.Now().Add(-5 * time.Second) }
		put(t, hosts[0], "a", fresh("first"))
		synctest.Wait()
		behind.want(t, "a", "first")
		time.Sleep(time.Second)
		put(t, behind, "a", NewEntry(200, nil, []byte("second"), behind.now()))
		synctest.Wait()
		for _, m := range hosts {
			m.want(t, "a", "second")
		}
	})
}

func TestFleetListsWhatOthersHave(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, _ *fake, hosts []*member) {
		e := fresh("page")
		e.Path = "/a?x=1"
		put(t, hosts[0], "a", e)
		put(t, hosts[0], "group 1", &Entry{Created: time.Now()})
		infos, err := hosts[1].List(ctx)
		if err != nil || len(infos) != 1 || infos[0].Path != "/a?x=1" || infos[0].Key != NewKey("a") {
			t.Errorf("listed are %v, %v", infos, err)
		}
	})
}

// TestFleetAlone loses the subscription of one host, but not the shared cache.
func TestFleetAlone(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, s *fake, hosts []*member) {
		put(t, hosts[0], "a", fresh("first"))
		synctest.Wait()
		deaf := hosts[1]
		deaf.want(t, "a", "first")
		deaf.live(false)
		time.Sleep(time.Millisecond)
		deaf.want(t, "a", "first")
		for sub := range s.subscribers {
			sub.space = "elsewhere" // nothing is told
		}
		put(t, hosts[0], "a", fresh("second"))
		deaf.want(t, "a", "first") // checked just now
		time.Sleep(trustedAlone)
		deaf.want(t, "a", "second")
		put(t, hosts[0], "a", fresh("third"))
		deaf.live(true)
		deaf.want(t, "a", "third") // at once: what was told meanwhile is not known
	})
}

// TestFleetOutage has an outage, in which a host renders a page, and one starts.
func TestFleetOutage(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, s *fake, hosts []*member) {
		put(t, hosts[0], "a", fresh("first"))
		put(t, hosts[0], "b", fresh("only here"))
		synctest.Wait()
		hosts[1].want(t, "a", "first")
		s.setAway(errors.New("connection refused"))
		synctest.Wait()
		start, asked := time.Now(), s.asked.Load()
		for range 100 {
			hosts[0].want(t, "a", "first")
			hosts[1].want(t, "a", "first")
			hosts[1].want(t, "b", "")
		}
		late := join(t, s, hosts[0].own)
		late.want(t, "b", "only here")
		if took := time.Since(start); took > 0 || s.asked.Load() > asked+6 {
			t.Errorf("without the shared cache 300 reads took %v and %d questions", took, s.asked.Load()-asked)
		}
		time.Sleep(time.Second)
		put(t, hosts[0], "a", fresh("second"))
		hosts[0].want(t, "a", "second")
		hosts[1].want(t, "a", "first")
		s.setAway(nil)
		time.Sleep(pause)
		synctest.Wait()
		for _, m := range []*member{hosts[0], hosts[1], late} {
			m.want(t, "a", "second")
			if log := m.log.take(); len(log) != 2 {
				t.Errorf("of one outage the log says %q", log)
			}
		}
		hosts[1].want(t, "b", "only here")
	})
}

// TestFleetLosesAll empties the shared cache: what hosts have is stale, and not gone.
func TestFleetLosesAll(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, s *fake, hosts []*member) {
		put(t, hosts[0], "a", fresh("old"))
		synctest.Wait()
		clear(s.values)
		s.setAway(errors.New("restarted"))
		s.setAway(nil)
		synctest.Wait()
		p := &Page{Key: NewKey("a"), Function: "f", Render: func(context.Context) (*Entry, error) { return fresh("new"), nil }}
		if e, state, err := hosts[0].cache.Get(ctx, p); err != nil || state != StateStale || string(e.Body) != "old" {
			t.Errorf("%v %v %v", e, state, err)
		}
		synctest.Wait()
		for _, m := range hosts {
			if e, state, err := m.cache.Get(ctx, p); err != nil || state != StateHit || string(e.Body) != "new" {
				t.Errorf("then %v %v %v", e, state, err)
			}
		}
	})
}

// rendered is a page that takes its time, and counts its renderings.
func rendered(count *atomic.Int64, takes time.Duration) *Page {
	return &Page{Key: NewKey("a"), Function: "f", Expires: true, Expiration: time.Minute, Render: func(ctx context.Context) (*Entry, error) {
		n := count.Add(1)
		select {
		case <-time.After(takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		return fresh(fmt.Sprint("rendering ", n)), nil
	}}
}

// visit has 200 visitors on each host, and returns how often each response was given.
func visit(t *testing.T, hosts []*member, p *Page) map[string]int {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for _, m := range hosts {
		for range 200 {
			wg.Go(func() {
				e, state, err := m.cache.Get(ctx, p)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				got[fmt.Sprintf("%s %s", e.Body, state)]++
			})
		}
	}
	wg.Wait()
	return got
}

// TestFleetRendersOnce visits a page that has no entry, and then an expired one, on three
// hosts. Its rendering takes longer than a lease.
func TestFleetRendersOnce(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, _ *fake, hosts []*member) {
		var count atomic.Int64
		p := rendered(&count, 5*leaseTime)
		for i, want := range []string{"map[rendering 1 MISS:600]", "map[rendering 1 STALE:600]"} {
			start := time.Now()
			if got := fmt.Sprint(visit(t, hosts, p)); got != want {
				t.Errorf("visitors got %s, want %s", got, want)
			}
			if took := time.Since(start); i == 1 && took > 0 {
				t.Errorf("stale pages took %v", took)
			}
			time.Sleep(6 * leaseTime)
			if n := count.Load(); n != int64(i+1) {
				t.Errorf("%d renderings, want %d", n, i+1)
			}
			time.Sleep(time.Minute)
		}
	})
}

// TestFleetHostDies has a lease whose host has died.
func TestFleetHostDies(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, s *fake, hosts []*member) {
		var count atomic.Int64
		p := rendered(&count, time.Second)
		s.Acquire(ctx, build, p.Key.String(), "of the dead", leaseTime)
		start := time.Now()
		if got := fmt.Sprint(visit(t, hosts, p)); got != "map[rendering 1 MISS:600]" {
			t.Errorf("visitors got %s", got)
		}
		if took := time.Since(start); took > leaseTime+pollTime+time.Second {
			t.Errorf("they waited for %v", took)
		}
	})
}

// TestFleetRenderingFails fails on the host that has the lease: another has its turn.
func TestFleetRenderingFails(t *testing.T) {
	inBubble(t, 2, func(t *testing.T, _ *fake, hosts []*member) {
		var count atomic.Int64
		good := rendered(&count, time.Second)
		bad := *good
		bad.Render = func(context.Context) (*Entry, error) { time.Sleep(time.Second); return nil, errDown }
		failed := make(chan error)
		go func() {
			_, _, err := hosts[0].cache.Get(ctx, &bad)
			failed <- err
		}()
		synctest.Wait()
		start := time.Now()
		e, state, err := hosts[1].cache.Get(ctx, good)
		if err != nil || state != StateMiss || string(e.Body) != "rendering 1" || time.Since(start) != 2*time.Second {
			t.Errorf("%v %v %v after %v", e, state, err, time.Since(start))
		}
		if err := <-failed; err != errDown {
			t.Errorf("error %v", err)
		}
	})
}

// TestFleetRevalidates revalidates on one host while another renders the page: what is
// rendered then is new, and all see it.
func TestFleetRevalidates(t *testing.T) {
	inBubble(t, 3, func(t *testing.T, _ *fake, hosts []*member) {
		var count atomic.Int64
		p := rendered(&count, time.Second)
		group := NewKey("group 1")
		p.GroupKey = &group
		visit(t, hosts, p)
		other := *p
		other.Key, other.Expires = NewKey("b"), false
		visit(t, hosts, &other)
		time.Sleep(time.Minute)
		visit(t, hosts, p) // stale: it is being rendered
		time.Sleep(time.Second / 2)
		e, err := hosts[2].cache.Revalidate(ctx, p)
		if err != nil || string(e.Body) != "rendering 4" {
			t.Errorf("revalidated is %v, %v", e, err)
		}
		synctest.Wait()
		if got := fmt.Sprint(visit(t, hosts, p)); got != "map[rendering 4 HIT:600]" {
			t.Errorf("visitors got %s", got)
		}
		if got := fmt.Sprint(visit(t, hosts, &other)); got != "map[rendering 2 STALE:600]" {
			t.Errorf("of the group visitors got %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := fmt.Sprint(visit(t, hosts, &other)); got != "map[rendering 5 HIT:600]" {
			t.Errorf("of the group visitors then got %s", got)
		}
	})
}

// TestFleetStops stops a host, which gives up its rendering.
func TestFleetStops(t *testing.T) {
	inBubble(t, 1, func(t *testing.T, s *fake, hosts []*member) {
		leaving := join(t, s, nil)
		var count atomic.Int64
		p := rendered(&count, time.Hour)
		go leaving.cache.Get(ctx, p)
		synctest.Wait()
		over, cancel := context.WithCancel(ctx)
		cancel()
		leaving.cache.Close(over)
		start := time.Now()
		p = rendered(&count, time.Second)
		if e, _, err := hosts[0].cache.Get(ctx, p); err != nil || string(e.Body) != "rendering 2" || time.Since(start) != time.Second {
			t.Errorf("%v %v after %v", e, err, time.Since(start))
		}
	})
}

// TestAssets asks for assets: that there is none is remembered for a moment, or until there
// is one.
func TestAssets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newFake()
		var assets []*Assets
		for range 2 {
			link := NewLink(s, discard)
			defer link.Close()
			assets = append(assets, NewAssets(link, time.Now))
		}
		synctest.Wait()
		want := func(body string, asked int64) {
			t.Helper()
			before := s.asked.Load()
			var wg sync.WaitGroup
			for range 100 {
				wg.Go(func() {
					e := assets[1].Get("style.css")
					if got := e != nil; got != (body != "") || got && string(e.Body) != body {
						t.Errorf("the asset is %v, want %q", e, body)
					}
				})
			}
			wg.Wait()
			if n := s.asked.Load() - before; n != asked {
				t.Errorf("%d questions, want %d", n, asked)
			}
		}
		made := 0
		keep := func() {
			t.Helper()
			err := assets[0].Keep(ctx, "style.css", func() (*Entry, error) { made++; return fresh("style"), nil })
			if err != nil {
				t.Error(err)
			}
			synctest.Wait()
		}
		want("", 1)
		want("", 0)
		time.Sleep(absent)
		want("", 1)
		keep()
		want("style", 1)
		time.Sleep(assetsKept - time.Hour)
		keep()
		want("style", 0)
		if made != 1 {
			t.Errorf("it was put %d times", made)
		}
		time.Sleep(assetsKept / 2)
		for key := range s.values {
			if _, ok := s.value(assetSpace, strings.TrimPrefix(key, assetSpace+" ")); !ok {
				t.Error("what is kept has expired")
			}
		}
		s.setAway(errDown)
		if err := assets[0].Keep(ctx, "other.css", nil); err != nil {
			t.Errorf("an outage is an error: %v", err)
		}
		want("style", 0)
	})
}
