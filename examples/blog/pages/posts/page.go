// Package posts lists all posts by year.
package posts

import "example.com/blog/content"

// Year are the posts of one year, the newest first.
type Year struct {
	Year  int
	Posts []*content.Post
}

// Data are the years, the latest first.
func Data() ([]Year, error) {
	posts, err := content.Posts()
	var years []Year
	for _, p := range posts {
		if n := len(years); n == 0 || years[n-1].Year != p.Date.Year() {
			years = append(years, Year{Year: p.Date.Year()})
		}
		last := &years[len(years)-1]
		last.Posts = append(last.Posts, p)
	}
	return years, err
}
