// Package engine is linked into every compiled site. It turns a page's data
// into a response, at build time ([Job], [Result]) and in the function that
// serves the site's requests: the same path in both.
//
// Sites do not import it. The Go front end generates their main package, which
// registers each page through a small adapter and calls [Main]; it compiles the
// engine's own source ([Source]) into the site's module. Therefore the package
// imports the standard library only, not even package jargo, stays within Go
// 1.21, and never relies on its own import path. It is also every function's cold
// start: no work at init time, few imports, no reflection but what encoding/json
// does to the messages.
//
// Why it is done so: docs/decisions/0001-engine-in-the-users-module.md.
package engine

import (
	"net/http"
	"time"
)

// PathParameter is the query parameter that carries the path of a regenerated
// page with parameters. Such a page is invoked at its own output path:
//
//	/live/[slug]?__jargo_path=/live/hello
//
// The value is the decoded path. It is accepted only there, and only when it
// matches the page's own pattern. No page ever sees the parameter.
//
// Why it is done so: docs/decisions/0004-path-in-a-query-parameter.md.
const PathParameter = "__jargo_path"

// Page is one page of a site, as registered by the generated main package.
// Either Render or Handler is set.
type Page struct {
	// Pattern is the route: "/blog/{slug}", "/docs/{path...}". A last segment
	// {name...} matches one or more segments.
	Pattern string
	// Name is the output path: "index" for "/", else "blog/[slug]",
	// "docs/[...path]".
	Name string
	// Source is the page's file, relative to the project. The log names it.
	Source string
	// Extension is that of the files whose Content-Type the page has when nothing else
	// says: ".xml". "" is that of Pattern.
	Extension string

	// Config is the page's kind and limits. nil is a build page, or a fresh one
	// when there is a Handler.
	Config func() Config
	// Paths lists the values for the parameters, joined by "/". It may be nil.
	Paths func() ([]string, error)
	// Render gets the data, renders it and hands w the body and the info. It
	// may be called by several goroutines at once.
	Render func(w *Response, r *http.Request) error
	// Handler responds to the request itself, or returns an error before it has
	// begun to.
	Handler func(w http.ResponseWriter, r *http.Request) error
	// Middleware wraps the page, the outer before the inner, if it is fresh: all
	// of its response, that to an error included.
	Middleware []func(http.Handler) http.Handler
}

// Kind says when a page is rendered. The zero Kind is what the generated code
// reports for a Config that returned nil; it is a mistake in the page.
type Kind string

// The kinds of page, as in package jargo.
const (
	Build       Kind = "build"
	Fresh       Kind = "fresh"
	Regenerated Kind = "regenerated"
)

// Config is jargo.Config as plain data. Fields that the kind has no use for are
// zero. internal/site has a table of what the command makes of each setting.
type Config struct {
	Kind        Kind          `json:"kind"`
	Every       time.Duration `json:"every,omitempty"` // nanoseconds
	NoFallback  bool          `json:"noFallback,omitempty"`
	Query       []string      `json:"query,omitempty"`
	MaxDuration time.Duration `json:"maxDuration,omitempty"` // nanoseconds
	Memory      int           `json:"memory,omitempty"`      // megabytes
	Regions     []string      `json:"regions,omitempty"`

	// Unknown names what the page's Config has set, "jargo.Fresh.Preload", or
	// returned, "jargo.Streamed", and this version of the engine does not know.
	Unknown []string `json:"unknown,omitempty"`
}
