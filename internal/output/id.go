package output

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// ID returns a hash of what decides the answers of the output's functions:
// equal outputs have equal IDs wherever they lie. It reads every function whole.
func (o *Output) ID() (string, error) {
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
		if err := hashTree(sum, f.Dir); err != nil {
			return "", fmt.Errorf("hash function %q: %w", f.Name, err)
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:16]), nil
}

// hashTree adds the names and contents of the files below dir, and the texts of
// its links.
func hashTree(sum hash.Hash, dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		fmt.Fprintf(sum, "%q ", filepath.ToSlash(name))
		if d.Type()&fs.ModeSymlink != 0 {
			target, err := os.Readlink(path)
			fmt.Fprintf(sum, "-> %q\n", target)
			return err
		}
		return hashContent(sum, path)
	})
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
