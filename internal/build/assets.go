package build

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// findAssets lists the files of public/, which need not exist. Symbolic links
// to files are followed; one that leads nowhere or to a directory goes to
// diags, and so does what is not a file.
func findAssets(public string, diags *diag.List) ([]site.Asset, error) {
	var assets []site.Asset
	err := filepath.WalkDir(public, func(file string, entry fs.DirEntry, err error) error {
		if file == public && errors.Is(err, fs.ErrNotExist) {
			return filepath.SkipAll
		}
		if err != nil {
			return err
		}
		if file == public && !entry.IsDir() {
			diags.Add(diag.Pos{File: "public"}, "make it one: the files in it are served from /", "it is not a directory")
			return nil
		}
		rel, err := filepath.Rel(public, file)
		if err != nil {
			return err
		}
		asset := site.Asset{Path: filepath.ToSlash(rel), File: file}
		name := path.Join("public", asset.Path)
		if entry.IsDir() {
			if !site.CheckName(name, diags) {
				return filepath.SkipDir
			}
			return nil
		}
		info, err := os.Stat(file)
		switch {
		case err != nil || info.IsDir():
			diags.Add(diag.Pos{File: name}, "replace it with the file itself", "it is not a file, or a link to one")
		case entry.Type() == fs.ModeSymlink && site.IsEnvironment(linked(file)):
			diags.Add(diag.Pos{File: name}, "remove the link", "every visitor could read the environment that it leads to")
		case site.IsEnvironment(entry.Name()):
			diags.Add(diag.Pos{File: name}, "move it to the project's root: .env and .env.local are read there, and never copied",
				"every visitor could read this environment")
		case site.CheckFile(name, info.Mode(), diags):
			assets = append(assets, asset)
		}
		return nil
	})
	return assets, err
}

// linked is the name of the file that a link leads to.
func linked(file string) string {
	real, err := filepath.EvalSymlinks(file)
	if err != nil {
		return ""
	}
	return filepath.Base(real)
}
