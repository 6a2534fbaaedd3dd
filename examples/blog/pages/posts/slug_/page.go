// Package slug is the page of one post.
package slug

import (
	"net/http"

	"example.com/blog/content"
)

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
