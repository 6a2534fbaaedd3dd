package slug

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/blog/content"
)

// TestPage renders every post that the site has.
func TestPage(t *testing.T) {
	slugs, err := Paths()
	if err != nil || len(slugs) == 0 {
		t.Fatalf("there are no posts: %v", err)
	}
	for _, s := range slugs {
		r := httptest.NewRequest("GET", "/posts/"+s, nil)
		r.SetPathValue("slug", s)
		post, err := Data(r)
		if err != nil {
			t.Fatal(err)
		}
		var b strings.Builder
		if err := Render(&b, post); err != nil || !strings.Contains(b.String(), string(post.HTML)) {
			t.Errorf("%s is rendered as\n%s, %v", s, &b, err)
		}
	}
}

// TestTemplate renders a post with everything in it that could go wrong.
func TestTemplate(t *testing.T) {
	post := &content.Post{
		Title: `<Tom> & "Jerry"`, Lead: `"Hi"`, Date: time.Date(2026, 2, 3, 0, 0, 0, 0, time.UTC),
		Tags: []string{"c++"}, HTML: "<p>Hi</p>\n", Older: &content.Post{Slug: "older", Title: "Before"},
	}
	var b strings.Builder
	if err := Render(&b, post); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<title>&lt;Tom&gt; &amp; &#34;Jerry&#34; · Smallish</title>`,
		`content="&#34;Hi&#34;"`,
		`<h1>&lt;Tom&gt; &amp; &#34;Jerry&#34;</h1>`,
		`<time datetime="2026-02-03">3 February 2026</time>`,
		`<a href="/tags/c&#43;&#43;">c&#43;&#43;</a>`,
		"<p>Hi</p>",
		`<a rel="prev" href="/posts/older"><span>Older</span> Before</a>`,
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s is not in\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), `rel="next"`) {
		t.Errorf("there is a newer post in\n%s", &b)
	}
}
