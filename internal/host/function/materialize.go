package function

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/internal/output"
)

// workDir returns the directory a function runs in: its own, or, if the builder left
// some of its files in the repository, one with all of them.
func (s *Set) workDir(f *output.Function) (string, error) {
	dir, err := filepath.Abs(f.Dir)
	if err != nil || len(f.Config.FilePathMap) == 0 {
		return dir, err
	}
	temp, err := s.tempDir()
	if err != nil {
		return "", err
	}
	to, err := os.MkdirTemp(temp, "function-")
	if err != nil {
		return "", fmt.Errorf("materialize the function's files: %w", err)
	}
	if err := materialize(f, dir, to); err != nil {
		return "", fmt.Errorf("materialize the function's files: %w", err)
	}
	return to, nil
}

// materialize places the files of f, whose own directory is dir, in to.
func materialize(f *output.Function, dir, to string) error {
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return place(path, filepath.Join(to, name))
	})
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(f.Config.FilePathMap))
	root, err := f.Repository()
	if err != nil {
		return err
	}
	for _, name := range names {
		if !filepath.IsLocal(filepath.FromSlash(name)) {
			return fmt.Errorf("filePathMap: %q leads out of the function", name)
		}
		from := filepath.Join(root, filepath.FromSlash(f.Config.FilePathMap[name]))
		if err := place(from, filepath.Join(to, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	return nil
}

// place makes the file from appear at to: a symbolic link as it is, another
// file as a hard link, or else as a copy.
func place(from, to string) error {
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return nil // its files are listed one by one
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(from)
		if err != nil {
			return err
		}
		return os.Symlink(target, to)
	}
	return output.PlaceFile(from, to)
}
