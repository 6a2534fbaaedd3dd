package engine

import "embed"

// Source is this package's own source and that of the packages below it, for the Go front
// end, which compiles it into the site's module. What it compiles must leave out this file,
// the only one that imports embed, and the tests: the package is complete without them.
//
//go:embed *.go escape/*.go sitefile/*.go template/*.go
var Source embed.FS
