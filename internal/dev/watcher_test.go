package dev

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/fsnotify/fsnotify"
)

// site is a directory that is watched.
type site struct {
	*watcher
	t *testing.T
}

// newSite watches a new directory with these files.
func newSite(t *testing.T, files ...string) site {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w, err := newWatcher(root, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.close)
	s := site{w, t}
	s.save(files...)
	if err := w.start(); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s site) path(name string) string { return filepath.Join(s.root, filepath.FromSlash(name)) }

func (s site) do(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s site) save(names ...string) {
	s.t.Helper()
	for _, name := range names {
		s.do(os.MkdirAll(filepath.Dir(s.path(name)), 0o755))
		s.do(os.WriteFile(s.path(name), nil, 0o644))
	}
}

// changed waits until all of these files have changed, and no others.
func (s site) changed(want ...string) {
	s.t.Helper()
	for missing := slices.Clone(want); len(missing) > 0; {
		for _, name := range (<-s.changes).files {
			if !slices.Contains(want, name) {
				s.t.Errorf("%s has changed, not only %q", name, want)
			}
			missing = slices.DeleteFunc(missing, func(m string) bool { return m == name })
		}
	}
}

// TestWatcher does to files and directories what can be done to them.
func TestWatcher(t *testing.T) {
	s := newSite(t, "go.mod", "pages/page.go", "pages/about/page.go")
	outside, err := filepath.EvalSymlinks(t.TempDir())
	s.do(err)

	s.save("pages/page.go")
	s.changed("pages/page.go")
	s.save("pages/page_test.go", "pages/.#page.go", "pages/page.go~", "pages/4913", ".git/index", "node_modules/a/a.js", "site.db-wal", ".env")
	s.changed(".env")
	s.save("public/data.db")
	s.changed("public/data.db")
	s.save("pages/new/deep/page.go")
	s.changed("pages/new/deep/page.go")
	s.do(os.Rename(s.path("pages/new"), s.path("pages/renamed")))
	s.changed("pages/new", "pages/renamed/deep/page.go")
	s.save("pages/renamed/deep/page.go")
	s.changed("pages/renamed/deep/page.go")
	s.do(os.Mkdir(s.path("pages/empty"), 0o755))
	s.save("pages/page.go")
	s.changed("pages/page.go")
	s.do(syscall.Rename(s.path("pages/renamed"), s.path("pages/empty"))) // which is not there any more
	s.changed("pages/renamed", "pages/empty/deep/page.go")
	s.save("pages/empty/new.py")
	s.changed("pages/empty/new.py")
	s.do(os.Rename(s.path("pages/empty"), s.path("pages/renamed")))
	s.changed("pages/empty", "pages/renamed/deep/page.go", "pages/renamed/new.py")
	s.do(os.RemoveAll(s.path("pages/about")))
	s.changed("pages/about", "pages/about/page.go")
	s.do(os.Rename(s.path("pages/renamed"), filepath.Join(outside, "away")))
	s.changed("pages/renamed")
	s.do(os.WriteFile(filepath.Join(outside, "away", "deep", "page.go"), nil, 0o644))
	s.save("pages/page.go")
	s.changed("pages/page.go")
}

// TestWatcherLinks follows symbolic links, but not in circles.
func TestWatcherLinks(t *testing.T) {
	outside, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := newSite(t, "go.mod")
	s.do(os.Mkdir(filepath.Join(outside, "content"), 0o755))
	s.do(os.Symlink(filepath.Join(outside, "content"), s.path("content")))
	s.do(os.Symlink(s.root, s.path("circle")))
	s.do(os.Symlink("/", s.path("everything")))
	s.do(os.Symlink(filepath.Join(outside, "file"), s.path("file")))
	s.changed("content", "circle", "everything", "file")
	s.do(os.WriteFile(filepath.Join(outside, "content", "a.md"), nil, 0o644))
	s.changed("content/a.md")
	s.do(os.WriteFile(filepath.Join(outside, "other"), nil, 0o644))
	s.do(os.WriteFile(filepath.Join(outside, "new"), nil, 0o644))
	s.do(os.Rename(filepath.Join(outside, "new"), filepath.Join(outside, "file")))
	s.save("go.mod")
	s.changed("go.mod") // the link led nowhere when it was looked at
	s.do(os.Symlink(s.path("go.mod"), s.path("go.mod.link")))
	s.changed("go.mod.link")
	s.save("go.mod")
	s.changed("go.mod")
	s.do(os.Remove(s.path("file")))
	s.do(os.Symlink(filepath.Join(outside, "file"), s.path("file")))
	s.changed("file")
	s.do(os.WriteFile(filepath.Join(outside, "new"), nil, 0o644))
	s.do(os.Rename(filepath.Join(outside, "new"), filepath.Join(outside, "file")))
	s.changed("file")
}

// TestWatcherOutside watches what Go pages are made of elsewhere.
func TestWatcherOutside(t *testing.T) {
	s := newSite(t, "go.mod")
	outside, err := filepath.EvalSymlinks(t.TempDir())
	s.do(err)
	s.do(os.Mkdir(filepath.Join(outside, "text"), 0o755))
	s.addOutside([]string{s.path("pages"), filepath.Join(outside, "text"), filepath.Join(outside, "go.work")})
	for _, name := range []string{"go.work.sum", "text/text_test.go", "text/text.go", "go.work"} {
		s.do(os.WriteFile(filepath.Join(outside, filepath.FromSlash(name)), nil, 0o644))
	}
	s.changed(filepath.ToSlash(filepath.Join(outside, "text", "text.go")), filepath.ToSlash(filepath.Join(outside, "go.work")))
}

// TestWatcherOverflow loses what has happened: all files may have changed, and
// directories may be new.
func TestWatcherOverflow(t *testing.T) {
	s := newSite(t, "go.mod", "pages/page.go")
	s.notify.Errors <- fsnotify.ErrEventOverflow
	s.changed("go.mod", "pages/page.go")
	s.save("pages/page.go")
	s.changed("pages/page.go")
}

// TestWatcherLimit cannot watch a third directory.
func TestWatcherLimit(t *testing.T) {
	s := newSite(t)
	s.save("pages/a/page.go", "pages/b/page.go")
	s.changed("pages/a/page.go", "pages/b/page.go")
	w, err := newWatcher(s.root, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	left := 3
	w.watch = func(string) error {
		if left--; left < 0 {
			return syscall.ENOSPC
		}
		return nil
	}
	const want = "the system watches no more directories for this user\n    raise the limit: sudo sysctl fs.inotify.max_user_watches=524288\n"
	if err := w.start(); err == nil || !strings.HasPrefix(err.Error(), "watch "+s.path("pages/b")+": "+want) {
		t.Errorf("it says %v", err)
	}
}
