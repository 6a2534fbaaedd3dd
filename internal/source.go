// Package internal has the source of the packages that are compiled into a site which is one
// program with its host.
package internal

import "embed"

// Source is that source, and tests besides. It is by directory, as here. What it compiles
// must leave out the tests, and the files that import what is not of the standard library:
// the packages are complete without them.
//
//go:embed asynclog/*.go cron/*.go diag/*.go jsonlog/*.go lock/*.go output/*.go output/mimetypes.txt scratch/*.go serve/*.go
//go:embed host/*.go host/*/*.go host/function/shim/* program/*.go program/start/*.go
var Source embed.FS
