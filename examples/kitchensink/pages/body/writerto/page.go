// Package writerto is a page whose body is an io.WriterTo.
package writerto

import (
	"bytes"
	"io"
)

// Render renders the page.
func Render() io.WriterTo {
	return bytes.NewBufferString("<!DOCTYPE html>\n<title>io.WriterTo</title>\n<h1>io.WriterTo</h1>\n")
}
