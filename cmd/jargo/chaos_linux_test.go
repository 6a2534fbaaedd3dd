package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	chaosFor  = flag.Duration("chaos", 2*time.Second, "how long TestChaos goes on")
	chaosSeed = flag.Uint64("chaos-seed", 0, "what TestChaos throws its dice with; 0 is another each time")
)

const (
	chaosClients = 256
	chaosMemory  = 512 << 20 // that the server may take, in bytes; the race detector takes several times what is used
	chaosDisk    = 512       // of the page cache, in kilobytes
)

// chaosDescriptors is how many descriptors a server may have open: it has one of
// these numbers.
var chaosDescriptors = []int{256, 512, 1024}

// TestChaos asks a server for everything it has, by many clients at once, while
// functions are killed, the page cache breaks, the output is replaced and there are
// too few descriptors. What may come of a request is said by the table of visits.
// After that all is as it was.
func TestChaos(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it goes on for seconds")
	}
	c := newChaos(t)
	before := openFiles(t, c.cmd.Process.Pid)
	c.askAll()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var work sync.WaitGroup
	for _, fault := range []func(context.Context, *rand.Rand){c.killFunctions, c.breakCache, c.fillDisk, c.replaceOutput, c.crowd} {
		rng := c.dice()
		work.Go(func() { fault(ctx, rng) })
	}
	for i := range chaosClients {
		rng, behave := c.dice(), c.behaviour(i)
		work.Go(func() { behave(ctx, rng) })
	}
	time.Sleep(*chaosFor)
	await(t, "all has been tried", c.tried)
	cancel()
	work.Wait()
	c.report()

	c.askAll()
	await(t, "the functions end", func() bool { return c.killAll() == 0 })
	await(t, "connections and files are closed", func() bool {
		return openFiles(t, c.cmd.Process.Pid) <= before
	})
	c.askAll()
	if n := len(children(t, c.cmd.Process.Pid)); n != 1 {
		t.Errorf("%d functions run in the end, want 1", n)
	}
	if peak := peakMemory(t, c.cmd.Process.Pid); peak > chaosMemory {
		t.Errorf("the server took %d MB at its peak", peak>>20)
	} else {
		t.Logf("the server took %d MB at its peak", peak>>20)
	}
	c.stop()
	for _, dir := range []string{filepath.Dir(c.output), c.temp} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "output" {
				t.Errorf("%s is left over", filepath.Join(dir, e.Name()))
			}
		}
	}
}

// chaos is a server that is asked, and what breaks it.
type chaos struct {
	*server
	seeds  *rand.Rand
	output string // that is served
	spare  string // that takes its place, and gives it back
	cache  string // of pages
	temp   string // of functions and bodies
	log    *failureLog

	mu       sync.Mutex
	kills    []time.Time
	outcomes map[string]int
	failures int
}

func newChaos(t *testing.T) *chaos {
	seed := *chaosSeed
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("-chaos-seed %d", seed)
	project := testSite(t, "chaos.txtar")
	c := &chaos{seeds: rand.New(rand.NewPCG(seed, 0)), outcomes: map[string]int{}, log: &failureLog{},
		output: filepath.Join(project, ".vercel", "output"), spare: filepath.Join(t.TempDir(), "output"),
		cache: t.TempDir(), temp: t.TempDir()}
	if err := os.WriteFile(filepath.Join(project, "public", "large.txt"), largeFile, 0o644); err != nil {
		t.Fatal(err)
	}
	serve := serveCommand(t, project, "--prebuilt", "--log", "json")
	build := exec.Command(os.Args[0], "build", project)
	build.Env = serve.Env
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.prepareOutputs(t)
	smallDisk(t, c.cache)
	descriptors := chaosDescriptors[c.seeds.IntN(len(chaosDescriptors))]
	t.Logf("%d descriptors", descriptors)
	limit := fmt.Sprintf(`ulimit -n %d && exec "$0" "$@"`, descriptors)
	limited := exec.Command("sh", append([]string{"-c", limit}, serve.Args...)...)
	limited.Env = append(serve.Env, "XDG_CACHE_HOME="+c.cache, "TMPDIR="+c.temp)
	limited.Stderr = c.log
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server's warnings:\n%s", c.log)
		}
	})
	c.server = startServer(t, limited)
	return c
}

// prepareOutputs makes a group of two pages of the output, and a second one that
// differs a little.
func (c *chaos) prepareOutputs(t *testing.T) {
	for _, page := range []string{"kept", "live/one"} {
		name := filepath.Join(c.output, "functions", page+".prerender-config.json")
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, bytes.Replace(text, []byte("{"), []byte(`{"group":1,`), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(c.spare, os.DirFS(c.output)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.spare, "static", "spare.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// smallDisk makes dir one where little can be written.
func smallDisk(t *testing.T, dir string) {
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dk", chaosDisk))
	if err == nil {
		t.Cleanup(func() {
			if err := syscall.Unmount(dir, 0); err != nil {
				t.Error(err)
			}
		})
		return
	}
	t.Run("full and read-only disk", func(t *testing.T) {
		if os.Getenv("CI") != "" {
			t.Fatal("mount a small file system: ", err)
		}
		t.Skip("mount a small file system, which takes root: ", err)
	})
}

func (c *chaos) dice() *rand.Rand { return rand.New(rand.NewPCG(c.seeds.Uint64(), 0)) }

// askAll asks for each page as nothing is wrong: now all must be answered well.
func (c *chaos) askAll() {
	c.t.Helper()
	rng := c.dice()
	for _, v := range visits {
		r := v.request(c.t, c.url, rng)
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			c.t.Fatalf("%s: %v", v.name, err)
		}
		body := readAll(c.t, resp)
		if resp.StatusCode != v.status || !strings.Contains(body, v.body) {
			c.t.Errorf("%s: %s, body %.80q", v.name, resp.Status, body)
		}
	}
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

// tried reports whether each kind of request has been answered, and a function
// killed.
func (c *chaos) tried() bool {
	time.Sleep(10 * time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, v := range visits {
		if c.outcomes[v.name+": "+well] == 0 {
			return false
		}
	}
	return len(c.kills) > 0
}

// report says what came of the requests.
func (c *chaos) report() {
	for _, key := range slices.Sorted(maps.Keys(c.outcomes)) {
		c.t.Logf("%7d %s", c.outcomes[key], key)
	}
	c.t.Logf("%d functions were killed", len(c.kills))
}

// failureLog keeps the last lines of a log that are no matters of course.
type failureLog struct{ lines []string }

// Write implements io.Writer.
func (l *failureLog) Write(p []byte) (int, error) {
	for line := range strings.Lines(string(p)) {
		if !strings.Contains(line, `"level":"INFO"`) {
			l.lines = append(l.lines[max(0, len(l.lines)-99):], line)
		}
	}
	return len(p), nil
}

func (l *failureLog) String() string { return strings.Join(l.lines, "") }
