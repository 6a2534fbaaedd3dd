package build

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/lock"
)

// TestTrim removes the caches of projects that have not been built for long, but
// none that a build uses, and nothing that is no cache.
func TestTrim(t *testing.T) {
	base, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{
		"old/lock": 31, "new/lock": 29, "used/lock": 31, "foreign/file": 31,
	} {
		writeText(t, filepath.Join(base, name), "")
		writeText(t, filepath.Join(base, filepath.Dir(name), "packages", "x"), "")
		at := now.Add(-age * 24 * time.Hour)
		if err := os.Chtimes(filepath.Join(base, filepath.Dir(name)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	used, err := os.Open(filepath.Join(base, "used", "lock"))
	if err != nil {
		t.Fatal(err)
	}
	defer used.Close()
	if err := lock.Try(used); err != nil {
		t.Fatal(err)
	}
	trim(base, now.Add(-unusedAfter))
	if _, err := os.Stat(filepath.Join(base, "old")); err == nil {
		t.Error("the old cache is still there")
	}
	for _, name := range []string{"new/packages/x", "used/packages/x", "foreign/file"} {
		if _, err := os.Stat(filepath.Join(base, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
}
