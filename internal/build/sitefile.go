package build

import (
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// siteFile is what a site says of itself to its pages, in the package and the
// module jargo. While it is built, engine.SiteFile says where that is; a function
// has it in its directory. Those who read it may be of another version.
type siteFile struct {
	Routes []string `json:"routes"`
}

// siteFileName is its name in a function, which package jargo and offer.py know.
const siteFileName = "jargo.json"

func describe(s *site.Site) siteFile { return siteFile{Routes: s.Paths()} }

// siteFileOf is where it is while the output is built in stage.
func siteFileOf(stage string) string { return filepath.Join(filepath.Dir(stage), siteFileName) }

func (f siteFile) write(file string) error { return output.WriteJSON(file, f) }
