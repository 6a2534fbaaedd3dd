package golang

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/jargo-dev/jargo/engine"
)

// cache is where the generated source and the compiled programs of one project
// stay between builds, in the user's cache directory. A program that is up to
// date is not linked again. One build has it at a time.
type cache struct {
	dir    string
	unlock func()
}

// unusedAfter is how long a project's cache is kept after its last build.
const unusedAfter = 30 * 24 * time.Hour

// openCache locks the cache of the project in dir; it waits for another build
// of the same project to end.
func openCache(dir string) (*cache, error) {
	base, err := os.UserCacheDir()
	if err != nil {
		return nil, fmt.Errorf("find the cache directory: %w: set XDG_CACHE_HOME to a directory of your own", err)
	}
	base = filepath.Join(base, "jargo", "build")
	sum := sha256.Sum256([]byte(dir))
	c := &cache{dir: filepath.Join(base, filepath.Base(dir)+"-"+hex.EncodeToString(sum[:6]))}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return nil, fmt.Errorf("make the build cache: %w", err)
	}
	c.unlock, err = lockedfile.MutexAt(filepath.Join(c.dir, "lock")).Lock()
	if err != nil {
		return nil, fmt.Errorf("lock the build cache: %w", err)
	}
	now := time.Now()
	_ = os.Chtimes(c.dir, now, now) // only tells trim that the cache is in use
	trim(base, now.Add(-unusedAfter))
	return c, nil
}

func (c *cache) close() { c.unlock() }

// trim removes the caches of projects last built before t. What cannot be
// removed stays: a cache is not worth failing a build for.
func trim(base string, t time.Time) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.IsDir() && info.ModTime().Before(t) {
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}

// put writes a file of the cache, unless it has these bytes already.
func (c *cache) put(name string, data []byte) (string, error) {
	file := filepath.Join(c.dir, filepath.FromSlash(name))
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return file, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	// A build that is ended must not leave half a file.
	part := file + ".part"
	if err := os.WriteFile(part, data, 0o644); err != nil {
		return "", err
	}
	return file, os.Rename(part, file)
}

// languageVersion heads the files that are compiled into a site's module, whose
// go.mod may ask for an older language than theirs.
const languageVersion = "//go:build go1.21\n\n"

// engineSource writes engine's own source to the cache, without its tests and
// without the file that embeds it, and maps file names to where they are.
func (c *cache) engineSource() (map[string]string, error) {
	entries, err := fs.ReadDir(engine.Source, ".")
	if err != nil {
		return nil, err
	}
	files := map[string]string{}
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, "_test.go") || name == "source.go" {
			continue
		}
		data, err := fs.ReadFile(engine.Source, name)
		if err != nil {
			return nil, err
		}
		if files[name], err = c.put("engine/"+name, append([]byte(languageVersion), data...)); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, errors.New("internal error, please report: the engine's source is empty")
	}
	return files, nil
}
