package main

import (
	"fmt"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// numbered is a page that says a number.
func numbered(n int) string { return "-- pages/page.go --\n" + page(strconv.Itoa(n)) }

// TestDevUnderLoad saves a page ten times while there are fifty requests a second: none
// fails, and no response is older than the last build of which it was said that it is
// ready when the request began.
func TestDevUnderLoad(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds a site eleven times")
	}
	d := startDev(t, numbered(0))
	var ready atomic.Int64
	var visitors sync.WaitGroup
	stop := make(chan struct{})
	visitors.Go(func() {
		tick := time.NewTicker(time.Second / 50)
		defer tick.Stop()
		for {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
			visitors.Go(func() {
				least := ready.Load()
				a := d.get("/")
				if n, err := strconv.Atoi(strings.TrimPrefix(a.body, "<p>")); a.status != http.StatusOK || err != nil || int64(n) < least {
					t.Errorf("%d %q when %d was ready", a.status, a.body, least)
				}
			})
		}
	})
	for n := 1; n <= 10; n++ {
		d.write(numbered(n))
		d.await("pages/page.go → ready in ")
		ready.Store(int64(n))
	}
	close(stop)
	visitors.Wait()
}

// TestDevManySaves saves a page a hundred times in two seconds.
func TestDevManySaves(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it saves for two seconds")
	}
	d := startDev(t, numbered(0))
	tick := time.NewTicker(2 * time.Second / 100)
	defer tick.Stop()
	for n := 1; n <= 100; n++ {
		<-tick.C
		d.write(numbered(n))
	}
	d.shows("/", 200, "100")
	d.stop()
	if log := d.log(); strings.Count(log, "pages/page.go → ") > 3 {
		t.Errorf("more than three builds:\n%s", log)
	}
}

// TestDevCheckout goes over to another branch, in which 200 files differ.
func TestDevCheckout(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds a site several times")
	}
	d := startDev(t, numbered(0))
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", d.dir, "-c", "user.name=a", "-c", "user.email=a@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	branch := func(name string, n int) {
		files := numbered(n)
		for i := range 199 {
			files += fmt.Sprintf("-- public/%d/%d.txt --\n%d\n", i%10, i, n)
		}
		d.write(files)
		git("checkout", "--quiet", "-b", name)
		git("add", ".")
		git("commit", "--quiet", "-m", name)
	}
	git("init", "--quiet")
	branch("one", 1)
	branch("two", 2)
	for branch, want := range map[string]string{"one": "1", "two": "2"} {
		git("checkout", "--quiet", branch)
		d.shows("/", 200, want)
		for i := range 199 {
			d.shows(fmt.Sprintf("/%d/%d.txt", i%10, i), 200, want)
		}
	}
	d.stop()
	if log := d.log(); strings.Contains(log, ".git") {
		t.Errorf("what git keeps for itself was built:\n%s", log)
	}
	if left := entries(t, filepath.Join(d.cache, "jargo", "dev")); len(left) > 0 {
		t.Errorf("outputs are left: %v", left)
	}
}
