package output

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// readStatic adds every file below static/.
func (r *reader) readStatic() error {
	return r.walk("static", nil, func(name string, info fs.FileInfo) error {
		if info.IsDir() {
			return nil
		}
		if !info.Mode().IsRegular() {
			r.out.Warnings.Add(r.pos(name), "", "not a file; it is not served")
			return nil
		}
		key := name[len("static/"):]
		r.out.Entries[key] = r.file(name, key, info)
		return nil
	})
}

// file describes the file at name, a path below the output directory.
func (r *reader) file(name, key string, info fs.FileInfo) *File {
	return &File{
		Name:        key,
		Path:        filepath.Join(r.out.Dir, filepath.FromSlash(name)),
		Size:        info.Size(),
		ContentType: ContentType(key),
	}
}

// walk calls visit for everything below the directory name, in the order of the
// names. Symbolic links are followed, as the format does; one that leads
// nowhere is a diagnostic, one that leads back to a directory above it is too.
// A directory for which visit returns fs.SkipDir is not entered. above is the
// real paths of the directories that hold name.
func (r *reader) walk(name string, above []string, visit func(name string, info fs.FileInfo) error) error {
	dir := filepath.Join(r.out.Dir, filepath.FromSlash(name))
	real, err := filepath.EvalSymlinks(dir)
	if errors.Is(err, fs.ErrNotExist) && above == nil {
		return nil // static/ and functions/ are both optional
	}
	if err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	if slices.Contains(above, real) {
		r.list.Add(r.pos(name), "", "this link leads back to a directory that holds it")
		return nil
	}
	items, err := os.ReadDir(real)
	if err != nil {
		return fmt.Errorf("read output: %w", err)
	}
	above = append(slices.Clip(above), real)
	for _, item := range items {
		name := path.Join(name, item.Name())
		info, err := os.Stat(filepath.Join(dir, item.Name()))
		if err != nil {
			r.dangling(name, err)
			continue
		}
		err = visit(name, info)
		if err == nil && info.IsDir() {
			err = r.walk(name, above, visit)
		}
		if err != nil && !errors.Is(err, fs.SkipDir) {
			return err
		}
	}
	return nil
}

// dangling reports a link that cannot be followed.
func (r *reader) dangling(name string, err error) {
	target, linkErr := os.Readlink(filepath.Join(r.out.Dir, filepath.FromSlash(name)))
	if linkErr != nil {
		r.list.Add(r.pos(name), "", "cannot be read: %v", errors.Unwrap(err))
		return
	}
	r.list.Add(r.pos(name), "", "this link leads nowhere: there is no %q beside it", target)
}
