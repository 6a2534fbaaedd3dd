package golang

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"go/version"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal"
)

// linkedDir is the directory below overlayDir of the main package of a site that is one
// program with its host. Packages of the host are beside it, by their paths below
// internal/.
const linkedDir = "linked"

// hostVersion heads the files of the host that are compiled into a site's module: the
// language that they are in.
const hostVersion = "go1.26"

// jargoModule is where the packages below internal/ are for each other.
const jargoModule = "github.com/jargo-dev/jargo/"

// drivers are the fields of serve.Drivers by the package that is for each, and how it opens
// what the field's function returns.
var drivers = map[string]struct{ field, function string }{
	"driver/acme":  {"Certificates", "func(o serve.CertificateOptions) (serve.Certificates, error) { return acme.Open(acme.Options(o)) }"},
	"driver/redis": {"Cache", "func(url string) (serve.SharedCache, error) { return redis.Open(url) }"},
}

// driversIn lists the drivers among packages.
func driversIn(packages map[string]*listed) (list []string) {
	for _, name := range slices.Sorted(maps.Keys(drivers)) {
		if packages[jargoModule+name] != nil {
			list = append(list, name)
		}
	}
	return list
}

// Drivers lists the drivers that the site imports: driver/redis.
func (p *Program) Drivers() []string { return p.pages.exports.Drivers }

// ErrOldGo says that the site is compiled by a version of Go that cannot compile the host.
var ErrOldGo = errors.New("the host takes " + hostVersion)

// Linked compiles the pages into one program with the host, for a system and an
// architecture, and returns its file, which the next compile for the same replaces. The
// program carries archive, a file of package pack; where that is "" it serves a directory.
func (p *Program) Linked(ctx context.Context, system, arch, archive string) (string, error) {
	s := p.pages
	if v := s.tool.env.get("GOVERSION"); version.Compare(v, hostVersion) < 0 {
		return "", fmt.Errorf("%w, and this site is compiled by %s: raise the version in go.mod", ErrOldGo, v)
	}
	replace, err := s.linkedSource(archive)
	if err != nil {
		return "", fmt.Errorf("write the host's source: %w", err)
	}
	name := "linked-" + system + "-" + arch
	if archive != "" {
		name = "binary-" + system + "-" + arch
	}
	overlay, err := s.cache.putOverlay(name+".json", replace)
	if err != nil {
		return "", err
	}
	return s.compileMain(ctx, overlay, path.Join("pages", overlayDir, linkedDir), system, arch, name)
}

// linkedSource writes the source of a program with a host, and returns its overlay.
func (s *pageSet) linkedSource(archive string) (map[string]string, error) {
	root := path.Join(s.Root, overlayDir)
	main, err := generate(&s.exports, s.templates, path.Join(root, "engine"), path.Join(root, "program"), false)
	if err != nil {
		return nil, err
	}
	mainFile, err := s.cache.put("linked.go", main)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(s.tool.dir, "pages", overlayDir)
	replace := maps.Clone(s.hidden)
	if replace == nil {
		replace = map[string]string{}
	}
	replace[filepath.Join(dir, linkedDir, "main.go")] = mainFile
	if err := s.cache.addProgram(replace, dir, root, archive); err != nil || archive == "" {
		return replace, err
	}
	return replace, s.addStart(replace, path.Join(root, "program", "start"))
}

// addProgram adds the source of what a program with a host links to an overlay, in dir, for
// packages below the import path root. It carries archive, unless that is "".
func (c cache) addProgram(replace map[string]string, dir, root, archive string) error {
	engine, err := c.engineSource()
	if err != nil {
		return err
	}
	host, err := c.hostSource(root)
	if err != nil {
		return err
	}
	for name, file := range engine {
		replace[filepath.Join(dir, "engine", filepath.FromSlash(name))] = file
	}
	for name, file := range host {
		replace[filepath.Join(dir, filepath.FromSlash(name))] = file
	}
	if archive == "" {
		return nil
	}
	start := filepath.Join(dir, "program", "start")
	replace[filepath.Join(start, "archive.zip")] = archive
	replace[filepath.Join(start, "archive.go")], err = c.put("archive.go", []byte(archiveSource))
	return err
}

// archiveSource is the file of package start of a program that carries an archive.
const archiveSource = "//go:build " + hostVersion + `

package start

import _ "embed"

//go:embed archive.zip
var Archive string
`

// addStart has the packages of the user's modules import the package start, so that it is
// initialised before them.
func (s *pageSet) addStart(replace map[string]string, importPath string) error {
	for _, user := range slices.Sorted(maps.Keys(s.packages)) {
		p := s.packages[user]
		text := fmt.Sprintf("package %s\n\nimport _ %q\n", p.Name, importPath)
		file, err := s.cache.put("start/"+p.Name+".go", []byte(text))
		if err != nil {
			return err
		}
		added, err := unusedName(p.Dir)
		if err != nil {
			return err
		}
		replace[added] = file
	}
	return nil
}

// unusedName is a Go file that is not there.
func unusedName(dir string) (string, error) {
	for i := 1; ; i++ {
		file := filepath.Join(dir, fmt.Sprintf("jargo_start_%d.go", i))
		if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
			return file, nil
		} else if err != nil {
			return "", err
		}
	}
}

// hostSource writes the source of the host's packages to the cache, for packages below
// the import path root, and maps file names to where they are.
func (c cache) hostSource(root string) (map[string]string, error) {
	files := map[string]string{}
	err := fs.WalkDir(internal.Source, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := fs.ReadFile(internal.Source, name)
		if err != nil {
			return err
		}
		if strings.HasSuffix(name, ".go") {
			head, ours, err := importsOf(name, data)
			if err != nil || !ours {
				return err
			}
			data = append(relocate(data[:head], root), data[head:]...)
		}
		files[name], err = c.put("host/"+name, data)
		return err
	})
	return files, err
}

// importsOf reports where the imports of a file end, and whether these are nothing but the
// standard library and packages of ours.
func importsOf(name string, source []byte) (end int, ours bool, err error) {
	files := token.NewFileSet()
	f, err := parser.ParseFile(files, name, source, parser.ImportsOnly)
	if err != nil {
		return 0, false, err
	}
	end, ours = files.Position(f.Name.End()).Offset, true
	for _, i := range f.Imports {
		importPath, err := strconv.Unquote(i.Path.Value)
		first, _, _ := strings.Cut(importPath, "/")
		ours = ours && err == nil && (!strings.Contains(first, ".") || strings.HasPrefix(importPath, jargoModule))
		end = files.Position(i.End()).Offset
	}
	return end, ours, nil
}

// relocate makes the head of a file of ours, to the end of its imports, that of a package
// below root, in the language that it is written in.
func relocate(source []byte, root string) []byte {
	moved := strings.NewReplacer(`"`+jargoModule+"internal/", `"`+root+"/", `"`+jargoModule, `"`+root+"/")
	source = []byte(moved.Replace(string(source)))
	const constraint = "//go:build "
	if rest, ok := bytes.CutPrefix(source, []byte(constraint)); ok {
		system, rest, _ := bytes.Cut(rest, []byte("\n"))
		return fmt.Appendf(nil, "%s%s && (%s)\n%s", constraint, hostVersion, system, rest)
	}
	return append([]byte(constraint+hostVersion+"\n\n"), source...)
}
