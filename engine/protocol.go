package engine

import "net/http"

// The build protocol: with [BuildSocket] set, a compiled site connects to that
// unix socket and writes one line of JSON, its Manifest. Then the front end
// writes Jobs, one a line, and the site answers each with one Result, in any
// order. The site exits with status 0 when the front end has closed its side
// and all answers are written. When a page ends the program (os.Exit,
// log.Fatal) the connection is closed early, with answers missing.

// BuildSocket is the environment variable that turns a compiled site into a
// renderer: the path of the unix socket to connect to.
const BuildSocket = "JARGO_BUILD"

// Manifest says what the pages' Config and Paths returned.
type Manifest struct {
	Pages []PageInfo `json:"pages"` // in the order of Main's arguments
}

// PageInfo is a page's part of the manifest.
type PageInfo struct {
	Pattern string   `json:"pattern"`
	Config  Config   `json:"config"`
	Paths   []string `json:"paths,omitempty"`   // as returned, not checked
	Failure *Failure `json:"failure,omitempty"` // of Config, else of Paths
}

// Job asks for one page to be rendered into a file.
type Job struct {
	ID   int    `json:"id"`
	Page int    `json:"page"` // index in Manifest.Pages
	Path string `json:"path"` // escaped URL path, "/blog/hello"
	// File is where the body goes. It is created or replaced, with mode 0644,
	// and so are the directories it needs.
	File string `json:"file"`
}

// Result answers the Job of the same ID. With a Failure there is no response
// and no file; otherwise the file was written, also for a status of 400 and
// more.
type Result struct {
	ID      int         `json:"id"`
	Status  int         `json:"status,omitempty"`
	Header  http.Header `json:"header,omitempty"` // always with a Content-Type, except for status 204 and 304
	Size    int64       `json:"size,omitempty"`   // of the body, bytes
	Failure *Failure    `json:"failure,omitempty"`
}

// What a Failure can come from, the values of its field In.
const (
	InConfig = "Config"
	InPaths  = "Paths"
	InRender = "Data/Render" // the page: Data, Render or the body's own method
	InWrite  = "write"       // the file could not be written; not the page's fault
)

// Failure is an error or a panic in a page.
type Failure struct {
	Message string  `json:"message"`
	In      string  `json:"in"` // one of the In constants
	Panic   bool    `json:"panic,omitempty"`
	Frames  []Frame `json:"frames,omitempty"` // of a panic, innermost first
}

// Frame is one call on the stack of a panic.
type Frame struct {
	Func string `json:"func"` // with its import path
	File string `json:"file"` // as compiled; under -trimpath import path and name
	Line int    `json:"line"` // 1-based
}
