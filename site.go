package jargo

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// Routes lists the paths of the site's pages, sorted, for a sitemap or a feed:
// those that are rendered when the site is built, and those of fresh and
// regenerated pages without parameters. The 404 and the 500 page are not among
// them. They are percent-encoded, as in a URL: "/posts/cr%C3%A8me".
//
// In a function they are those of the build. They are known once all pages have been
// loaded: there are none in Config, Paths and the initialization of a package, nor
// in a test.
func Routes() []string { return slices.Clone(readSite().Routes) }

// siteFile is what a build says of a site to its pages. The command that wrote it
// may be older or newer than this package.
type siteFile struct {
	Routes []string `json:"routes"`
}

var known struct {
	sync.Mutex
	site *siteFile
}

// readSite reads the file when it is first needed and there. While a site is
// built, the environment says where it is; a function has it beside its program.
func readSite() *siteFile {
	known.Lock()
	defer known.Unlock()
	if known.site != nil {
		return known.site
	}
	file := os.Getenv("JARGO_SITE")
	if file == "" {
		program, err := os.Executable()
		if err != nil {
			return &siteFile{}
		}
		file = filepath.Join(filepath.Dir(program), "jargo.json")
	}
	read := &siteFile{}
	if data, err := os.ReadFile(file); err != nil || json.Unmarshal(data, read) != nil {
		return &siteFile{}
	}
	known.site = read
	return read
}
