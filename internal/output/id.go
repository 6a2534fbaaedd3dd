package output

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// ID returns a hash of what decides the responses of the output's functions:
// equal outputs have equal IDs wherever they lie. It reads every function whole.
func (o *Output) ID() (string, error) {
	if o.id != "" {
		return o.id, nil
	}
	sum := sha256.New()
	enc := json.NewEncoder(sum)
	if err := enc.Encode(o.Config); err != nil {
		return "", fmt.Errorf("hash config.json: %w", err)
	}
	hashed := map[*Function]bool{}
	for _, name := range slices.Sorted(maps.Keys(o.Entries)) {
		fmt.Fprintf(sum, "%q ", name)
		var f *Function
		switch e := o.Entries[name].(type) {
		case *File:
			fmt.Fprintln(sum, e.Size, e.ContentType)
		case *Function:
			f = e
		case *Prerender:
			f = e.Function
			if err := enc.Encode(e.Config); err != nil {
				return "", fmt.Errorf("hash prerender %q: %w", name, err)
			}
			if e.Fallback != nil {
				if err := hashContent(sum, e.Fallback.Path); err != nil {
					return "", fmt.Errorf("hash fallback of %q: %w", name, err)
				}
			}
		}
		if f == nil || hashed[f] {
			continue
		}
		hashed[f] = true
		if err := hashFunction(sum, f); err != nil {
			return "", fmt.Errorf("hash function %q: %w", f.Name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// hashFunction adds what f runs on: its directory, the files that were left in
// the repository, and what links lead to.
func hashFunction(sum hash.Hash, f *Function) error {
	t := treeHash{sum: sum, seen: map[string]bool{}}
	if err := t.dir(f.Dir); err != nil || len(f.Config.FilePathMap) == 0 {
		return err
	}
	root, err := f.Repository()
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(f.Config.FilePathMap)) {
		if err := t.file(name, filepath.Join(root, filepath.FromSlash(f.Config.FilePathMap[name]))); err != nil {
			return err
		}
	}
	return nil
}

// treeHash adds files to a hash.
type treeHash struct {
	sum  hash.Hash
	seen map[string]bool // real paths of directories
}

// dir adds the names and contents of the files below dir.
func (t *treeHash) dir(dir string) error {
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		if t.seen[real] {
			return nil
		}
		dir, t.seen[real] = real, true
	}
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && t.seen[path] {
				return fs.SkipDir
			}
			t.seen[path] = true
			return nil
		}
		return t.file(filepath.ToSlash(name), path)
	})
}

// file adds the file at path: its name, what it links to, and its content. A
// link may lead out of the function, and to nothing.
func (t *treeHash) file(name, path string) error {
	fmt.Fprintf(t.sum, "%q ", name)
	if target, err := os.Readlink(path); err == nil {
		fmt.Fprintf(t.sum, "-> %q ", target)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		fmt.Fprintln(t.sum)
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return t.dir(path)
	case info.Mode().IsRegular():
		return hashContent(t.sum, path)
	}
	return nil
}

// hashContent adds a file's content, closed by its length.
func hashContent(sum hash.Hash, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	n, err := io.Copy(sum, f)
	fmt.Fprintf(sum, " %d\n", n)
	return err
}
