// Package start gives the packages of a site that is one program what they would find in
// the process of a function: its files in the working directory, and its environment. It is
// initialised before them, for they import it.
package start

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/scratch"
)

// Names in an archive, and in the directory that it is unpacked into.
const (
	OutputDir   = "output"                                            // the output without static files and Go programs
	StaticDir   = "static"                                            // static files, which are not unpacked
	FunctionDir = siteDir + "/functions/site" + output.FunctionSuffix // the files of the function of Go pages
	MetaFile    = "meta.json"
)

// siteDir looks like an output whose function is this program, so that what it writes
// into its directory is known.
const siteDir = "site"

// Wd is the working directory that the program was started in.
var Wd string

// Private has what was unpacked; nil without an Archive.
var Private *scratch.Dir

func init() {
	if Archive == "" {
		return
	}
	if err := begin(); err != nil {
		fmt.Fprintf(os.Stderr, "unpack the site: %v\n", err)
		os.Exit(1)
	}
}

// begin unpacks the archive and goes into the directory of the function.
func begin() error {
	wd, err := os.Getwd()
	if err != nil {
		return err
	}
	Wd = wd
	if Private, err = scratch.New(os.TempDir(), output.KeepWritten); err != nil {
		return err
	}
	if err := unpack(Private.Path); err != nil {
		return errors.Join(err, Private.Remove())
	}
	dir := filepath.Join(Private.Path, filepath.FromSlash(FunctionDir))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := output.WriteRecord(filepath.Join(Private.Path, siteDir), func(string) bool { return true }); err != nil {
		return err
	}
	for _, v := range append(function.Environment(), function.DirVariable+"="+dir, "PWD="+dir) {
		name, value, _ := strings.Cut(v, "=")
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return os.Chdir(dir)
}

func unpack(to string) error {
	r, err := zip.NewReader(strings.NewReader(Archive), int64(len(Archive)))
	if err != nil {
		return err
	}
	for _, f := range r.File {
		if strings.HasPrefix(f.Name, StaticDir) {
			continue
		}
		if err := unpackFile(f, filepath.Join(to, filepath.FromSlash(f.Name))); err != nil {
			return err
		}
	}
	return nil
}

func unpackFile(f *zip.File, to string) error {
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	from, err := f.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	data, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	if f.Mode()&fs.ModeSymlink != 0 {
		return os.Symlink(string(data), to)
	}
	return os.WriteFile(to, data, f.Mode().Perm())
}

// Remove removes what was unpacked, unless functions have written files there, which it
// lists: then all stays.
func Remove() (written []string, err error) {
	if Private == nil {
		return nil, nil
	}
	return Private.RemoveUnless(func() (written []string, err error) {
		for _, name := range []string{OutputDir, siteDir} {
			dir := filepath.Join(Private.Path, name)
			names, err := output.Written(dir)
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				written = append(written, filepath.Join(dir, filepath.FromSlash(name)))
			}
		}
		return written, nil
	})
}
