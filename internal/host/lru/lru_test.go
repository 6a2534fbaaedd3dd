package lru

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
)

func TestLeastRecentlyUsedMakesRoom(t *testing.T) {
	var gone []string
	c := New(3, func(key string, _ int) { gone = append(gone, key) })
	for i, key := range []string{"a", "b", "c"} {
		c.Put(key, "g", i, 1)
	}
	c.Get("a")
	c.Put("d", "g", 3, 1)
	if !slices.Equal(gone, []string{"b"}) {
		t.Errorf("%v had to make room, want b, which was not used for the longest time", gone)
	}
	c.Put("a", "g", 9, 2) // in its own place, and then one more has to go
	if v, ok := c.Get("a"); v != 9 || !ok || c.Used() != 3 || c.Len() != 2 {
		t.Errorf("a is %d, %v; %d used by %d", v, ok, c.Used(), c.Len())
	}
	if c.Put("large", "g", 0, 4); c.Len() != 2 {
		t.Error("a value larger than the bound was kept, or pushed others out")
	}
	c.Remove("a")
	if _, ok := c.Get("a"); ok || c.Used() != 1 {
		t.Errorf("a is still there, or counted: %d used", c.Used())
	}
}

// TestSmallGroups has groups of one value each: they are evicted by use, not by size.
func TestSmallGroups(t *testing.T) {
	var gone []string
	c := New(100, func(key string, _ int) { gone = append(gone, key) })
	for i := range 10 {
		c.Put(fmt.Sprint(i), fmt.Sprint(i), i, int64(10-i%2)) // 95
	}
	c.Get("0")
	c.Put("new", "new", 0, 10)
	if !slices.Equal(gone, []string{"1"}) {
		t.Errorf("%v had to make room, want 1", gone)
	}
}

// TestGroups has one group with more keys than fit, beside ten small ones: these stay.
func TestGroups(t *testing.T) {
	c := New[string, int](100, nil)
	for i := range 10 {
		c.Put(fmt.Sprint("small", i), fmt.Sprint("group", i), i, 5)
	}
	for i := range 10_000 {
		c.Put(fmt.Sprint("flood", i), "flood", i, 1)
	}
	for i := range 10 {
		if _, ok := c.Get(fmt.Sprint("small", i)); !ok {
			t.Errorf("small%d was pushed out", i)
		}
	}
	if c.Used() != 100 || c.Len() != 60 {
		t.Errorf("%d values use %d", c.Len(), c.Used())
	}
}

// TestCounts compares the counts with the contents after many random calls.
func TestCounts(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	kept := map[int]int64{}
	c := New(500, func(key int, _ int64) { delete(kept, key) })
	for range 20_000 {
		key, cost := r.IntN(300), int64(1+r.IntN(20))
		switch r.IntN(3) {
		case 0:
			c.Remove(key)
			delete(kept, key)
		default:
			kept[key] = cost
			c.Put(key, fmt.Sprint(key%7), cost, cost)
		}
	}
	var used int64
	for key, cost := range kept {
		if got, ok := c.Get(key); !ok || got != cost {
			t.Errorf("%d is %d, %v; want %d", key, got, ok, cost)
		}
		used += cost
	}
	if c.Used() != used || c.Len() != len(kept) || used > 500 {
		t.Errorf("%d values are said to use %d; want %d, %d", c.Len(), c.Used(), len(kept), used)
	}
	if len(c.groups) > 7 || len(c.groups) != len(c.bySize) {
		t.Errorf("%d groups, %d in the heap", len(c.groups), len(c.bySize))
	}
}

func TestMakeOnce(t *testing.T) {
	c := New[string, int](100, nil)
	begun, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	made := 0
	fill := func() (int, int64, error) {
		made++
		close(begun)
		<-release
		return 7, 10, nil
	}
	for range 8 {
		wg.Go(func() {
			if v, err := c.Make("k", "g", fill); v != 7 || err != nil {
				t.Errorf("made %d, %v", v, err)
			}
		})
	}
	<-begun
	close(release)
	wg.Wait()
	if made != 1 || c.Used() != 10 {
		t.Errorf("made %d times; %d used", made, c.Used())
	}
}

func TestErrorsAreNotKept(t *testing.T) {
	c := New[string, int](100, nil)
	failure := errors.New("no descriptor left")
	if _, err := c.Make("k", "g", func() (int, int64, error) { return 0, 0, failure }); err != failure {
		t.Errorf("error %v", err)
	}
	if v, err := c.Make("k", "g", func() (int, int64, error) { return 1, 1, nil }); v != 1 || err != nil {
		t.Errorf("then %d, %v: an error was kept", v, err)
	}
}
