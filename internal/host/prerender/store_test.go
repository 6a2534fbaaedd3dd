package prerender

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

var (
	ctx   = context.Background()
	epoch = time.Unix(1_800_000_000, 0)
)

const build = "0123456789abcdef0123456789abcdef"

func still() time.Time { return epoch }

func entry(body string, age time.Duration) *Entry {
	return NewEntry(200, http.Header{"Content-Type": {"text/plain"}}, []byte(body), epoch.Add(-age))
}

// stores are the implementations, each with room for limit bytes.
func stores(t *testing.T, limit int64) map[string]Store {
	dir, err := OpenDir(t.TempDir(), build, limit, still)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := OpenDir(t.TempDir(), build, limit, still)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]Store{
		"memory": NewMemory(limit, still),
		"dir":    dir,
		"tiered": Tiered{NewMemory(limit, still), slow},
	}
}

func wantEntry(t *testing.T, s Store, key, body string) {
	t.Helper()
	e, err := s.Get(ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	switch {
	case e == nil && body != "":
		t.Errorf("%s: nothing, want %q", key, body)
	case e != nil && string(e.Body) != body:
		t.Errorf("%s: %q, want %q", key, e.Body, body)
	}
}

// TestStores is the contract of Store.
func TestStores(t *testing.T) {
	for name, s := range stores(t, 1<<20) {
		t.Run(name, func(t *testing.T) {
			wantEntry(t, s, "a", "")
			put(t, s, "a", entry("old", time.Hour))
			wantEntry(t, s, "a", "old")
			put(t, s, "a", entry("new", 0))
			put(t, s, "a", entry("older", 2*time.Hour))
			wantEntry(t, s, "a", "new")
			wantEntry(t, s, "b", "")
			got, _ := s.Get(ctx, "a")
			if want := entry("new", 0); got.Status != 200 || got.ETag != want.ETag || !got.Created.Equal(epoch) || got.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("entry %+v, want %+v", got, want)
			}
			if err := s.Delete(ctx, "a"); err != nil {
				t.Fatal(err)
			}
			wantEntry(t, s, "a", "")
			if err := s.Delete(ctx, "a"); err != nil {
				t.Error("delete again:", err)
			}
			release, ok, err := s.Lease(ctx, "a", time.Minute)
			if !ok || err != nil {
				t.Fatal("lease:", ok, err)
			}
			if _, ok, _ := s.Lease(ctx, "a", time.Minute); ok {
				t.Error("two have the lease")
			}
			if _, ok, _ := s.Lease(ctx, "b", time.Minute); !ok {
				t.Error("the lease of another key is not to be had")
			}
			release()
			if _, ok, _ := s.Lease(ctx, "a", time.Minute); !ok {
				t.Error("the lease is not to be had again")
			}
		})
	}
}

func put(t *testing.T, s Store, key string, e *Entry) {
	t.Helper()
	if err := s.Put(ctx, key, e); err != nil {
		t.Fatal(err)
	}
}

func TestLeaseRunsOut(t *testing.T) {
	now := epoch
	m := NewMemory(1<<20, func() time.Time { return now })
	release, _, _ := m.Lease(ctx, "a", time.Minute)
	now = now.Add(time.Minute)
	if _, ok, _ := m.Lease(ctx, "a", time.Hour); !ok {
		t.Fatal("the lease did not run out")
	}
	release() // too late: it is another's now
	if _, ok, _ := m.Lease(ctx, "a", time.Minute); ok {
		t.Error("a lease that had run out gave back another's")
	}
}

func TestStoresAreBounded(t *testing.T) {
	all := stores(t, 10_000)
	delete(all, "tiered") // its parts have bounds of their own
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat("x", 2000)
			for i := range 3 {
				put(t, s, fmt.Sprint(i), entry(text, 0))
			}
			wantEntry(t, s, "0", text) // now the last used
			for i := 3; i < 5; i++ {
				put(t, s, fmt.Sprint(i), entry(text, 0))
			}
			wantEntry(t, s, "0", text)
			wantEntry(t, s, "1", "")
			put(t, s, "huge", entry(strings.Repeat("x", 20_000), 0))
			wantEntry(t, s, "huge", "")
			wantEntry(t, s, "0", text)
		})
	}
}

func TestDirSurvives(t *testing.T) {
	base := t.TempDir()
	d, err := OpenDir(base, build, 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "a", entry("kept", 0))
	left := filepath.Join(base, build, tempPrefix+"1")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if d, err = OpenDir(base, build, 1<<20, still); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, d, "a", "kept")
	if _, err := os.Stat(left); err == nil {
		t.Error("a file that was never finished is still there")
	}
	other, err := OpenDir(base, strings.Repeat("a", 32), 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	wantEntry(t, other, "a", "")
}

func TestDirForgetsOldBuilds(t *testing.T) {
	base := t.TempDir()
	if err := os.Mkdir(filepath.Join(base, "precious"), 0o700); err != nil {
		t.Fatal(err)
	}
	for i, c := range []string{"a", "b", "c", "d"} {
		now := epoch.Add(time.Duration(i) * time.Hour)
		if _, err := OpenDir(base, strings.Repeat(c, 32), 1<<20, func() time.Time { return now }); err != nil {
			t.Fatal(err)
		}
	}
	entries, _ := os.ReadDir(base)
	var names []string
	for _, e := range entries {
		names = append(names, e.Name()[:1])
	}
	if got := strings.Join(names, " "); got != "c d p" {
		t.Errorf("left are %s, want c d p", got)
	}
}

// TestDirBroken cuts a file short at every length, and changes every byte.
func TestDirBroken(t *testing.T) {
	d, err := OpenDir(t.TempDir(), build, 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "a", entry("body", 0))
	path := filepath.Join(d.dir, fileName("a"))
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	broken := [][]byte{nil}
	for i := range whole {
		flipped := bytes.Clone(whole)
		flipped[i] ^= 1
		broken = append(broken, whole[:i], flipped)
	}
	for _, data := range broken {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if e, err := d.Get(ctx, "a"); e != nil || err == nil {
			t.Fatalf("a broken file of %d bytes is read: %v, %v", len(data), e, err)
		}
		if e, err := d.Get(ctx, "a"); e != nil || err != nil {
			t.Fatalf("a broken file is still there: %v, %v", e, err)
		}
	}
	put(t, d, "a", entry("body", 0))
	wantEntry(t, d, "a", "body")
}

func TestDirFull(t *testing.T) {
	d, err := OpenDir(t.TempDir(), build, 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	s := Tiered{NewMemory(1<<20, still), d}
	put(t, s, "a", entry("first", time.Hour))
	d.write = func(string, []byte) error { return syscall.ENOSPC }
	if err := s.Put(ctx, "a", entry("second", 0)); err == nil {
		t.Error("a full disk is no error")
	}
	wantEntry(t, s, "a", "second")
	wantEntry(t, d, "a", "first")
}
