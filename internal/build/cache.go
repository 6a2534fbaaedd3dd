package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/lock"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// cache is what stays between the builds of one project, in the user's cache
// directory: generated source, compiled programs, installed packages. One build
// has it at a time. What is valid in it: docs/decisions/0005-what-cache-keys-hold.md.
type cache struct {
	dir   string
	close func()
}

// cacheLock is the name of the file in a cache that a build keeps locked.
const cacheLock = "lock"

// unusedAfter is how long a project's cache is kept after its last build.
const unusedAfter = 30 * 24 * time.Hour

// openCache opens the cache of a project. If another build has it, that is said
// to log; the end of ctx ends the wait.
func openCache(ctx context.Context, project string, log io.Writer) (*cache, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return temporaryCache()
	}
	base = filepath.Join(base, "jargo", "build")
	sum := sha256.Sum256([]byte(project))
	dir := filepath.Join(base, filepath.Base(project)+"-"+hex.EncodeToString(sum[:6]))
	held, err := lock.Wait(ctx, filepath.Join(dir, cacheLock), func() {
		fmt.Fprintln(log, "jargo: another build of this project is under way: waiting for it to end")
	})
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("lock the build cache: %w", err)
	}
	now := time.Now()
	_ = os.Chtimes(dir, now, now) // only tells trim that the cache is in use
	trimOnce.Do(func() { trim(base, now.Add(-unusedAfter)) })
	return &cache{dir, func() { _ = held.Close() }}, nil
}

// temporaryCache is for a user who has no cache directory.
func temporaryCache() (*cache, error) {
	dir, err := scratch.New(os.TempDir(), nil)
	if err != nil {
		return nil, err
	}
	return &cache{dir.Path, func() { _ = dir.Remove() }}, nil
}

// trimOnce is for trim: a process that builds again and again need not look each time.
var trimOnce sync.Once

// trim removes the caches of projects last built before t. What cannot be
// removed stays: a cache is not worth failing a build for.
func trim(base string, t time.Time) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		removeUnused(filepath.Join(base, e.Name()), t)
	}
}

// removeUnused removes a cache last built before t. What has no lock is no
// cache, and while a build has locked it, it is in use whatever its age.
func removeUnused(dir string, t time.Time) {
	f, err := os.OpenFile(filepath.Join(dir, cacheLock), os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if lock.Try(f) != nil {
		return
	}
	info, err := os.Stat(dir)
	if err != nil || !info.ModTime().Before(t) {
		return
	}
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		if e.Name() != cacheLock {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	if err == nil && os.Remove(f.Name()) == nil {
		_ = os.Remove(dir) // unless a build has come and locked it anew
	}
}
