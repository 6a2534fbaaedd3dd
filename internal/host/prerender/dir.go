package prerender

import (
	"bufio"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/host/lru"
)

// Dir is a Store in a directory, with one file per entry and a bound on disk usage.
// It outlives the process. It is meant for one process at a time; a second one does
// no harm, but the bound no longer holds.
type Dir struct {
	dir   string
	limit int64
	now   func() time.Time
	// write writes a whole file; tests make it fail.
	write func(name string, data []byte) error
	files *lru.Cache[string, struct{}] // by name
}

// keptBuilds is how many builds' directories are not deleted: this one's, and that of
// the previous build, whose host may still be running.
const keptBuilds = 2

// OpenDir opens the store of one build below base, for limit bytes of disk, and
// deletes those of older builds. Files may be corrupt, which shows when they are read.
func OpenDir(base, build string, limit int64, now func() time.Time) (*Dir, error) {
	d := &Dir{dir: filepath.Join(base, build), limit: limit, now: now, write: writeFile}
	d.files = lru.New(limit, func(name string, _ struct{}) { os.Remove(filepath.Join(d.dir, name)) })
	if err := os.MkdirAll(d.dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the page cache: %w", err)
	}
	stamp := now()
	os.Chtimes(d.dir, stamp, stamp)
	removeOldBuilds(base, build)
	items, err := readByTime(d.dir)
	if err != nil {
		return nil, fmt.Errorf("open the page cache: %w", err)
	}
	for _, info := range items {
		if strings.HasPrefix(info.Name(), tempPrefix) {
			os.Remove(filepath.Join(d.dir, info.Name())) // of a process that was killed
			continue
		}
		d.count(info.Name(), info.Size())
	}
	return d, nil
}

// readByTime returns the files of dir, the oldest first.
func readByTime(dir string) ([]fs.FileInfo, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var infos []fs.FileInfo
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			infos = append(infos, info)
		}
	}
	slices.SortStableFunc(infos, func(a, b fs.FileInfo) int {
		return cmp.Or(a.ModTime().Compare(b.ModTime()), cmp.Compare(a.Name(), b.Name()))
	})
	return infos, nil
}

func removeOldBuilds(base, build string) {
	infos, err := readByTime(base)
	if err != nil {
		return
	}
	infos = slices.DeleteFunc(infos, func(i fs.FileInfo) bool { return !i.IsDir() || i.Name() == build || !isBuild(i.Name()) })
	for _, info := range infos[:max(0, len(infos)-(keptBuilds-1))] {
		os.RemoveAll(filepath.Join(base, info.Name()))
	}
}

// isBuild reports whether a directory has the name of a build. Nothing else is ever
// deleted.
func isBuild(name string) bool {
	_, err := hex.DecodeString(name)
	return err == nil && len(name) == 32
}

// block is the unit in which file systems allocate, in bytes. A file's inode and name
// count as another one.
const block = 4096

// count accounts for a file and evicts others to make room for it.
func (d *Dir) count(name string, size int64) {
	blocks := (size+block-1)/block + 1
	d.files.Put(name, pageOf(name), struct{}{}, blocks*block)
}

const tempPrefix = "tmp-"

// fileName returns a digest of the page, which tells whose file it is without reading
// it, and one of the whole key.
func fileName(key Key) string {
	page := sha256.Sum256([]byte(key.Page))
	return hex.EncodeToString(page[:8]) + "-" + hex.EncodeToString(key.sum[:])
}

func pageOf(name string) string {
	page, _, _ := strings.Cut(name, "-")
	return page
}

// Get implements Store. A corrupt file is deleted.
func (d *Dir) Get(_ context.Context, key Key) (*Entry, error) {
	name := fileName(key)
	d.files.Get(name) // marks it as used
	path := filepath.Join(d.dir, name)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a page: %w", err)
	}
	e, err := decode(data, key)
	if err != nil {
		d.files.Remove(name)
		if gone := os.Remove(path); gone != nil && !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return nil, fmt.Errorf("read a page, whose file is deleted: %w", err)
	}
	now := d.now()
	os.Chtimes(path, now, now) // for the order after a restart
	return e, nil
}

// Put implements Store. An entry that is larger than the bound is not stored, and the
// previous one is deleted.
func (d *Dir) Put(ctx context.Context, key Key, e *Entry) error {
	if old, err := d.Get(ctx, key); err == nil && old != nil && !replaces(e, old, d.now()) {
		return nil
	}
	data, err := encode(e, key)
	if err != nil {
		return fmt.Errorf("write a page: %w", err)
	}
	name := fileName(key)
	if err := d.write(filepath.Join(d.dir, name), data); err != nil {
		return fmt.Errorf("write a page: %w", err)
	}
	d.count(name, int64(len(data)))
	if _, kept := d.files.Get(name); kept {
		return nil
	}
	if err := os.Remove(filepath.Join(d.dir, name)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// writeFile replaces a file atomically. It does not sync: after a crash an incomplete
// file does not match its checksum, and counts as missing.
func writeFile(name string, data []byte) error {
	dir := filepath.Dir(name)
	f, err := os.CreateTemp(dir, tempPrefix)
	if errors.Is(err, fs.ErrNotExist) { // the user has cleared their caches
		if err = os.MkdirAll(dir, 0o700); err == nil {
			f, err = os.CreateTemp(dir, tempPrefix)
		}
	}
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}

// List implements Store. It reads the beginning of each file.
func (d *Dir) List(ctx context.Context) ([]Info, error) {
	files, err := os.ReadDir(d.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list the pages: %w", err)
	}
	var infos []Info
	for _, f := range files {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		info, err := d.info(f.Name())
		switch {
		case errors.Is(err, errBroken) || errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return nil, fmt.Errorf("list the pages: %w", err)
		case info.Status != 0:
			infos = append(infos, info)
		}
	}
	return infos, nil
}

// info reads the beginning of a file. What is broken is deleted when it is asked for.
func (d *Dir) info(name string) (Info, error) {
	f, err := os.Open(filepath.Join(d.dir, name))
	if err != nil {
		return Info{}, err
	}
	defer f.Close()
	m, err := readHead(bufio.NewReader(f))
	if err != nil {
		return Info{}, err
	}
	_, digits, _ := strings.Cut(name, "-")
	key, err := ParseKey(digits + "/" + m.Page)
	if err != nil || fileName(key) != name {
		return Info{}, errBroken
	}
	return m.info(key), nil
}

// Remove implements Store.
func (d *Dir) Remove(_ context.Context, key Key) error {
	name := fileName(key)
	d.files.Remove(name)
	if err := os.Remove(filepath.Join(d.dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove a page: %w", err)
	}
	return nil
}
