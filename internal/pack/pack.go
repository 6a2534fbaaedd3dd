// Package pack puts an output into the archive that a site carries which is one program.
package pack

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/program"
	"github.com/jargo-dev/jargo/internal/program/start"
)

// FunctionFiles are the files that the linked functions of an output have, all together,
// by their names in the directory of one; without the program itself.
func FunctionFiles(out *output.Output) (map[string]string, error) {
	files := map[string]string{}
	for _, f := range linked(out) {
		err := filepath.WalkDir(f.Dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name, err := filepath.Rel(f.Dir, file)
			if name = filepath.ToSlash(name); err == nil && name != f.Config.Handler && name != output.FunctionConfigFile {
				files[name] = file
			}
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("read function %q: %w", f.Name, err)
		}
	}
	return files, nil
}

// linked lists the linked functions of an output by the names of their directories.
func linked(out *output.Output) []*output.Function {
	functions := map[string]*output.Function{}
	for _, e := range out.Entries {
		var f *output.Function
		switch e := e.(type) {
		case *output.Function:
			f = e
		case *output.Prerender:
			f = e.Function
		}
		if f != nil && program.IsLinked(f) {
			functions[f.Name] = f
		}
	}
	var list []*output.Function
	for _, name := range slices.Sorted(maps.Keys(functions)) {
		list = append(list, functions[name])
	}
	return list
}

// Write writes the archive of an output to a file.
func Write(file string, out *output.Output) (err error) {
	to, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() {
		if closed := to.Close(); err == nil {
			err = closed
		}
	}()
	a := archive{zip.NewWriter(to), out, program.Meta{ETags: map[string]string{}}}
	if a.meta.ID, err = out.ID(); err != nil {
		return err
	}
	if err := a.addOutput(); err != nil {
		return err
	}
	files, err := FunctionFiles(out)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := a.addFile(path.Join(start.FunctionDir, name), files[name]); err != nil {
			return err
		}
	}
	meta, err := json.Marshal(a.meta)
	if err != nil {
		return err
	}
	if err := a.add(start.MetaFile, 0o644, meta); err != nil {
		return err
	}
	return a.Close()
}

type archive struct {
	*zip.Writer
	out  *output.Output
	meta program.Meta
}

// add adds a file as it is: programs use its bytes where they are.
func (a *archive) add(name string, mode fs.FileMode, data []byte) error {
	header := &zip.FileHeader{Name: name, Method: zip.Store}
	header.SetMode(mode)
	w, err := a.CreateHeader(header)
	if err != nil {
		return err
	}
	_, err = w.Write(data)
	return err
}

// addFile adds a file or a link.
func (a *archive) addFile(name, file string) error {
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		target, err := os.Readlink(file)
		if err != nil {
			return err
		}
		return a.add(name, fs.ModeSymlink|0o777, []byte(filepath.ToSlash(target)))
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	return a.add(name, 0o644|info.Mode().Perm()&0o111, data)
}

// addOutput adds all of the output's directory but what programs have.
func (a *archive) addOutput() error {
	leftOut := map[string]bool{}
	for _, f := range linked(a.out) {
		err := filepath.WalkDir(f.Dir, func(file string, d fs.DirEntry, err error) error {
			if err == nil && filepath.Base(file) != output.FunctionConfigFile {
				leftOut[file] = !d.IsDir()
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return filepath.WalkDir(a.out.Dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || leftOut[file] {
			return err
		}
		name, err := filepath.Rel(a.out.Dir, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if static, ok := strings.CutPrefix(name, start.StaticDir+"/"); ok {
			return a.addStatic(static, file)
		}
		return a.addFile(path.Join(start.OutputDir, name), file)
	})
}

// addStatic adds a static file, and what is shorter in each content encoding.
func (a *archive) addStatic(name, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	a.meta.ETags[name] = `"` + hex.EncodeToString(sum[:16]) + `"`
	if err := a.add(path.Join(start.StaticDir, name), 0o644, data); err != nil {
		return err
	}
	encoded, err := wire.Encode(output.ContentType(name), data)
	if err != nil {
		return err
	}
	for _, encoding := range slices.Sorted(maps.Keys(encoded)) {
		if err := a.add(path.Join(start.StaticDir+"."+encoding, name), 0o644, encoded[encoding]); err != nil {
			return err
		}
	}
	return nil
}
