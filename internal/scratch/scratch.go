// Package scratch makes directories for what is unfinished or only needed while
// a process runs. Each holds a marker that the process keeps locked, so that
// what a killed process left behind is known for certain: nothing is ever
// deleted for how it is named.
package scratch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/internal/lock"
)

// Prefix begins the name of every scratch directory. It is hidden, and never a
// route.
const Prefix = ".jargo-"

// marker is the file that tells a scratch directory from every other one.
const marker = "jargo-scratch"

const markerText = "This directory belongs to a running jargo. When none is running it is left over, and may be deleted.\n"

// Dir is a scratch directory.
type Dir struct {
	Path string // absolute if the parent is
	lock *os.File
}

// Keep reports whether a scratch directory that was left behind holds what must not
// be lost: then it stays.
type Keep func(dir string) bool

// New makes a scratch directory in parent, which must be there, after removing
// those that were left behind, unless they are to be kept. A nil Keep keeps none.
func New(parent string, keep Keep) (*Dir, error) {
	RemoveAbandoned(parent, keep)
	path, err := os.MkdirTemp(parent, Prefix)
	if err != nil {
		return nil, err
	}
	d := &Dir{Path: path}
	if d.lock, err = mark(path); err != nil {
		_ = os.RemoveAll(path)
		return nil, fmt.Errorf("mark a scratch directory: %w", err)
	}
	return d, nil
}

// mark puts a locked marker into dir. It is locked before it has its name: at
// no time is there one that seems to be nobody's.
func mark(dir string) (*os.File, error) {
	f, err := os.CreateTemp(dir, marker+"-")
	if err != nil {
		return nil, err
	}
	// Nobody else knows the file yet. Where it cannot be locked, as on some
	// network file systems, nobody can later, and what is left behind stays.
	_ = lock.Try(f)
	if _, err = f.WriteString(markerText); err == nil {
		err = os.Rename(f.Name(), filepath.Join(dir, marker))
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Remove removes the directory.
func (d *Dir) Remove() error {
	parent, err := os.OpenRoot(filepath.Dir(d.Path))
	if err != nil {
		return err
	}
	defer parent.Close()
	dir, err := parent.OpenRoot(filepath.Base(d.Path))
	if err != nil {
		return err
	}
	defer dir.Close()
	return errors.Join(remove(parent, dir), d.lock.Close())
}

// Leave leaves the directory behind. It goes with the next one made in its parent,
// unless it is to be kept then.
func (d *Dir) Leave() error { return d.lock.Close() }

// RemoveUnless removes the directory, unless kept lists what must not be lost, or cannot tell:
// then it is left behind. It returns what kept lists.
func (d *Dir) RemoveUnless(kept func() ([]string, error)) (left []string, err error) {
	if left, err = kept(); err != nil || len(left) > 0 {
		return left, errors.Join(err, d.Leave())
	}
	return nil, d.Remove()
}

// remove removes the scratch directory dir from parent, the marker last: what an
// interruption leaves can still be told. The directory is the one that has the
// marker, whatever others may meanwhile have put in the place of its name.
func remove(parent, dir *os.Root) error {
	entries, err := fs.ReadDir(dir.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() != marker {
			err = errors.Join(err, dir.RemoveAll(e.Name()))
		}
	}
	if err != nil {
		return err
	}
	return parent.RemoveAll(filepath.Base(dir.Name()))
}

// RemoveAbandoned removes the scratch directories in parent that no process
// uses any more, except those to keep. What cannot be removed is in nobody's way.
func RemoveAbandoned(parent string, keep Keep) {
	root, err := os.OpenRoot(parent)
	if err != nil {
		return
	}
	defer root.Close()
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), Prefix) {
			removeIfAbandoned(root, e.Name(), keep)
		}
	}
}

func removeIfAbandoned(parent *os.Root, name string, keep Keep) {
	dir, err := parent.OpenRoot(name)
	if err != nil {
		return
	}
	defer dir.Close()
	info, err := dir.Lstat(marker)
	if err != nil || !info.Mode().IsRegular() {
		return
	}
	f, err := dir.OpenFile(marker, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer f.Close()
	if lock.Try(f) == nil && (keep == nil || !keep(filepath.Join(parent.Name(), name))) {
		_ = remove(parent, dir)
	}
}
