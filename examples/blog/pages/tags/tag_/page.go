// Package tag lists the posts of one tag.
package tag

import (
	"maps"
	"net/http"
	"slices"

	"example.com/blog/content"
)

// Paths are the tags.
func Paths() ([]string, error) {
	tags, err := content.Tags()
	return slices.Sorted(maps.Keys(tags)), err
}

// Tagged are the posts of one tag, the newest first.
type Tagged struct {
	Tag   string
	Posts []*content.Post
}

// Data finds them.
func Data(r *http.Request) (Tagged, error) {
	tags, err := content.Tags()
	tag := r.PathValue("tag")
	return Tagged{tag, tags[tag]}, err
}
