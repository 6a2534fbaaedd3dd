package sitemap

import "testing"

func TestRender(t *testing.T) {
	got, err := Render([]string{"/", "/feed.xml", "/posts/cr%C3%A8me"})
	if err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
 <url>
  <loc>https://smallish.example/</loc>
 </url>
 <url>
  <loc>https://smallish.example/posts/cr%C3%A8me</loc>
 </url>
</urlset>`
	if string(got) != want {
		t.Errorf("the sitemap is\n%s\nwant\n%s", got, want)
	}
}
