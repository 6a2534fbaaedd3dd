package pages

import (
	"strings"
	"testing"
)

func TestHome(t *testing.T) {
	posts, err := Data()
	if err != nil || len(posts) != newest {
		t.Fatalf("%d posts, %v", len(posts), err)
	}
	var b strings.Builder
	if err := Render(&b, posts); err != nil {
		t.Fatal(err)
	}
	if want := `<a href="` + posts[0].Path() + `">` + posts[0].Title + `</a>`; !strings.Contains(b.String(), want) {
		t.Errorf("%s is not in\n%s", want, &b)
	}
}
