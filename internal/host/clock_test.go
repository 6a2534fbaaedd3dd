package host

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestClockIsSetBack sets the clock back after pages were rendered: they are
// rendered again, once.
func TestClockIsSetBack(t *testing.T) {
	for _, name := range []string{"memory", "directory"} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t, pagesSite, func(o *Options) {
				if o.CacheDir = t.TempDir(); name == "directory" {
					o.pagesInMemory = 1 // nothing is kept in memory
				}
			})
			counting(s.puppet)
			s.get("/clock")
			s.get("/blog/a")
			s.get("/data?slug=a")
			s.clock.advance(10 * time.Second)
			s.get("/blog/a") // leads its group
			s.host.pages.Wait()
			s.get("/data?slug=a")
			s.host.pages.Wait()
			s.clock.advance(-time.Hour)
			for _, path := range []string{"/clock", "/blog/a", "/data?slug=a"} {
				old := s.get(path)
				s.want(old, 200, "*", "X-Vercel-Cache: STALE")
				s.host.pages.Wait()
				next := s.get(path)
				s.want(next, 200, "*", "X-Vercel-Cache: HIT", "Age: 0")
				if next.body == old.body {
					t.Errorf("%s is still %s", path, old.body)
				}
			}
			s.host.pages.Wait()
			s.want(s.get("/data?slug=a"), 200, "*", "X-Vercel-Cache: HIT")
		})
	}
}

// TestClockIsSetBackAfterAFailure sets the clock back after a failed rendering: it is
// retried.
func TestClockIsSetBackAfterAFailure(t *testing.T) {
	s := newSite(t, pagesSite)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	s.want(s.get("/"), 203, "built\n")
	s.host.pages.Wait()
	counting(s.puppet)
	s.clock.advance(time.Second)
	s.want(s.get("/"), 203, "built\n")
	s.host.pages.Wait()
	s.want(s.get("/"), 203, "built\n") // too early
	s.clock.advance(-time.Hour)
	s.want(s.get("/"), 203, "built\n")
	s.eventually("/", "1 GET /")
}

// jumps are random changes of the clock.
var jumps = []time.Duration{
	time.Millisecond, time.Second, 10 * time.Second, time.Hour, 1000 * time.Hour,
	-time.Millisecond, -time.Second, -10 * time.Second, -time.Hour, -1000 * time.Hour,
}

// TestClockJumps sets the clock back and forth under load: every request gets a
// response, no rendering is left running, and pages are fresh again afterwards.
func TestClockJumps(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	s := newSite(t, pagesSite, func(o *Options) { o.CacheDir = t.TempDir() })
	var version atomic.Int64
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, version.Load()) })
	paths := []string{"/", "/clock", "/blog/a", "/blog/b", "/data?slug=a", "/plain/a", "/any?x=1"}
	for _, path := range paths {
		s.get(path) // the function has started
	}
	s.host.pages.Wait()
	s.Client().CloseIdleConnections()
	before := runtime.NumGoroutine()

	stop := make(chan bool)
	var answered atomic.Int64
	var visitors sync.WaitGroup
	for i := range 16 {
		rng := rand.New(rand.NewPCG(seed, uint64(i)))
		visitors.Go(func() {
			for {
				path := paths[rng.IntN(len(paths))]
				resp, err := s.Client().Do(s.request("GET", path, ""))
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					err = errors.Join(err, resp.Body.Close())
				}
				if err != nil || resp.StatusCode/100 != 2 {
					t.Errorf("%s: %v, %v", path, resp, err)
				}
				answered.Add(1)
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	rng := rand.New(rand.NewPCG(seed, 16))
	for range 100 {
		s.clock.advance(jumps[rng.IntN(len(jumps))])
		for enough := answered.Load() + 20; answered.Load() < enough; {
			time.Sleep(time.Millisecond)
		}
	}
	close(stop)
	visitors.Wait()
	s.host.pages.Wait() // for what began before the clock is set again

	version.Store(1)
	s.clock.advance(-10_000 * time.Hour)
	for _, path := range paths[1:] { // the first one never expires
		s.clock.advance(time.Minute)
		s.get(path)
		s.host.pages.Wait()
		if a := s.get(path); a.body != "1" {
			t.Errorf("%s is still %s, %s", path, a.body, a.Header.Get("X-Vercel-Cache"))
		}
	}
	s.Client().CloseIdleConnections()
	for i := 0; runtime.NumGoroutine() > before; i++ {
		if i == 1000 {
			stacks := make([]byte, 1<<20)
			stacks = stacks[:runtime.Stack(stacks, true)]
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, strings.TrimSpace(string(stacks)))
		}
		time.Sleep(10 * time.Millisecond)
	}
}
