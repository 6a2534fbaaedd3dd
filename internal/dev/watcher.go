package dev

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// quiet is for how long nothing is saved after what is one change: programs save a
	// file in several steps.
	quiet = 5 * time.Millisecond
	// A change that comes within calm of another is one of many, and waits until there
	// are none for settled, but no longer than patience.
	calm     = 150 * time.Millisecond
	settled  = 80 * time.Millisecond
	patience = 2 * time.Second
)

// batch is files that were saved together.
type batch struct {
	files []string // sorted; relative to the project, with slashes, if they are in it
	since time.Time
}

// watcher finds out which files of a project change, and of what else its pages are made.
type watcher struct {
	changes chan batch  // has what changed since it was last received from, once that is settled
	warn    func(error) // gets why something is not watched

	root   string // the project, without symbolic links
	notify *fsnotify.Watcher
	watch  func(dir string) error // notify.Add
	mu     sync.Mutex
	dirs   map[string]directory // by path, without symbolic links
	files  map[string]string    // the names of single files that are watched, by path
	found  func(name string)    // gets the files of new directories
}

// directory is one that is watched.
type directory struct {
	name  string // as the project has it
	files bool   // all of its files matter
	deep  bool   // and its directories
}

// newWatcher watches the project at root, which has no symbolic links in its path.
func newWatcher(root string, warn func(error)) (*watcher, error) {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watch the project: %w", explainLimit(err))
	}
	w := &watcher{
		changes: make(chan batch), warn: warn, root: root, notify: notify, watch: notify.Add,
		dirs: map[string]directory{}, files: map[string]string{}, found: func(string) {},
	}
	return w, nil
}

// start begins to watch. What is saved after it has returned is not missed.
func (w *watcher) start() error {
	if err := w.addTree(w.root, ""); err != nil {
		return err
	}
	go w.run()
	return nil
}

func (w *watcher) close() { _ = w.notify.Close() } // which ends run

// run gathers what is saved until the watcher is closed.
func (w *watcher) run() {
	pending := map[string]bool{}
	var since, last time.Time
	wait := quiet
	settle := time.NewTimer(0)
	defer settle.Stop()
	var ready chan<- batch // w.changes when what is pending is settled
	w.found = func(name string) {
		now := time.Now()
		if len(pending) == 0 {
			since, wait = now, quiet
			if now.Sub(last) < calm {
				wait = settled
			}
		}
		pending[name], last, ready = true, now, nil
		settle.Reset(max(0, min(wait, time.Until(since.Add(patience)))))
	}
	for {
		select {
		case event, ok := <-w.notify.Events:
			if !ok {
				return
			}
			w.note(event)
		case err, ok := <-w.notify.Errors:
			if !ok {
				return
			}
			w.failed(err)
		case <-settle.C:
			if len(pending) > 0 {
				ready = w.changes
			}
		case ready <- batch{slices.Sorted(maps.Keys(pending)), since}:
			pending, ready = map[string]bool{}, nil
		}
	}
}

// failed looks at everything anew when changes have been lost.
func (w *watcher) failed(err error) {
	if !errors.Is(err, fsnotify.ErrEventOverflow) {
		w.warn(fmt.Errorf("watch the project: %w", err))
		return
	}
	w.mu.Lock()
	maps.DeleteFunc(w.dirs, func(_ string, d directory) bool { return d.deep })
	w.mu.Unlock()
	if err := w.addTree(w.root, ""); err != nil {
		w.warn(err)
	}
}

// note takes what has happened to a file or directory.
func (w *watcher) note(event fsnotify.Event) {
	if event.Op&^fsnotify.Chmod == 0 {
		return
	}
	if event.Op&(fsnotify.Create|fsnotify.Remove|fsnotify.Rename) != 0 {
		w.forget(event.Name) // a new one, too, may be in the place of another
	}
	w.mu.Lock()
	in := w.dirs[filepath.Dir(event.Name)]
	name, ok := w.files[event.Name]
	w.mu.Unlock()
	if own := filepath.Join(in.name, filepath.Base(event.Name)); in.files && !ignored(own) {
		name = own
	} else if !ok {
		return
	}
	info, err := os.Lstat(event.Name)
	if in.deep && event.Has(fsnotify.Create) && err == nil && !info.Mode().IsRegular() {
		if err := w.add(event.Name, name, info.Mode()); err != nil {
			w.warn(err)
		}
		return
	}
	if err == nil && info.IsDir() {
		return
	}
	w.found(filepath.ToSlash(name))
}

// forget ends the watch of a directory that is gone, and of those below: after a
// renaming they would still have their former names.
func (w *watcher) forget(dir string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for path := range w.dirs {
		if path == dir || strings.HasPrefix(path, dir+string(filepath.Separator)) {
			_ = w.notify.Remove(path) // fails when the system has ended it already
			delete(w.dirs, path)
		}
	}
}

// addTree watches a directory and all below.
func (w *watcher) addTree(dir, name string) error {
	if err := w.addDir(dir, directory{name, true, true}); err != nil {
		return err
	}
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		name := filepath.Join(name, e.Name())
		if ignored(name) {
			continue
		}
		if err := w.add(filepath.Join(dir, e.Name()), name, e.Type()); err != nil {
			return err
		}
	}
	return nil
}

// add watches what is at path, or where a symbolic link there leads to.
func (w *watcher) add(path, name string, mode fs.FileMode) error {
	switch {
	case mode.IsDir():
		return w.addTree(path, name)
	case mode&fs.ModeSymlink == 0:
		w.found(filepath.ToSlash(name))
		return nil
	}
	w.found(filepath.ToSlash(name))
	target, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil // it leads nowhere
	}
	if info, err := os.Stat(target); err != nil || !info.IsDir() {
		return w.addFile(target, name)
	}
	w.mu.Lock()
	known := w.dirs[target].deep
	w.mu.Unlock()
	if known || within(w.root, target) {
		return nil
	}
	return w.addTree(target, name)
}

// addFile watches one file, by its directory: what is saved by renaming is another one.
func (w *watcher) addFile(path, name string) error {
	dir := filepath.Dir(path)
	w.mu.Lock()
	w.files[path] = name
	w.mu.Unlock()
	return w.addDir(dir, directory{})
}

// addDir watches a directory, if that is not watched as d is.
func (w *watcher) addDir(path string, d directory) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	before, known := w.dirs[path]
	if known && (before.deep || !d.deep && before.files || !d.files) {
		return nil
	}
	// What is gone or must not be read is not built either.
	if err := w.watch(path); err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("watch %s: %w", path, explainLimit(err))
	}
	w.dirs[path] = d
	return nil
}

// addOutside watches what the project is made of that need not be in it: directories of
// packages, and single files. What cannot be watched is warned of.
func (w *watcher) addOutside(paths []string) {
	for _, path := range paths {
		real, err := filepath.EvalSymlinks(path)
		if err != nil { // a file that is not there yet
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				continue
			}
			real = filepath.Join(dir, filepath.Base(path))
		}
		if within(real, w.root) {
			continue
		}
		if info, statErr := os.Stat(real); statErr == nil && info.IsDir() {
			err = w.addDir(real, directory{name: path, files: true})
		} else {
			err = w.addFile(real, path)
		}
		if err != nil {
			w.warn(err)
		}
	}
}

// within reports whether path is dir or below it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

// explainLimit says how to go past a limit of the system.
func explainLimit(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC):
		return errors.New("the system watches no more directories for this user\n" +
			"    raise the limit: sudo sysctl fs.inotify.max_user_watches=524288\n" +
			"    and for good: the same line, from fs. on, in a file of /etc/sysctl.d")
	case errors.Is(err, syscall.EMFILE):
		return fmt.Errorf("%w\n    the limit is that of open files (ulimit -n), or on Linux that of programs which watch:\n"+
			"    sudo sysctl fs.inotify.max_user_instances=1024", err)
	}
	return err
}
