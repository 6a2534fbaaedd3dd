package build

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// siteFile is what a site says of itself to its pages, in the package and the
// module jargo. While it is built, engine.SiteFile says where that is; a function
// has it in its directory. Those who read it may be of another version.
type siteFile struct {
	Assets map[string]string `json:"assets"`          // the URLs with a hash, by the plain ones
	Routes []string          `json:"routes,omitzero"` // missing while pages are loaded

	// BypassToken is a secret, which only functions need: they alone get it.
	BypassToken string `json:"bypassToken,omitempty"`
}

// siteFileName is its name in a function, which package jargo and offer.py know, and in
// the project's cache while the site is built.
const siteFileName = "jargo.json"

// describe says all of a site. Its paths are as they are spelled in URLs.
func (l *loaded) describe() siteFile {
	f := describeAssets(l.site.Assets)
	f.Routes = l.site.Paths()
	for i, path := range f.Routes {
		f.Routes[i] = l.vercel.Canonical(path)
	}
	return f
}

// describeAssets says what is known of a site before its pages are loaded.
func describeAssets(assets []site.Asset) siteFile {
	f := siteFile{Assets: map[string]string{}}
	for _, a := range assets {
		url := "/" + a.Path
		if hashed := a.Hashed(); hashed != "" {
			url = "/" + hashed
		}
		f.Assets["/"+a.Path] = site.EscapePath(url)
	}
	return f
}

// write writes the file. Pages may be reading it.
func (f siteFile) write(file string) error {
	if err := output.WriteJSON(file+".new", f); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// begin writes what is known before pages are loaded, when nobody has asked for anything.
func (f siteFile) begin(file string) error {
	if err := os.Remove(file + askedSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return f.write(file)
}

// askedSuffix is that of the file with the assets which pages have asked for.
const askedSuffix = ".asked"

// askedAssets are the public files that pages have asked for while they were
// loaded and rendered, as they name them: "/style.css".
func askedAssets(file string) (map[string]bool, error) {
	data, err := os.ReadFile(file + askedSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	asked := map[string]bool{}
	for name := range strings.Lines(string(data)) {
		asked[strings.TrimSuffix(name, "\n")] = true
	}
	return asked, err
}
