package output

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Clone makes the same output once more in the directory to, which is not there
// yet, and returns it: with hard links where the system has them, so that it
// takes no space. It stays as it is when another output is put in o's place. What
// links of o lead to elsewhere, and what its functions left in the repository, is
// not cloned.
func (o *Output) Clone(to string) (*Output, error) {
	root, err := filepath.EvalSymlinks(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("clone output: %w", err)
	}
	c := cloner{from: root, to: to}
	if err := filepath.WalkDir(root, c.visit); err != nil {
		return nil, fmt.Errorf("clone output: %w", err)
	}
	return o.at(to), nil
}

// cloner copies the tree from to the tree to.
type cloner struct{ from, to string }

func (c *cloner) visit(path string, d fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	name, err := filepath.Rel(c.from, path)
	if err != nil {
		return err
	}
	target := filepath.Join(c.to, name)
	switch {
	case d.IsDir():
		return os.Mkdir(target, 0o755)
	case d.Type() == fs.ModeSymlink:
		return c.link(path, target)
	case d.Type().IsRegular():
		return PlaceFile(path, target)
	}
	return nil // no output has anything else
}

// link makes a symbolic link that leads where the one at path does. One that
// leads out of the tree names its target from the root, since the tree is now
// elsewhere.
func (c *cloner) link(path, target string) error {
	text, err := os.Readlink(path)
	if err != nil {
		return err
	}
	if !filepath.IsAbs(text) {
		leads := filepath.Join(filepath.Dir(path), text)
		if rel, err := filepath.Rel(c.from, leads); err != nil || !filepath.IsLocal(rel) {
			text = leads
		}
	}
	return os.Symlink(text, target)
}

// PlaceFile makes the regular file from appear at to, which does not exist yet: as
// a hard link if possible, else as a copy.
func PlaceFile(from, to string) error {
	if os.Link(from, to) == nil {
		return nil
	}
	info, err := os.Stat(from)
	if err != nil {
		return err
	}
	_, err = CopyFile(from, to, info.Mode().Perm())
	return err
}

// CopyFile copies the file from to the file to, which does not exist yet and gets
// the mode perm, and returns its size in bytes.
func CopyFile(from, to string, perm fs.FileMode) (int64, error) {
	in, err := os.Open(from)
	if err != nil {
		return 0, err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return 0, err
	}
	n, err := io.Copy(out, in)
	return n, errors.Join(err, out.Close())
}

// at is o as it is in another directory.
func (o *Output) at(dir string) *Output {
	moved := *o
	moved.Dir = dir
	moved.Entries = make(map[string]Entry, len(o.Entries))
	path := func(p string) string { return dir + strings.TrimPrefix(p, o.Dir) }
	functions := map[*Function]*Function{}
	function := func(f *Function) *Function {
		if functions[f] == nil {
			copied := *f
			copied.Dir = path(f.Dir)
			functions[f] = &copied
		}
		return functions[f]
	}
	file := func(f *File) *File {
		copied := *f
		copied.Path = path(f.Path)
		return &copied
	}
	for name, e := range o.Entries {
		switch e := e.(type) {
		case *File:
			moved.Entries[name] = file(e)
		case *Function:
			moved.Entries[name] = function(e)
		case *Prerender:
			copied := *e
			copied.Function = function(e.Function)
			if e.Fallback != nil {
				copied.Fallback = file(e.Fallback)
			}
			moved.Entries[name] = &copied
		}
	}
	return &moved
}
