// Package pages is the home page: what the site is, and the newest posts.
package pages

import (
	_ "embed"
	"io"

	"example.com/blog/content"
	"example.com/blog/layout"
)

// newest is how many posts the home page shows.
const newest = 8

//go:embed home.html
var source string

var page = layout.Page(source)

// Data are the newest posts.
func Data() ([]*content.Post, error) {
	posts, err := content.Posts()
	return posts[:min(newest, len(posts))], err
}

// Render shows them with their first paragraphs.
func Render(w io.Writer, posts []*content.Post) error { return page.Execute(w, posts) }
