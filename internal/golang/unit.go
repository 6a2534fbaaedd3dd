package golang

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"hash"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// unit is a package of a plan.
type unit struct {
	Package listed
	Archive string // what is linked of it
	Size    int64  // of the archive, in bytes
	Export  string // digest of the archive's export data: all that importers are compiled from

	// The rest is of packages of which the source may change, or that of an import.

	Shape   string       // digest of what the Go tool reads to know what the package is made of
	Inputs  string       // digest of what the archive was compiled from
	Compile *compilation // nil: only the Go tool can
	Live    bool         // the archive reads embedded files when the program starts
}

// fixed reports whether the archive never changes.
func (u *unit) fixed() bool { return u.Shape == "" }

// sourceFiles is the files of a package, read at one time: what is compiled is what
// was looked at.
type sourceFiles struct {
	shape   string
	files   map[string][]byte // by name below the package's directory
	changed time.Time         // when any of it changed last
}

// noteChange takes note of when a file or a directory was changed. Unlike the time
// at which it was modified, nobody can set that.
func (s *sourceFiles) noteChange(name string) error {
	changed, err := changeTime(name)
	if changed.After(s.changed) {
		s.changed = changed
	}
	return err
}

// read reads all that a package is made of.
func (u *unit) read() (*sourceFiles, error) {
	dir := u.Package.Dir
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	shape, s := sha256.New(), &sourceFiles{files: map[string][]byte{}}
	for _, e := range entries {
		name := e.Name()
		if e.IsDir() || ignoredByGo(name) || strings.HasSuffix(name, "_test.go") {
			continue
		}
		data, err := s.readFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(shape, "%q\n", name)
		if path.Ext(name) == ".go" {
			if err := addShape(shape, data); err != nil {
				return nil, err
			}
		}
		s.files[name] = data
	}
	for _, pattern := range u.Package.EmbedPatterns {
		if err := s.addNames(shape, dir, pattern); err != nil {
			return nil, err
		}
	}
	for _, name := range u.Package.EmbedFiles {
		if s.files[name], err = s.readFile(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			return nil, err
		}
	}
	s.shape = sum(shape)
	return s, s.noteChange(dir)
}

func (s *sourceFiles) readFile(file string) ([]byte, error) {
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return data, s.noteChange(file)
}

// addShape adds of a Go file what decides whether it is compiled, with which
// packages and with which other files.
func addShape(shape io.Writer, data []byte) error {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", data, parser.ImportsOnly)
	if err != nil {
		return err
	}
	end := f.Name.End()
	for _, decl := range f.Decls {
		end = decl.End()
	}
	head := fset.PositionFor(end, false).Offset
	fmt.Fprintf(shape, "%d\n%s\n", head, data[:head])
	for line := range bytes.Lines(data[head:]) {
		if bytes.Contains(line, []byte("//go:embed")) {
			fmt.Fprintf(shape, "%q\n", line)
		}
	}
	return nil
}

// addNames adds the names of the files among which a pattern of go:embed chooses.
func (s *sourceFiles) addNames(shape io.Writer, dir, pattern string) error {
	pattern = strings.TrimPrefix(pattern, "all:")
	for strings.ContainsAny(pattern, `*?[\`) {
		pattern = path.Dir(pattern)
	}
	// A link or another module on the way to the files makes a mistake of the pattern.
	for above := path.Dir(pattern); above != "."; above = path.Dir(above) {
		at := filepath.Join(dir, filepath.FromSlash(above))
		info, err := os.Lstat(at)
		if err != nil {
			return err
		}
		_, err = os.Lstat(filepath.Join(at, "go.mod"))
		fmt.Fprintf(shape, "%q %v %v\n", at, info.Mode().Type(), err == nil)
	}
	return filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(pattern)), func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		fmt.Fprintf(shape, "%q %v\n", file, e.Type())
		return s.noteChange(file)
	})
}

// addFiles adds what the archive has of the package's files.
func (u *unit) addFiles(h io.Writer, s *sourceFiles) {
	names := slices.Clone(u.Package.GoFiles)
	switch {
	case u.Compile == nil: // the Go tool knows which these are
		names = slices.Sorted(maps.Keys(s.files))
	case !u.Live:
		names = append(names, u.Package.EmbedFiles...)
	}
	for _, name := range names {
		fmt.Fprintf(h, "%q %d\n%s", name, len(s.files[name]), s.files[name])
	}
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// inputs is a digest of what an archive is compiled from: the command, the package's
// files and the export data of its imports.
func (u *unit) inputs(s *sourceFiles, units map[string]*unit) string {
	h := sha256.New()
	fmt.Fprintln(h, u.Package.ImportPath, u.Live)
	u.addFiles(h, s)
	if u.Compile != nil {
		fmt.Fprintf(h, "%q\n", u.Compile.Flags)
	}
	for _, imported := range u.imports(units) {
		fmt.Fprintln(h, imported.Package.ImportPath, imported.Export)
	}
	return sum(h)
}

// imports are the packages that a package is compiled with.
func (u *unit) imports(units map[string]*unit) []*unit {
	paths := u.Package.Imports
	if u.Compile != nil {
		paths = u.Compile.Imports
	}
	var list []*unit
	for _, importPath := range paths {
		if imported := units[importPath]; imported != nil { // not "C" or "unsafe"
			list = append(list, imported)
		}
	}
	return list
}

// compile makes the archive of a package from its source, and of live if that is not
// nil, in the directory work. Stack traces and errors have the names
// they would have of the Go tool.
func (u *unit) compile(ctx context.Context, tool goTool, s *sourceFiles, live map[string][]byte, units map[string]*unit, work, archive string) error {
	c := u.Compile
	config := strings.Join(c.Config, "\n") + "\n"
	for _, imported := range u.imports(units) {
		config += imported.archiveLine()
	}
	names, files := u.Package.GoFiles, map[string][]byte{}
	if live != nil {
		for _, importPath := range liveImports {
			if !slices.Contains(c.Imports, importPath) {
				config += units[importPath].archiveLine()
			}
		}
		names = slices.Insert(slices.Clone(names), 0, liveFile)
	}
	files["importcfg"] = []byte(config)
	trim := work + "=>" + c.Root + ";" + u.Package.Dir + "=>" + c.Root // line directives may name the directory
	args := []string{"-o", archive, "-trimpath", trim, "-importcfg", "importcfg"}
	if c.Embed != nil && live == nil {
		embed := embedConfig{Patterns: c.Embed.Patterns, Files: map[string]string{}}
		for i, name := range slices.Sorted(maps.Keys(c.Embed.Files)) {
			copied := "embedded" + strconv.Itoa(i)
			data, ok := s.files[name]
			if !ok {
				return fmt.Errorf("%w: %s is embedded from elsewhere", errUnusual, name)
			}
			files[copied], embed.Files[name] = data, filepath.Join(work, copied)
		}
		data, err := json.Marshal(embed)
		if err != nil {
			return err
		}
		files["embedcfg"] = data
		args = append(args, "-embedcfg", "embedcfg")
	}
	args = append(args, c.Flags...)
	for _, name := range names {
		files[name] = s.files[name]
		if live != nil {
			files[name] = live[name]
		}
		args = append(args, "./"+name)
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(work, name), data, 0o644); err != nil {
			return err
		}
	}
	cmd := tool.program(ctx, c.Program, args...)
	cmd.Dir = work
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("compile %s: %w\n%s", u.Package.ImportPath, err, out)
	}
	return nil
}

// archiveLine is a package's line in an import configuration.
func (u *unit) archiveLine() string {
	return "packagefile " + u.Package.ImportPath + "=" + u.Archive + "\n"
}

// setArchive takes an archive for a package's own.
func (u *unit) setArchive(archive, inputs string) error {
	info, err := os.Stat(archive)
	if err != nil {
		return err
	}
	u.Archive, u.Size, u.Inputs = archive, info.Size(), inputs
	if u.Export = filepath.Base(archive); u.fixed() {
		return nil
	}
	u.Export, err = exportDigest(archive)
	return err
}

// hasArchive reports whether the archive is still there. Its name tells its
// content, but what keeps it may have removed it.
func (u *unit) hasArchive() bool {
	info, err := os.Stat(u.Archive)
	return err == nil && info.Size() == u.Size
}

// exportDigest is a digest of the export data in an archive of the compiler's, and
// of the line before it that says for which system and by which compiler it is.
func exportDigest(archive string) (string, error) {
	const magic, header = "!<arch>\n", 60
	f, err := os.Open(archive)
	if err != nil {
		return "", err
	}
	defer f.Close()
	start := make([]byte, len(magic)+header)
	if _, err := io.ReadFull(f, start); err != nil {
		return "", err
	}
	entry, isArchive := bytes.CutPrefix(start, []byte(magic))
	if !isArchive || !bytes.HasPrefix(entry, []byte("__.PKGDEF ")) {
		return "", errors.New("the archive does not begin with export data: " + archive)
	}
	size, err := strconv.ParseInt(strings.TrimSpace(string(entry[48:58])), 10, 64)
	if err != nil {
		return "", fmt.Errorf("read %s: %w", archive, err)
	}
	data, err := io.ReadAll(io.LimitReader(f, size))
	if err != nil {
		return "", err
	}
	system, _, _ := bytes.Cut(data, []byte("\n"))
	_, export, ok := bytes.Cut(data, []byte("\n$$B"))
	if !ok || int64(len(data)) != size {
		return "", errors.New("the archive has no export data: " + archive)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s", system, export)
	return sum(h), nil
}
