package jargo

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// Building reports whether the process is one of those that load and render pages
// while the site is built, and no function. Programs that pages start then are told
// the same.
func Building() bool { return os.Getenv("JARGO_BUILDING") == "1" }

// Routes lists the paths of the site's pages, sorted, for a sitemap or a feed:
// those that are rendered when the site is built, and those of fresh and
// regenerated pages without parameters. The 404 and the 500 page are not among
// them. They are percent-encoded, as in a URL: "/posts/cr%C3%A8me".
//
// In a function they are those of the build. They are known once all pages have been
// loaded: there are none in Config, Paths and the initialization of a package, nor
// in a test.
func Routes() []string { return slices.Clone(readSite().Routes) }

// Asset is the URL of a public file, "/style.css" for public/style.css, with a hash of
// what is in it: "/style.3f2a90c1d4e5.css". A visitor's browser keeps it for a year
// without asking again, and asks for another URL when the file has changed. It is in
// the same directory, so that relative URLs in a style sheet stay right. The file is at
// its plain URL, too. HTML files have that alone.
//
// While the site is built, or developed, Asset panics when there is no such file, which is
// a mistake of the page that asked. In a function and in a test, name itself is returned.
func Asset(name string) string {
	building := os.Getenv(siteVariable) != ""
	assets := readSite().Assets
	url, found := assets[name]
	switch {
	case found && building:
		report(name)
	case !found && assets != nil && (building || os.Getenv("JARGO_DEV") != ""):
		panic(fmt.Sprintf("jargo.Asset(%q): there is no file public/%s", name, strings.TrimPrefix(name, "/")))
	case !found:
		return name
	}
	return url
}

// siteVariable is set while a site is built: to the name of the file that says what
// it has.
const siteVariable = "JARGO_SITE"

// asked are the files that this process has written, each with the assets in it.
var asked sync.Map

// report tells the build that an asset is asked for: a line of a file.
func report(name string) {
	file := os.Getenv(siteVariable) + ".asked"
	if _, again := asked.LoadOrStore([2]string{file, name}, true); again {
		return
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o644)
	if err == nil {
		_, err = f.WriteString(name + "\n")
		f.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("jargo.Asset(%q): tell the build: %v", name, err))
	}
}

// siteFile is what a build says of a site to its pages. The command that wrote it
// may be older or newer than this package.
type siteFile struct {
	Assets map[string]string `json:"assets"`
	Routes []string          `json:"routes"` // missing while pages are loaded

	BypassToken string `json:"bypassToken"` // in functions alone, of sites with regenerated pages
}

var known struct {
	sync.Mutex
	file string // what was read
	site siteFile
}

// readSite reads the file, and keeps what it says once that is complete. While a
// site is built, the environment says where it is; a function has it beside its
// program, a site that is one program in the directory of its function's files.
func readSite() siteFile {
	file := os.Getenv(siteVariable)
	if dir := os.Getenv("JARGO_FUNCTION_DIR"); file == "" && dir != "" {
		file = filepath.Join(dir, "jargo.json")
	} else if file == "" {
		program, err := os.Executable()
		if err != nil {
			return siteFile{}
		}
		file = filepath.Join(filepath.Dir(program), "jargo.json")
	}
	known.Lock()
	defer known.Unlock()
	if known.file == file {
		return known.site
	}
	var read siteFile
	if data, err := os.ReadFile(file); err != nil || json.Unmarshal(data, &read) != nil {
		return siteFile{}
	}
	if read.Routes != nil {
		known.file, known.site = file, read
	}
	return read
}
