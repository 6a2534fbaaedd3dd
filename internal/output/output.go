// Package output is the Build Output API, version 3: the types of its files,
// a reader and a writer. Names are the format's own. It knows nothing of pages
// or of how an output was made.
//
// Source: https://vercel.com/docs/build-output-api (read 2026-07-27).
package output

import (
	"net/url"
	"os"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

// Version is the only version of the format there is.
const Version = 3

// Names of the format.
const (
	ConfigFile         = "config.json"
	BuildsFile         = "builds.json"            // what the vendor's command says of its run
	FunctionSuffix     = ".func"                  // of a function's directory
	FunctionConfigFile = ".vc-config.json"        // in it
	PrerenderSuffix    = ".prerender-config.json" // of what makes a function beside it a regenerated page
)

// Output is one Build Output directory as Read found it. It does not change
// afterwards and may be shared.
type Output struct {
	Dir    string // as given to Read
	Config Config
	// Entries is what the output serves, by output path: no slash at either
	// end, percent-decoded, "" is the root.
	Entries map[string]Entry
	// Warnings are mistakes that do not prevent the output from being served.
	Warnings diag.List

	// id is what ID returns; "" if it is to be found out.
	id string

	// RoutePos is the position of each item of Config.Routes in config.json.
	RoutePos []diag.Pos
}

// Entry is what is served at an output path: a *File, a *Function or a
// *Prerender.
type Entry interface{ entry() }

// File is a static file.
type File struct {
	Name        string // path below static/, with slashes
	Path        string // path to open; "" if the content is in memory
	Size        int64  // bytes
	ContentType string // the value of the header

	// A file in memory has the following.
	Data    []byte
	ETag    string            // quoted hash of the content
	Encoded map[string][]byte // the content in content encodings, where it is shorter: br, zstd, gzip
}

// Read returns the content, which must not be changed.
func (f *File) Read() ([]byte, error) {
	if f.Path == "" {
		return f.Data, nil
	}
	return os.ReadFile(f.Path)
}

// Function is a .func directory. All output paths that link to one directory
// share one Function.
type Function struct {
	Name   string // output path of the real directory
	Dir    string // path of the real directory
	Config FunctionConfig
}

// Prerender is a regenerated page: a function and how long its responses last.
type Prerender struct {
	Name     string // output path
	Function *Function
	Config   PrerenderConfig
	Fallback *File // rendered at build time; nil when there is none
}

func (*File) entry()      {}
func (*Function) entry()  {}
func (*Prerender) entry() {}

// Find returns the output path that serves a URL path: the path itself,
// or the index of the directory it names. One trailing slash is ignored.
// Percent-encoding is undone first; a path that is not validly encoded is taken
// literally.
func (o *Output) Find(path string) (name string, ok bool) {
	if strings.Contains(path, "%") {
		if decoded, err := url.PathUnescape(path); err == nil {
			path = decoded
		}
	}
	path = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if _, ok := o.Entries[path]; ok {
		return path, true
	}
	index := "index"
	if path != "" {
		index = path + "/index"
	}
	if e, ok := o.Entries[index]; ok && !isFile(e) {
		return index, true
	}
	if _, ok := o.Entries[index+".html"]; ok {
		return index + ".html", true
	}
	_, ok = o.Entries[index]
	return index, ok
}

func isFile(e Entry) bool {
	_, ok := e.(*File)
	return ok
}
