package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/redistest"
)

// versions are two builds of the site that hosts share a cache for.
var versions = map[string]*builtSite{
	"old": {name: "shared", as: "old"},
	"new": {name: "shared", as: "new"},
}

// fleet is hosts with one cache.
type fleet struct {
	t      *testing.T
	redis  *redistest.Server
	counts string // the directory of counted pages
	hosts  []*server
}

// startFleet starts n hosts, each with a copy of the site and a cache directory of its own.
func startFleet(t *testing.T, n int) *fleet {
	t.Helper()
	if testing.Short() {
		t.Skip("long: it builds a site")
	}
	f := &fleet{t: t, redis: redistest.Start(t), counts: t.TempDir()}
	for range n {
		f.hosts = append(f.hosts, f.start())
	}
	return f
}

// start starts another host.
func (f *fleet) start() *server {
	f.t.Helper()
	cmd := serveCommand(f.t, versions["old"].copy(f.t), "--prebuilt", "--cache", f.redis.URL)
	cmd.Env = append(cmd.Env, "COUNTS="+f.counts)
	return startServer(f.t, cmd)
}

// slow makes renderings wait until the function that it returns is called.
func (f *fleet) slow() (release func()) {
	f.t.Helper()
	file := filepath.Join(f.counts, "slow")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		f.t.Fatal(err)
	}
	release = func() { os.Remove(file) }
	f.t.Cleanup(release) // before hosts are stopped, which wait for it
	return release
}

// renderings returns how many renderings of counted pages have begun.
func (f *fleet) renderings() int {
	text, _ := os.ReadFile(filepath.Join(f.counts, "count"))
	return bytes.Count(text, []byte("\n"))
}

// until waits until ok.
func (f *fleet) until(what string, ok func() bool) {
	f.t.Helper()
	for start := time.Now(); !ok(); time.Sleep(time.Millisecond) {
		if time.Since(start) > time.Minute {
			f.t.Fatalf("after a minute it is not so that %s", what)
		}
	}
}

// visitors has n visitors of all hosts get path, and returns how often they got what.
func (f *fleet) visitors(n int, path string) map[string]int {
	var wg sync.WaitGroup
	var mu sync.Mutex
	got := map[string]int{}
	for i := range n {
		wg.Go(func() {
			a := f.hosts[i%len(f.hosts)].get(path)
			mu.Lock()
			defer mu.Unlock()
			got[fmt.Sprintf("%d %s %s", a.status, a.cache(), a.body)]++
		})
	}
	wg.Wait()
	return got
}

// TestSharedRendersOnce has 200 visitors of three hosts ask for what nobody has rendered yet,
// and then for what has expired.
func TestSharedRendersOnce(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	release := f.slow()
	done := make(chan map[string]int)
	go func() { done <- f.visitors(200, "/counted/a") }()
	f.until("a rendering has begun", func() bool { return f.renderings() > 0 })
	release()
	if got := fmt.Sprint(<-done); got != "map[200 MISS rendering 1:200]" && !strings.HasPrefix(got, "map[200 HIT rendering 1:") {
		t.Errorf("of a new page they got %s", got)
	}
	if n := f.renderings(); n != 1 {
		t.Errorf("of a new page there were %d renderings", n)
	}
	f.slow()
	f.until("the page has expired", func() bool { return f.hosts[0].get("/counted/a").cache() == "STALE" })
	start := time.Now()
	if got := fmt.Sprint(f.visitors(200, "/counted/a")); got != "map[200 STALE rendering 1:200]" {
		t.Errorf("of an expired page they got %s", got)
	}
	t.Logf("200 responses of an expired page, while it was rendered, took %v", time.Since(start))
	f.until("it is rendered", func() bool { return f.renderings() > 1 })
	if n := f.renderings(); n != 2 {
		t.Errorf("of an expired page there were %d renderings", n-1)
	}
}

// TestSharedRevalidates revalidates on one host what others have in memory.
func TestSharedRevalidates(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	f.visitors(3, "/value")
	var times []time.Duration
	for i := range 10 {
		value := fmt.Sprint("value", i)
		if a := f.hosts[i%3].get("/set?" + value); a.status != 200 {
			t.Fatal(a.body)
		}
		start := time.Now()
		f.until("all hosts have it", func() bool {
			return len(f.visitors(3, "/value")) == 1 && f.hosts[i%3].get("/value").body == value
		})
		times = append(times, time.Since(start))
	}
	t.Logf("from the end of a revalidation to a response of each host: %v", times)
}

// TestSharedHostIsKilled kills a host that is rendering: another renders the page once its
// lease has ended.
func TestSharedHostIsKilled(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	release := f.slow()
	victim := f.hosts[0]
	f.hosts = f.hosts[1:]
	go http.Get(victim.url + "/counted/a")
	f.until("it renders", func() bool { return f.renderings() == 1 })
	if err := victim.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-victim.exited
	release()
	start := time.Now()
	got := f.visitors(50, "/counted/a")
	t.Logf("50 visitors of the other hosts have waited for %v", time.Since(start))
	if n := f.renderings(); n != 2 || len(got) > 2 {
		t.Errorf("after %d renderings they got %v", n, got)
	}
	for what := range got {
		if !strings.HasSuffix(what, " rendering 2") {
			t.Errorf("they got %v", got)
		}
	}
}

// TestSharedIsKilled kills Redis under load, and starts it again, empty: no request fails.
func TestSharedIsKilled(t *testing.T) {
	t.Parallel()
	testOutage(t, func(s *redistest.Server) { s.Kill() }, func(s *redistest.Server) { s.Restart() })
}

// TestSharedHangs has Redis accept connections and say nothing, as in a network that loses
// packets.
func TestSharedHangs(t *testing.T) {
	t.Parallel()
	testOutage(t, func(s *redistest.Server) { s.Process().Signal(syscall.SIGSTOP) }, func(s *redistest.Server) { s.Process().Signal(syscall.SIGCONT) })
}

func testOutage(t *testing.T, begin, end func(*redistest.Server)) {
	f := startFleet(t, 3)
	if a := f.hosts[0].get("/set?before"); a.status != 200 {
		t.Fatal(a.body)
	}
	stop := f.load("/value", "/counted/a", "/counted/b", "/", "/style.000000000000.css")
	awaitMore := func(n int) {
		was := f.renderings()
		f.until("pages are rendered", func() bool { return f.renderings() >= was+n })
	}
	awaitMore(4)
	begin(f.redis)
	awaitMore(6) // each host on its own
	start := time.Now()
	late := f.start()
	if a := late.get("/counted/c"); a.status != 200 {
		t.Errorf("a host that starts meanwhile: %d %s", a.status, a.body)
	}
	t.Logf("a host that starts meanwhile has responded after %v", time.Since(start))
	if a := f.hosts[1].get("/set?meanwhile"); a.status != 200 {
		t.Error(a.body)
	}
	if got := f.hosts[1].get("/value").body; got != "meanwhile" {
		t.Errorf("the host that has revalidated shows %s", got)
	}
	end(f.redis)
	f.until("what was revalidated meanwhile is everywhere", func() bool {
		return f.hosts[0].get("/value").body == "meanwhile" && f.hosts[2].get("/value").body == "meanwhile"
	})
	awaitMore(4)
	stop()
	for _, s := range append(f.hosts, late) {
		s.stop()
		log := s.stderr.String()
		if away, back := strings.Count(log, "the shared cache does not answer"), strings.Count(log, "the shared cache answers again"); away != 1 || back != 1 {
			t.Errorf("of one outage the log says so %d times, and of its end %d times:\n%s", away, back, log)
		}
	}
}

// load has visitors ask all hosts until it is stopped. Every response must be good.
func (f *fleet) load(paths ...string) (stop func()) {
	var stopped atomic.Bool
	var wg sync.WaitGroup
	var count, slowest atomic.Int64
	for range 4 {
		for _, s := range f.hosts {
			wg.Go(func() {
				for !stopped.Load() {
					path := paths[rand.IntN(len(paths))]
					start := time.Now()
					a := s.get(path)
					took := int64(time.Since(start))
					for was := slowest.Load(); took > was && !slowest.CompareAndSwap(was, took); was = slowest.Load() {
					}
					count.Add(1)
					if a.status != 200 && !(a.status == 404 && strings.HasPrefix(path, "/style.")) {
						f.t.Errorf("%s: %d %s", path, a.status, a.body)
					}
				}
			})
		}
	}
	return func() {
		stopped.Store(true)
		wg.Wait()
		f.t.Logf("%d requests, the slowest took %v", count.Load(), time.Duration(slowest.Load()))
	}
}

// TestSharedRollout rolls out a build over three hosts behind a load balancer: what a page
// leads to is of the page's version, whichever host is asked.
func TestSharedRollout(t *testing.T) {
	t.Parallel()
	f := startFleet(t, 3)
	var seen sync.Map
	var stopped atomic.Bool
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for !stopped.Load() {
				page := f.hosts[rand.IntN(3)].get("/")
				version, asset, _ := strings.Cut(page.body, " ")
				seen.Store(version, true)
				style := f.hosts[rand.IntN(3)].get(asset)
				if page.status != 200 || style.status != 200 || strings.TrimSpace(style.body) != version || !strings.Contains(style.header.Get("Cache-Control"), "immutable") {
					t.Errorf("%d %q leads to %d %q", page.status, page.body, style.status, style.body)
					return
				}
			}
		})
	}
	for _, s := range f.hosts {
		output := filepath.Join(s.cmd.Args[4], ".vercel", "output")
		if err := os.Rename(output, output+"-old"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(filepath.Join(versions["new"].copy(t), ".vercel", "output"), output); err != nil {
			t.Fatal(err)
		}
		if err := s.cmd.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		f.until("the host has the new build", func() bool { return strings.HasPrefix(s.get("/").body, "new ") })
	}
	stopped.Store(true)
	wg.Wait()
	for version := range versions {
		if _, ok := seen.Load(version); !ok {
			t.Errorf("nobody has seen the version %s", version)
		}
	}
}
