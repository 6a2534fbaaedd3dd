package golang

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/engine"
)

// cache is where the generated source and the compiled programs of one project
// stay between builds. A program that is up to date is not linked again.
type cache struct{ dir string }

// put writes a file of the cache, unless it has these bytes already.
func (c cache) put(name string, data []byte) (string, error) {
	file := filepath.Join(c.dir, filepath.FromSlash(name))
	if old, err := os.ReadFile(file); err == nil && bytes.Equal(old, data) {
		return file, nil
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return "", err
	}
	// A build that is ended must not leave half a file.
	part := file + ".part"
	if err := os.WriteFile(part, data, 0o644); err != nil {
		return "", err
	}
	return file, os.Rename(part, file)
}

// putOverlay writes a file for the Go tool's -overlay: which file it gets in
// place of another, with "" for none.
func (c cache) putOverlay(name string, replace map[string]string) (string, error) {
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	return c.put(name, data)
}

// languageVersion heads the files that are compiled into a site's module, whose
// go.mod may ask for an older language than theirs.
const languageVersion = "//go:build go1.21\n\n"

// engineSource writes the source of engine and the packages below it to the cache, without
// its tests and without the file that embeds it, and maps file names to where they are.
func (c cache) engineSource() (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(engine.Source, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, "_test.go") || name == "source.go" {
			return err
		}
		data, err := fs.ReadFile(engine.Source, name)
		if err != nil {
			return err
		}
		if !bytes.HasPrefix(data, []byte("//go:build go1.21 ")) { // with a system
			data = append([]byte(languageVersion), data...)
		}
		files[name], err = c.put("engine/"+name, data)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, errors.New("internal error, please report: the engine's source is empty")
	}
	return files, nil
}
