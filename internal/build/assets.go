package build

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// findAssets lists the files of public/, which need not exist. Symbolic links
// to files are followed; one that leads nowhere or to a directory goes to
// diags.
func findAssets(public string, diags *diag.List) ([]site.Asset, error) {
	var assets []site.Asset
	err := filepath.WalkDir(public, func(file string, entry fs.DirEntry, err error) error {
		if file == public && errors.Is(err, fs.ErrNotExist) {
			return filepath.SkipAll
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(public, file)
		if err != nil {
			return err
		}
		asset := site.Asset{Path: filepath.ToSlash(rel), File: file}
		if entry.IsDir() {
			return nil
		}
		info, err := os.Stat(file)
		if err != nil || !info.Mode().IsRegular() {
			diags.Add(diag.Pos{File: "public/" + asset.Path}, "replace it with the file itself",
				"it is not a file, or a link to one")
			return nil
		}
		assets = append(assets, asset)
		return nil
	})
	return assets, err
}
