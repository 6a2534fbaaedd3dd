package engine

import "embed"

// Source is this package's own source, for the Go front end, which compiles it
// into the site's module. What it compiles must leave out this file, the only
// one that imports embed, and the tests: the package is complete without them.
//
//go:embed *.go
var Source embed.FS
