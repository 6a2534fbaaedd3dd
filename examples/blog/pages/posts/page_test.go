package posts

import (
	"testing"

	"example.com/blog/content"
)

// TestData goes through all years as if they were one list: it has every post once,
// in its order and in its year.
func TestData(t *testing.T) {
	years, err := Data()
	if err != nil {
		t.Fatal(err)
	}
	posts, err := content.Posts()
	if err != nil {
		t.Fatal(err)
	}
	for i, year := range years {
		if i > 0 && year.Year >= years[i-1].Year || len(year.Posts) == 0 {
			t.Errorf("%d, with %d posts, follows %d", year.Year, len(year.Posts), years[max(i-1, 0)].Year)
		}
		for _, p := range year.Posts {
			if len(posts) == 0 || p != posts[0] || p.Date.Year() != year.Year {
				t.Fatalf("%s of %s is in %d", p.Slug, p.Date, year.Year)
			}
			posts = posts[1:]
		}
	}
	if len(posts) > 0 {
		t.Errorf("%d posts are in no year", len(posts))
	}
}
