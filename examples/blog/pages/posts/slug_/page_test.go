package slug

import (
	"errors"
	"io/fs"
	"net/http/httptest"
	"testing"

	"example.com/blog/content"
)

func data(slug string) (*content.Post, error) {
	r := httptest.NewRequest("GET", "/posts/"+slug, nil)
	r.SetPathValue("slug", slug)
	return Data(r)
}

// TestPaths finds the post of every path.
func TestPaths(t *testing.T) {
	slugs, err := Paths()
	if err != nil || len(slugs) == 0 {
		t.Fatalf("there are no posts: %v", err)
	}
	for _, s := range slugs {
		if post, err := data(s); err != nil || post.Path() != "/posts/"+s || post.HTML == "" {
			t.Errorf("%s is %v, %v", s, post, err)
		}
	}
	if post, err := data("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found what is not there: %v, %v", post, err)
	}
}
