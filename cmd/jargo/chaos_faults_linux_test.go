package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// every calls do again and again, with pauses of up to d, until ctx is done.
func every(ctx context.Context, rng *rand.Rand, d time.Duration, do func()) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(within(rng, d)):
			do()
		}
	}
}

func within(rng *rand.Rand, d time.Duration) time.Duration {
	return time.Duration(rng.Int64N(int64(d)))
}

// killFunctions kills functions, and at times the next one while it starts.
func (c *chaos) killFunctions(ctx context.Context, rng *rand.Rand) {
	every(ctx, rng, 800*time.Millisecond, func() {
		killed := c.killAll()
		if killed == 0 || rng.IntN(2) == 0 {
			return
		}
		for range 50 {
			time.Sleep(2 * time.Millisecond)
			if c.killAll() > 0 {
				return
			}
		}
	})
}

// killAll kills the functions there are, and says how many.
func (c *chaos) killAll() int {
	host := c.cmd.Process.Pid
	killed := 0
	for _, pid := range children(c.t, host) {
		p, err := os.FindProcess(pid)
		if err != nil {
			c.t.Error(err)
			continue
		}
		// What is found is held: no other can get its number any more.
		if parentOf(pid) == host {
			c.mu.Lock()
			c.kills = append(c.kills, time.Now())
			c.mu.Unlock()
			if p.Signal(syscall.SIGKILL) == nil {
				killed++
			}
		}
		p.Release()
	}
	return killed
}

// breakCache removes kept pages and cuts them short.
func (c *chaos) breakCache(ctx context.Context, rng *rand.Rand) {
	every(ctx, rng, 20*time.Millisecond, func() {
		builds, err := filepath.Glob(filepath.Join(c.cache, "jargo", "pages", "*", "*"))
		if err != nil {
			c.t.Error(err)
		}
		if len(builds) == 0 {
			return
		}
		build := builds[rng.IntN(len(builds))]
		if rng.IntN(100) == 0 {
			os.RemoveAll(build)
			return
		}
		pages, err := os.ReadDir(build)
		if err != nil || len(pages) == 0 {
			return // it went when there was another
		}
		name := filepath.Join(build, pages[rng.IntN(len(pages))].Name())
		if rng.IntN(2) == 0 {
			os.Remove(name)
		} else {
			os.Truncate(name, rng.Int64N(1000))
		}
	})
}

// fillDisk leaves the page cache no room for a while, or no permission to write.
func (c *chaos) fillDisk(ctx context.Context, rng *rand.Rand) {
	ballast := filepath.Join(c.cache, "ballast")
	every(ctx, rng, 300*time.Millisecond, func() {
		if rng.IntN(2) == 0 {
			if err := syscall.Mount("", c.cache, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
				return // a page is just being written, or there is no such disk
			}
			time.Sleep(within(rng, 100*time.Millisecond))
			if err := syscall.Mount("", c.cache, "", syscall.MS_REMOUNT, ""); err != nil {
				c.t.Error(err)
			}
			return
		}
		os.WriteFile(ballast, make([]byte, chaosDisk<<10), 0o644) // as far as there is room
		time.Sleep(within(rng, 100*time.Millisecond))
		os.Remove(ballast)
	})
}

// replaceOutput puts the other output in the place of the one that is served.
func (c *chaos) replaceOutput(ctx context.Context, rng *rand.Rand) {
	every(ctx, rng, time.Second, func() {
		aside := c.spare + ".aside"
		for _, step := range [][2]string{{c.output, aside}, {c.spare, c.output}, {aside, c.spare}} {
			if err := os.Rename(step[0], step[1]); err != nil {
				c.t.Error(err)
			}
		}
		c.cmd.Process.Signal(syscall.SIGHUP)
	})
}

// crowd opens more connections than the server may have, which ask for nothing.
func (c *chaos) crowd(ctx context.Context, rng *rand.Rand) {
	every(ctx, rng, 800*time.Millisecond, func() {
		var conns []net.Conn
		for range 1300 {
			conn, err := c.dial()
			if err != nil {
				c.t.Error(err)
				break
			}
			conns = append(conns, conn)
		}
		for _, conn := range conns {
			conn.Close()
		}
	})
}

// children are the processes that one has started, and that have not ended.
func children(t *testing.T, parent int) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		t.Error(err)
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && parentOf(pid) == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

// parentOf is the parent of a process; 0 when it has ended.
func parentOf(pid int) int {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	after := strings.Fields(string(stat[strings.LastIndex(string(stat), ")")+1:]))
	if len(after) < 2 || after[0] == "Z" {
		return 0
	}
	parent, _ := strconv.Atoi(after[1])
	return parent
}

// openFiles is how many descriptors a process has open.
func openFiles(t *testing.T, pid int) int {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// peakMemory is the most that a process has had in memory, in bytes.
func peakMemory(t *testing.T, pid int) int {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kilobytes << 10
}
