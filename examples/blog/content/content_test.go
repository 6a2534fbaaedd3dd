package content

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestPosts(t *testing.T) {
	posts, err := Posts()
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "*.md")
	if err != nil || len(posts) != len(names) {
		t.Fatalf("%d posts of %d files, %v", len(posts), len(names), err)
	}
	var newer *Post
	for _, p := range posts {
		if !strings.HasSuffix(p.Lead, ".") && !strings.HasSuffix(p.Lead, "?") {
			t.Errorf("%s begins with %q, which is no paragraph", p.Slug, p.Lead)
		}
		if p.Newer != newer || newer != nil && (newer.Older != p || newer.Date.Before(p.Date)) {
			t.Errorf("%s is not next to %v", p.Slug, newer)
		}
		newer = p
	}
	if newer.Older != nil {
		t.Errorf("there is a post before the oldest, %s", newer.Slug)
	}
}

func TestRead(t *testing.T) {
	dir := fstest.MapFS{"a-post.md": {Data: []byte("---\ntitle: A <post>\ndate: 2026-02-28\ntags: web, css\n---\n\n" +
		"It's *one* `a & b`:\n\n```go\nfunc main() {}\n```\n")}}
	posts, err := read(dir)
	if err != nil {
		t.Fatal(err)
	}
	p := posts[0]
	if p.Slug != "a-post" || p.Title != "A <post>" || p.Lead != "It’s one a & b." || strings.Join(p.Tags, " ") != "css web" {
		t.Errorf("read %+v", p)
	}
	if want := `<span class="kd">func</span>`; !strings.Contains(string(p.HTML), want) {
		t.Errorf("%s is not in\n%s", want, p.HTML)
	}
}

func TestMistakes(t *testing.T) {
	const head = "---\ntitle: A post\ndate: 2026-02-28\ntags: css\n---\n"
	dir := fstest.MapFS{
		"date.md":   {Data: []byte(strings.Replace(head, "28", "31", 1))},
		"name.md":   {Data: []byte(strings.Replace(head, "tags", "tag", 1))},
		"none.md":   {Data: []byte("Hello\n")},
		"right.md":  {Data: []byte(head)},
		"tags.md":   {Data: []byte(strings.Replace(head, "tags: css\n", "", 1))},
		"unread.go": {Data: []byte("package content\n")},
	}
	_, err := read(dir)
	if err == nil {
		t.Fatal("no mistake was found")
	}
	want := `content/date.md: parsing time "2026-02-31": day out of range
content/name.md: "tag" is neither title nor date nor tags
content/none.md: a post begins with a head between two lines "---"
content/tags.md: a post has a title, a date and tags`
	if err.Error() != want {
		t.Errorf("mistakes are\n%s\nwant\n%s", err, want)
	}
}

func TestFind(t *testing.T) {
	if p, err := Find("escape-late"); err != nil || p.Title != "Escape late" {
		t.Errorf("found %v, %v", p, err)
	}
	if _, err := Find("none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found what is not there: %v", err)
	}
}
