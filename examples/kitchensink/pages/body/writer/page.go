// Package writer is a page whose body is written to an io.Writer.
package writer

import (
	"fmt"
	"io"
)

// Render renders the page.
func Render(w io.Writer) error {
	_, err := fmt.Fprint(w, "<!DOCTYPE html>\n<title>io.Writer</title>\n<h1>io.Writer</h1>\n")
	return err
}
