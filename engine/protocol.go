package engine

import (
	"encoding/json"
	"net/http"
)

// The build protocol: how a build speaks with the processes that render pages,
// a compiled site or, for Python pages, internal/python/handler/build.py. The
// build starts a process with [BuildDir] set to a directory. There it listens on
// the unix socket [BuildSocket], to which the process connects, and keeps the
// file [BuildBegun]. Over the connection go lines of JSON:
//
//	process → build   Hello     once
//	build → process   Job       at any time, any number
//	process → build   Result    one for each Job, in any order
//
// A process may be given more jobs than it works on. Which these are it writes into
// the file: each of its workers, as it begins a job, writes the job's ID to its
// own eight bytes there, in little-endian order. That costs a quick page next to
// nothing, and can be read when the process hangs and when it is gone.
//
// When the build closes the connection, or is gone itself, the process ends at
// once, with all that its pages have started.
const (
	BuildDir    = "JARGO_BUILD" // an environment variable
	BuildSocket = "socket"      // in the directory
	BuildBegun  = "begun"       // likewise
)

// Building is an environment variable that is 1 in the processes that render the
// pages of a site while it is built. Package jargo and offer.py read it.
const Building = "JARGO_BUILDING"

// SiteFile is the environment variable with the name of the file in which a build
// says to the pages that it renders what their site has. It is written once all
// pages are loaded. Package jargo and offer.py read it.
const SiteFile = "JARGO_SITE"

// Hello is a process's first message.
type Hello struct {
	AtOnce int `json:"atOnce"` // how many jobs it runs at once
}

// Job asks for a path of a page to be rendered into a file; without File, for
// the page to be loaded, and what it says of itself.
type Job struct {
	ID   int    `json:"id"`   // never 0, and never the same again
	Page int    `json:"page"` // index in the list that both sides have
	Path string `json:"path"` // not percent-encoded: "/blog/crème"
	// Escaped is Path percent-encoded: "/blog/cr%C3%A8me". "" means that there
	// is nothing to encode.
	Escaped string `json:"escaped,omitempty"`
	// File is where the body goes. It is created or replaced, with mode 0644,
	// and so are the directories it needs.
	File string `json:"file,omitempty"`
}

// Result is the result of the Job of the same ID. With a Failure there is nothing
// else; otherwise the page was loaded, or the file written, also for a status of
// 400 and more.
type Result struct {
	ID      int             `json:"id"`
	Loaded  json.RawMessage `json:"loaded,omitempty"` // what the page says of itself, in the front end's terms: PageInfo for Go
	Status  int             `json:"status,omitempty"`
	Header  http.Header     `json:"header,omitempty"` // without a Content-Type that is HTMLType, except for status 204 and 304
	Size    int64           `json:"size,omitempty"`   // of the body, bytes
	Failure *Failure        `json:"failure,omitempty"`
}

// HTMLType is the type that most pages have, and need not say in each Result.
const HTMLType = htmlType

// PageInfo is what a Go page says of itself.
type PageInfo struct {
	Config Config   `json:"config"`
	Paths  []string `json:"paths,omitempty"` // as returned, not checked
}

// What a Failure can come from, the values of its field In. Front ends have
// others of their own.
const (
	InOpen   = "Open"
	InConfig = "Config"
	InPaths  = "Paths"
	InRender = "Data/Render" // the page: Data, Render or the body's own method
	InWrite  = "write"       // the file could not be written; not the page's fault
)

// Panic is the Type of a panic.
const Panic = "panic"

// Failure says what went wrong in a page.
type Failure struct {
	In      string  `json:"in"`             // one of the In constants
	Type    string  `json:"type,omitempty"` // Panic, or that of an exception; "" when something was returned
	Message string  `json:"message"`
	Fix     string  `json:"fix,omitempty"`     // what to do about it, when that is known
	Missing string  `json:"missing,omitempty"` // the file that there was not, as the page has named it
	Frames  []Frame `json:"frames,omitempty"`  // of a panic or exception, innermost first
}

// Frame is one call on the stack.
type Frame struct {
	Func string `json:"func"`          // with its import path in Go
	File string `json:"file"`          // Go: as compiled; under -trimpath import path and name
	Line int    `json:"line"`          // 1-based
	Col  int    `json:"col,omitempty"` // 1-based, in bytes; 0 means the first of the line's text
}
