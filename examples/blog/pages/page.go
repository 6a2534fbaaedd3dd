// Package pages is the home page: what the site is, and the newest posts with their
// first paragraphs.
package pages

import (
	"html/template"
	"path"
	"time"

	"example.com/blog/content"
	"example.com/blog/site"
)

// newest is how many posts the home page shows.
const newest = 8

// Data are the newest posts.
func Data() ([]*content.Post, error) {
	posts, err := content.Posts()
	return posts[:min(newest, len(posts))], err
}

// Funcs are functions of all templates of the site.
func Funcs() template.FuncMap {
	return template.FuncMap{
		"day": func(t time.Time) string { return t.Format("2 January 2006") },
		"ext": path.Ext,
		"iso": func(t time.Time) string { return t.Format(time.DateOnly) },
		"url": func(path string) string { return site.URL + path },
	}
}
