package output

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Read reads the Build Output directory dir. When the output cannot be served
// as it is, the error is a diag.List of everything wrong with it; any other
// error says that the directory could not be read.
func Read(dir string) (*Output, error) {
	return ReadWith(dir, nil, "")
}

// ReadWith reads an output whose static files are in memory and not in dir, and whose
// ID is known: what decides on that need not all be there.
func ReadWith(dir string, static []*File, id string) (*Output, error) {
	r := &reader{out: &Output{Dir: dir, Entries: map[string]Entry{}, id: id}, static: static}
	if err := r.read(); err != nil {
		return nil, err
	}
	if err := r.list.Err(); err != nil {
		return nil, err
	}
	return r.out, nil
}

// Is reports whether dir looks like an output, whichever tool made it: as every
// one has, it has a config.json of this version, and files or functions.
func Is(dir string) bool {
	file := filepath.Join(dir, ConfigFile)
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return false // reading a pipe would have no end
	}
	var config struct{ Version int }
	data, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(data, &config) != nil || config.Version != Version {
		return false
	}
	return slices.ContainsFunc([]string{"static", "functions"}, func(name string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.IsDir()
	})
}

// IsBegun reports whether the vendor's command has begun an output in dir: its record
// is there. It has emptied the directory then, and the rest comes from what it runs.
func IsBegun(dir string) bool {
	file := filepath.Join(dir, BuildsFile)
	if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
		return false
	}
	var builds struct{ Argv []string }
	data, err := os.ReadFile(file)
	return err == nil && json.Unmarshal(data, &builds) == nil && len(builds.Argv) > 0
}

// reader holds what Read has found so far.
type reader struct {
	out    *Output
	static []*File // in memory
	list   diag.List
}

func (r *reader) read() error {
	if info, err := os.Stat(r.out.Dir); err != nil {
		r.list.Add(diag.Pos{File: filepath.ToSlash(r.out.Dir)}, "build the site first, or name the directory that holds config.json", "no such directory")
		return nil
	} else if !info.IsDir() {
		r.list.Add(diag.Pos{File: filepath.ToSlash(r.out.Dir)}, "name the directory that holds config.json", "not a directory")
		return nil
	}
	if err := r.readConfig(); err != nil {
		return err
	}
	for _, f := range r.static {
		f.ContentType = ContentType(f.Name)
		r.out.Entries[f.Name] = f
	}
	if err := r.readStatic(); err != nil {
		return err
	}
	r.applyOverrides()
	return r.readFunctions()
}

// pos is the place of a file, given by its path below the output directory.
func (r *reader) pos(name string) diag.Pos {
	return diag.Pos{File: filepath.ToSlash(filepath.Join(r.out.Dir, filepath.FromSlash(name)))}
}

// readJSON decodes a file of the output into v. ok is false when that could
// not be done and a diagnostic says why; missing is the message for a file that
// is not there.
func (r *reader) readJSON(name, missing, fix string, v any) (ok bool, err error) {
	data, err := os.ReadFile(filepath.Join(r.out.Dir, filepath.FromSlash(name)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		r.list.Add(r.pos(name), fix, "%s", missing)
		return false, nil
	case err != nil:
		return false, fmt.Errorf("read output: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		r.list.Add(jsonPos(r.pos(name), data, err), "", "%s", jsonMessage(err))
		return false, nil
	}
	return true, nil
}

// applyOverrides gives files the paths and types that config.json says, in the
// order of the keys' names. An override whose path is the file's own removes
// the file, as it does on the platform.
func (r *reader) applyOverrides() {
	entries := r.out.Entries
	for _, key := range slices.Sorted(maps.Keys(r.out.Config.Overrides)) {
		override := r.out.Config.Overrides[key]
		file, ok := entries[key].(*File)
		if !ok {
			r.out.Warnings.Add(r.pos(ConfigFile), "", "overrides[%q] names no file of static/", key)
			continue
		}
		if override.ContentType != "" {
			file.ContentType = override.ContentType
		}
		if override.Path != nil {
			entries[*override.Path] = file
			delete(entries, key)
		}
	}
}
