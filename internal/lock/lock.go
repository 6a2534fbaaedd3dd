// Package lock locks files between processes. A lock ends with the process that
// holds it, in whatever way that ends.
package lock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// ErrHeld is returned when somebody else holds a lock: another process, or this
// one by another open file.
var ErrHeld = errors.New("the lock is held")

// pause is the time between two tries to get a lock. No system has a wait for
// one that a context could end.
const pause = 50 * time.Millisecond

// Wait locks the file of that name, which is made if need be, with its
// directory. Closing the file unlocks it. While somebody else holds the lock it
// waits, after it has called held; the end of ctx ends that at once.
func Wait(ctx context.Context, name string, held func()) (*os.File, error) {
	for waiting := false; ; {
		f, err := open(name)
		if !errors.Is(err, ErrHeld) {
			return f, err
		}
		if !waiting {
			waiting = true
			held()
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(pause):
		}
	}
}

// open opens and locks a file.
func open(name string) (*os.File, error) {
	for {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return nil, err
		}
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o644)
		if errors.Is(err, os.ErrNotExist) {
			return nil, ErrHeld // who holds it is about to remove the directory
		}
		if err != nil {
			return nil, err
		}
		if err := Try(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if isNamed(f, name) {
			return f, nil
		}
		// Who held the lock before has removed the file, and the next to come
		// will lock another.
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
}

// isNamed reports whether name still is the name of the open file f.
func isNamed(f *os.File, name string) bool {
	opened, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(name)
	return err == nil && os.SameFile(opened, named)
}
