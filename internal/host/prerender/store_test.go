package prerender

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
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
	e, err := s.Get(ctx, NewKey(key))
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
			got, _ := s.Get(ctx, NewKey("a"))
			if want := entry("new", 0); got.Status != 200 || got.ETag != want.ETag || !got.Created.Equal(epoch) || got.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("entry %+v, want %+v", got, want)
			}
		})
	}
}

// TestStoresList lists and removes entries: marks of groups are none.
func TestStoresList(t *testing.T) {
	for name, s := range stores(t, 1<<20) {
		t.Run(name, func(t *testing.T) {
			list := func() string {
				t.Helper()
				infos, err := s.List(ctx)
				if err != nil {
					t.Fatal(err)
				}
				var lines []string
				for _, i := range infos {
					key, err := ParseKey(i.Key.String())
					if err != nil || key != i.Key {
						t.Errorf("%v is read as %v: %v", i.Key, key, err)
					}
					lines = append(lines, fmt.Sprint(i.Key.Page, " ", i.Host, i.Path, " ", i.Status, " ", i.Size, " ", epoch.Sub(i.Created)))
				}
				slices.Sort(lines)
				return strings.Join(lines, "; ")
			}
			if got := list(); got != "" {
				t.Errorf("an empty store has %s", got)
			}
			e := entry("long", time.Minute)
			e.Host, e.Path = "a.example", "/blog/a?page=2"
			put(t, s, "blog/[slug]", e)
			put(t, s, "b", entry("b", 0))
			put(t, s, "group 1", &Entry{Created: epoch})
			if got, want := list(), "b  200 1 0s; blog/[slug] a.example/blog/a?page=2 200 4 1m0s"; got != want {
				t.Errorf("listed are %q, want %q", got, want)
			}
			for range 2 { // the second time there is nothing
				if err := s.Remove(ctx, NewKey("b")); err != nil {
					t.Error(err)
				}
			}
			wantEntry(t, s, "b", "")
			if got, want := list(), "blog/[slug] a.example/blog/a?page=2 200 4 1m0s"; got != want {
				t.Errorf("listed are then %q, want %q", got, want)
			}
		})
	}
}

func TestParseKey(t *testing.T) {
	for _, text := range []string{"", "/a", "00/a", strings.Repeat("0", 40), strings.Repeat("x", 40) + "/a"} {
		if key, err := ParseKey(text); err == nil {
			t.Errorf("%q is read as %v", text, key)
		}
	}
}

func put(t *testing.T, s Store, key string, e *Entry) {
	t.Helper()
	if err := s.Put(ctx, NewKey(key), e); err != nil {
		t.Fatal(err)
	}
}

func TestStoresAreBounded(t *testing.T) {
	all := stores(t, 256<<10)
	delete(all, "tiered") // its parts have bounds of their own
	for name, s := range all {
		t.Run(name, func(t *testing.T) {
			text := strings.Repeat("x", 15<<10)
			for i := range 30 {
				put(t, s, fmt.Sprint(i), entry(text, 0))
				wantEntry(t, s, "0", text) // the last used
			}
			wantEntry(t, s, "1", "")
			put(t, s, "huge", entry(strings.Repeat("x", 300<<10), 0))
			wantEntry(t, s, "huge", "")
			wantEntry(t, s, "0", text)
		})
	}
}

// TestOnePageDoesNotPushOutOthers stores more entries of one page than fit.
func TestOnePageDoesNotPushOutOthers(t *testing.T) {
	for name, s := range stores(t, 256<<10) {
		t.Run(name, func(t *testing.T) {
			put(t, s, "small", entry("small", 0))
			for i := range 1000 {
				if err := s.Put(ctx, NewKey("flood", fmt.Sprint(i)), entry("flood", 0)); err != nil {
					t.Fatal(err)
				}
			}
			wantEntry(t, s, "small", "small")
		})
	}
}

// TestMemoryIsBounded compares the size of a full Memory with what the runtime reports.
func TestMemoryIsBounded(t *testing.T) {
	const limit = 8 << 20
	inUse := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := inUse()
	m := NewMemory(limit, still)
	for i := range 50_000 {
		header := http.Header{"Content-Type": {fmt.Sprintf("text/html; charset=%d", i)}}
		e := NewEntry(200, header, []byte(fmt.Sprintf("entry number %d", i)), epoch)
		if err := m.Put(ctx, NewKey("page", fmt.Sprint(i)), e); err != nil {
			t.Fatal(err)
		}
	}
	if used := inUse() - before; used > limit {
		t.Errorf("%d entries that count %d bytes take %d", m.entries.Len(), m.entries.Used(), used)
	}
	if m.entries.Used() < limit*9/10 {
		t.Errorf("only %d bytes of %d are used", m.entries.Used(), limit)
	}
	runtime.KeepAlive(m)
}

// TestDirCountsBlocks compares the size of a full Dir with the disk usage of its files.
func TestDirCountsBlocks(t *testing.T) {
	const limit = 2 << 20
	base := t.TempDir()
	d, err := OpenDir(base, build, limit, still)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		put(t, d, fmt.Sprint(i), entry("short", 0))
	}
	check := func() {
		t.Helper()
		files, err := os.ReadDir(filepath.Join(base, build))
		if err != nil {
			t.Fatal(err)
		}
		var taken int64
		for _, f := range files {
			info, err := f.Info()
			if err != nil {
				t.Fatal(err)
			}
			taken += info.Sys().(*syscall.Stat_t).Blocks * 512
		}
		if taken > limit || len(files) > limit/block/2 {
			t.Errorf("%d files take %d bytes of %d", len(files), taken, limit)
		}
	}
	check()
	if d, err = OpenDir(base, build, limit, still); err != nil { // which counts what is there
		t.Fatal(err)
	}
	put(t, d, "another", entry("short", 0))
	check()
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

// TestDirBroken truncates a file at every length, and changes every byte.
func TestDirBroken(t *testing.T) {
	d, err := OpenDir(t.TempDir(), build, 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "a", entry("body", 0))
	path := filepath.Join(d.dir, fileName(NewKey("a")))
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
		if e, err := d.Get(ctx, NewKey("a")); e != nil || err == nil {
			t.Fatalf("a broken file of %d bytes is read: %v, %v", len(data), e, err)
		}
		if e, err := d.Get(ctx, NewKey("a")); e != nil || err != nil {
			t.Fatalf("a broken file is still there: %v, %v", e, err)
		}
	}
	put(t, d, "a", entry("body", 0))
	wantEntry(t, d, "a", "body")
}

// TestDirIsRemoved removes the directory of a running host, as clearing the caches does:
// later renderings are stored again.
func TestDirIsRemoved(t *testing.T) {
	d, err := OpenDir(t.TempDir(), build, 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	put(t, d, "a", entry("first", time.Hour))
	if err := os.RemoveAll(filepath.Dir(d.dir)); err != nil {
		t.Fatal(err)
	}
	wantEntry(t, d, "a", "")
	put(t, d, "a", entry("second", 0))
	wantEntry(t, d, "a", "second")
}

func TestDirFull(t *testing.T) {
	d, err := OpenDir(t.TempDir(), build, 1<<20, still)
	if err != nil {
		t.Fatal(err)
	}
	s := Tiered{NewMemory(1<<20, still), d}
	put(t, s, "a", entry("first", time.Hour))
	d.write = func(string, []byte) error { return syscall.ENOSPC }
	if err := s.Put(ctx, NewKey("a"), entry("second", 0)); err == nil {
		t.Error("a full disk is no error")
	}
	wantEntry(t, s, "a", "second")
	wantEntry(t, d, "a", "first")
}
