//go:build go1.21 && !unix

package engine

import "os"

// OpenFile is os.OpenFile.
var OpenFile = os.OpenFile
