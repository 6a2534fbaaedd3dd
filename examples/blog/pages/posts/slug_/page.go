// Package slug is the page of one post.
package slug

import (
	_ "embed"
	"io"
	"net/http"

	"example.com/blog/content"
	"example.com/blog/layout"
)

//go:embed post.html
var source string

var page = layout.Page(source)

// Paths are the posts.
func Paths() ([]string, error) {
	posts, err := content.Posts()
	var slugs []string
	for _, p := range posts {
		slugs = append(slugs, p.Slug)
	}
	return slugs, err
}

// Data is the post.
func Data(r *http.Request) (*content.Post, error) { return content.Find(r.PathValue("slug")) }

// Render shows it.
func Render(w io.Writer, post *content.Post) error { return page.Execute(w, post) }
