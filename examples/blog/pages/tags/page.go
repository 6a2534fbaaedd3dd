// Package tags lists the tags.
package tags

import (
	_ "embed"
	"io"

	"example.com/blog/content"
	"example.com/blog/layout"
)

//go:embed tags.html
var source string

var page = layout.Page(source)

// Data has the posts of each tag.
func Data() (map[string][]*content.Post, error) { return content.Tags() }

// Render lists the tags by name.
func Render(w io.Writer, tags map[string][]*content.Post) error { return page.Execute(w, tags) }
