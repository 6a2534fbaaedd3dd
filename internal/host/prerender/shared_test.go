package prerender

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jargo-dev/jargo/driver/redis"
	"github.com/jargo-dev/jargo/internal/redistest"
)

// fake is a Shared in memory, which can be away.
type fake struct {
	mu          sync.Mutex
	values      map[string]fakeValue
	leases      map[string]fakeLease
	subscribers map[*fakeSubscriber]bool
	away        error
	silent      bool // when away it does not even say so
	asked       atomic.Int64
}

type fakeValue struct {
	data    []byte
	version int64
	until   time.Time
}

type fakeLease struct {
	token string
	until time.Time
}

type fakeSubscriber struct {
	space string
	told  chan func(changed func(string, int64), live func(bool))
}

func newFake() *fake {
	return &fake{values: map[string]fakeValue{}, leases: map[string]fakeLease{}, subscribers: map[*fakeSubscriber]bool{}}
}

var _ Shared = &fake{}

// use locks the fake, unless it is away.
func (s *fake) use(ctx context.Context) error {
	s.asked.Add(1)
	s.mu.Lock()
	if away := s.away; away != nil {
		silent := s.silent
		s.mu.Unlock()
		if silent {
			<-ctx.Done()
			return ctx.Err()
		}
		return away
	}
	return nil
}

// setAway begins or ends an outage, in which connections are lost.
func (s *fake) setAway(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = err
	for sub := range s.subscribers {
		sub.told <- func(_ func(string, int64), live func(bool)) { live(err == nil) }
	}
}

// tell tells subscribers. It is locked.
func (s *fake) tell(space, key string, version int64) {
	for sub := range s.subscribers {
		if sub.space == space {
			sub.told <- func(changed func(string, int64), _ func(bool)) { changed(key, version) }
		}
	}
}

func (s *fake) value(space, key string) (fakeValue, bool) {
	v, ok := s.values[space+" "+key]
	if !ok || !time.Now().Before(v.until) {
		return fakeValue{}, false
	}
	return v, true
}

func (s *fake) Get(ctx context.Context, space, key string) ([]byte, error) {
	if err := s.use(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	v, _ := s.value(space, key)
	return v.data, nil
}

func (s *fake) Put(ctx context.Context, space, key string, value []byte, version, now int64, ttl time.Duration) (bool, error) {
	if err := s.use(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if old, ok := s.value(space, key); ok && old.version > version && old.version <= now {
		return false, nil
	}
	s.values[space+" "+key] = fakeValue{value, version, time.Now().Add(ttl)}
	s.tell(space, key, version)
	return true, nil
}

func (s *fake) Extend(ctx context.Context, space, key string, ttl time.Duration) (bool, error) {
	if err := s.use(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	v, ok := s.value(space, key)
	if ok {
		v.until = time.Now().Add(ttl)
		s.values[space+" "+key] = v
	}
	return ok, nil
}

func (s *fake) Remove(ctx context.Context, space, key string) error {
	if err := s.use(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	delete(s.values, space+" "+key)
	s.tell(space, key, 0)
	return nil
}

func (s *fake) List(ctx context.Context, space string, size int) (map[string][]byte, error) {
	if err := s.use(ctx); err != nil {
		return nil, err
	}
	defer s.mu.Unlock()
	values := map[string][]byte{}
	for name := range s.values {
		if key, ok := strings.CutPrefix(name, space+" "); ok {
			v, _ := s.value(space, key)
			values[key] = v.data[:min(size, len(v.data))]
		}
	}
	return values, nil
}

func (s *fake) Acquire(ctx context.Context, space, key, token string, ttl time.Duration) (bool, error) {
	if err := s.use(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	if l, ok := s.leases[space+" "+key]; ok && l.token != token && time.Now().Before(l.until) {
		return false, nil
	}
	s.leases[space+" "+key] = fakeLease{token, time.Now().Add(ttl)}
	return true, nil
}

func (s *fake) Renew(ctx context.Context, space, key, token string, ttl time.Duration) (bool, error) {
	if err := s.use(ctx); err != nil {
		return false, err
	}
	defer s.mu.Unlock()
	l, ok := s.leases[space+" "+key]
	if !ok || l.token != token || !time.Now().Before(l.until) {
		return false, nil
	}
	s.leases[space+" "+key] = fakeLease{token, time.Now().Add(ttl)}
	return true, nil
}

func (s *fake) Release(ctx context.Context, space, key, token string) error {
	if err := s.use(ctx); err != nil {
		return err
	}
	defer s.mu.Unlock()
	if l, ok := s.leases[space+" "+key]; ok && l.token == token {
		delete(s.leases, space+" "+key)
		s.tell(space, key, -1)
	}
	return nil
}

func (s *fake) Subscribe(ctx context.Context, space string, changed func(string, int64), live func(bool)) {
	sub := &fakeSubscriber{space, make(chan func(func(string, int64), func(bool)), 10_000)}
	s.mu.Lock()
	s.subscribers[sub] = true
	if s.away == nil {
		sub.told <- func(_ func(string, int64), live func(bool)) { live(true) }
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.subscribers, sub)
	}()
	for {
		select {
		case f := <-sub.told:
			f(changed, live)
		case <-ctx.Done():
			return
		}
	}
}

// TestShared is the contract of Shared.
func TestShared(t *testing.T) {
	t.Run("fake", func(t *testing.T) { testShared(t, newFake()) })
	t.Run("redis", func(t *testing.T) {
		cache, err := redis.Open(redistest.Start(t).URL)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { cache.Close() })
		testShared(t, cache)
	})
}

func testShared(t *testing.T, s Shared) {
	told := make(chan string, 100)
	listening, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	wg.Go(func() {
		s.Subscribe(listening, "a*", func(key string, version int64) { told <- fmt.Sprint(key, " ", version) },
			func(live bool) { told <- fmt.Sprint("live ", live) })
	})
	hear := func(want ...string) {
		t.Helper()
		for _, w := range want {
			if got := <-told; got != w {
				t.Errorf("told is %q, want %q", got, w)
			}
		}
	}
	hear("live true")
	testValues(t, s, hear)
	testLeases(t, s, hear)
	stop()
	wg.Wait()
}

func testValues(t *testing.T, s Shared, hear func(...string)) {
	get := func(space, key, want string) {
		t.Helper()
		if v, err := s.Get(ctx, space, key); err != nil || string(v) != want || (v == nil) != (want == "") {
			t.Errorf("%s is %q, %v; want %q", key, v, err, want)
		}
	}
	put := func(space, key, value string, version int64, want bool) {
		t.Helper()
		if stored, err := s.Put(ctx, space, key, []byte(value), version, 100, time.Hour); err != nil || stored != want {
			t.Errorf("%s with version %d is stored: %v, %v", value, version, stored, err)
		}
	}
	get("a*", "k 1", "")
	put("a*", "k 1", "first", 10, true)
	put("a*", "k 1", "again\x00\xff", 10, true)
	put("a*", "k 1", "older", 9, false)
	get("a*", "k 1", "again\x00\xff")
	put("a*", "k 1", "of the future", 1<<52, true)
	put("a*", "k 1", "now", 50, true)
	put("ab", "k 1", "elsewhere", 1, true)
	get("a*", "k 1", "now")
	get("a*", "k 2", "")
	put("a*", "k 2", "2", 1, true)
	values, err := s.List(ctx, "a*", 2)
	if got := fmt.Sprintf("%s", values); err != nil || got != "map[k 1:no k 2:2]" {
		t.Errorf("listed are %s, %v", got, err)
	}
	if err := s.Remove(ctx, "a*", "k 1"); err != nil {
		t.Error(err)
	}
	get("a*", "k 1", "")
	hear("k 1 10", "k 1 10", fmt.Sprint("k 1 ", int64(1<<52)), "k 1 50", "k 2 1", "k 1 0")
	if found, err := s.Extend(ctx, "a*", "k 1", time.Hour); found || err != nil {
		t.Errorf("a value that was removed is extended: %v, %v", found, err)
	}
	if found, err := s.Extend(ctx, "a*", "k 2", time.Millisecond); !found || err != nil {
		t.Errorf("a value is not extended: %v, %v", found, err)
	}
	for {
		if v, err := s.Get(ctx, "a*", "k 2"); v == nil || err != nil {
			break // it has expired
		}
		time.Sleep(time.Millisecond)
	}
}

func testLeases(t *testing.T, s Shared, hear func(...string)) {
	want := func(step string, want bool, ok bool, err error) {
		t.Helper()
		if ok != want || err != nil {
			t.Errorf("%s: %v, %v; want %v", step, ok, err, want)
		}
	}
	ok, err := s.Acquire(ctx, "a*", "k", "one", time.Hour)
	want("one acquires", true, ok, err)
	ok, err = s.Acquire(ctx, "a*", "k", "one", time.Hour)
	want("the same request once more", true, ok, err)
	ok, err = s.Acquire(ctx, "a*", "k", "two", time.Hour)
	want("two acquires", false, ok, err)
	ok, err = s.Renew(ctx, "a*", "k", "two", time.Hour)
	want("two renews", false, ok, err)
	if err := s.Release(ctx, "a*", "k", "two"); err != nil {
		t.Error(err)
	}
	ok, err = s.Renew(ctx, "a*", "k", "one", time.Hour)
	want("one renews, although two has released", true, ok, err)
	if v, err := s.Get(ctx, "a*", "k"); v != nil || err != nil {
		t.Errorf("a lease is a value: %q, %v", v, err)
	}
	if err := s.Release(ctx, "a*", "k", "one"); err != nil {
		t.Error(err)
	}
	hear("k -1")
	ok, err = s.Acquire(ctx, "a*", "k", "two", time.Millisecond)
	want("two acquires at last", true, ok, err)
	for {
		ok, err = s.Acquire(ctx, "a*", "k", "three", time.Hour)
		if ok || err != nil {
			break // that of two has expired
		}
		time.Sleep(time.Millisecond)
	}
	want("three acquires", true, ok, err)
	ok, err = s.Renew(ctx, "a*", "k", "two", time.Hour)
	want("two renews what it has lost", false, ok, err)
}

// TestLink counts what is said of an outage, and how often there are questions meanwhile.
func TestLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log lines
		s := newFake()
		l := NewLink(s, log.logger())
		defer l.Close()
		reached := 0
		l.OnReached(func() { reached++ })
		ask := func() error {
			return l.do(ctx, answerTime, func(ctx context.Context) error {
				_, err := s.Get(ctx, "space", "key")
				return err
			})
		}
		gone, leave := context.WithCancel(ctx)
		leave()
		s.silent = true
		s.setAway(errors.New("no route to host"))
		if err := l.do(gone, answerTime, func(ctx context.Context) error { return s.Remove(ctx, "", "") }); err == nil || l.away {
			t.Errorf("who leaves begins an outage: %v", err)
		}
		start := time.Now()
		for range 100 {
			if err := ask(); !errors.Is(err, errAway) {
				t.Errorf("error %v", err)
			}
		}
		if waited := time.Since(start); waited != answerTime || s.asked.Load() != 2 {
			t.Errorf("100 requests waited for %v, and %d questions were asked", waited, s.asked.Load())
		}
		time.Sleep(10 * (pause + answerTime))
		synctest.Wait()
		s.setAway(nil)
		time.Sleep(pause + answerTime)
		synctest.Wait()
		if err := ask(); err != nil || s.asked.Load() > 15 || reached != 1 {
			t.Errorf("then the error is %v, after %d questions; it was reached %d times", err, s.asked.Load(), reached)
		}
		if got := log.take(); len(got) != 2 || !strings.Contains(got[0], "does not answer") || !strings.Contains(got[1], "answers again") {
			t.Errorf("the log says %q", got)
		}
	})
}
