package host

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestPagesOnAFullDisk puts the cache on a file system too small for a page.
func TestPagesOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("mount a small file system: ", err)
		}
		t.Skip("mount a small file system, which takes root: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, 0) })
	s := newSite(t, pagesSite, func(o *Options) { o.CacheDir = dir })
	page := strings.Repeat("page", 50_000)
	s.puppet.on(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) })
	s.want(s.get("/clock"), 200, page, "X-Vercel-Cache: MISS")
	s.log.await(t, "cannot write the cache")
	s.want(s.get("/clock"), 200, page, "X-Vercel-Cache: HIT")
}

// TestPageCutShort truncates the file of a page between two runs.
func TestPageCutShort(t *testing.T) {
	cache := t.TempDir()
	withCache := func(o *Options) { o.CacheDir = cache }
	p := newPuppet(t)
	counting(p)
	out, err := output.Read(writeSite(t, pagesSite, p))
	if err != nil {
		t.Fatal(err)
	}
	s := serveSite(t, out, p, withCache)
	s.want(s.get("/clock", "Host: shop.example"), 200, "1 GET /clock")
	files, err := filepath.Glob(filepath.Join(cache, "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	if err := os.Truncate(files[0], 50); err != nil {
		t.Fatal(err)
	}
	s = serveSite(t, out, p, withCache)
	s.want(s.get("/clock", "Host: shop.example"), 200, "2 GET /clock", "X-Vercel-Cache: MISS")
	s.log.await(t, "cannot read the cache")
}

// readOnly makes the parent of a directory read-only.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	parent := filepath.Dir(dir)
	if err := syscall.Mount(parent, parent, "", syscall.MS_BIND, ""); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("mount a directory read-only: ", err)
		}
		t.Skip("mount a directory read-only, which takes root: ", err)
	}
	t.Cleanup(func() { syscall.Unmount(parent, 0) })
	if err := syscall.Mount("", parent, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
}

// TestOpenWhereNothingCanBeWritten serves an output of a read-only file system.
func TestOpenWhereNothingCanBeWritten(t *testing.T) {
	p := newPuppet(t)
	out := writeSite(t, versionSite("old"), p)
	blocked := filepath.Join(t.TempDir(), "file", "output") // its parent is no directory
	if err := os.WriteFile(filepath.Dir(blocked), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(blocked, Options{}); err == nil {
		t.Error("nothing is served")
	}
	readOnly(t, out)
	d, err := Open(out, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close(t.Context())
	if d.out.Dir != out {
		t.Errorf("served is %s", d.out.Dir)
	}
}
