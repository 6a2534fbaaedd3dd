// Package tags lists the tags.
package tags

import "example.com/blog/content"

// Data has the posts of each tag.
func Data() (map[string][]*content.Post, error) { return content.Tags() }
