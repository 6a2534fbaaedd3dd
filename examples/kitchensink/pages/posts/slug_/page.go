// Package slug is a page with a parameter whose values are known when the site
// is built.
package slug

import (
	"embed"
	"html/template"
	"io/fs"
	"net/http"
	"strings"
)

//go:embed posts/*.txt
var posts embed.FS

// Paths lists the values of {slug}.
func Paths() ([]string, error) {
	entries, err := fs.ReadDir(posts, "posts")
	var slugs []string
	for _, e := range entries {
		slugs = append(slugs, strings.TrimSuffix(e.Name(), ".txt"))
	}
	return slugs, err
}

// Post is one post.
type Post struct{ Slug, Text string }

// Data reads the post.
func Data(r *http.Request) (Post, error) {
	slug := r.PathValue("slug")
	text, err := fs.ReadFile(posts, "posts/"+slug+".txt")
	return Post{slug, string(text)}, err
}

// Render renders it.
func Render(p Post) template.HTML {
	return template.HTML("<!DOCTYPE html>\n<title>" + template.HTMLEscapeString(p.Slug) + "</title>\n<p>" +
		template.HTMLEscapeString(p.Text) + "</p>\n")
}
