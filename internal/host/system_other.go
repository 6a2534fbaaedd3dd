//go:build !unix

package host

import (
	"io/fs"
	"math"
	"net"
)

// openFilesLimit returns how many files and connections this process may have open.
func openFilesLimit() int { return math.MaxInt32 }

// fileNumber is not available here: time and size tell files apart.
func fileNumber(fs.FileInfo) any { return nil }

// unread is not available here.
func unread(net.Conn) bool { return false }
