// Package reader is a page whose body is an io.Reader: each part of it
// goes out as it comes.
package reader

import (
	"io"
	"strings"

	"github.com/jargo-dev/jargo"
)

// Config says when the page is rendered.
func Config() jargo.Config { return jargo.Fresh{} }

// Render renders the page.
func Render() (io.Reader, jargo.Info, error) {
	return strings.NewReader("<!DOCTYPE html>\n<title>io.Reader</title>\n<h1>io.Reader</h1>\n"), jargo.Info{}, nil
}
