package browser_test

import (
	"encoding/xml"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestBlog(t *testing.T) {
	needBrowser(t)
	for way, serve := range ways {
		t.Run(way, func(t *testing.T) {
			blog := serve(t, "blog")
			t.Run("responses", func(t *testing.T) { blogResponses(t, site{t, blog.url}) })
			t.Run("style", func(t *testing.T) { blogStyle(t, site{t, blog.url}) })
			t.Run("reader", func(t *testing.T) { blogReader(t, site{t, blog.url}) })
			t.Run("missing", func(t *testing.T) { blogMissing(t, site{t, blog.url}) })
		})
	}
}

// TestBlogLinks holds the site to the promise that its links lead somewhere.
func TestBlogLinks(t *testing.T) {
	jargo(t, nil, "check", "--links", filepath.Join("..", "examples", "blog"))
}

// blogResponses asks for all that the sitemap lists, and what is not in it.
func blogResponses(t *testing.T, blog site) {
	var sitemap struct {
		Locations []string `xml:"url>loc"`
	}
	_, body := blog.get("/sitemap.xml")
	if err := xml.Unmarshal([]byte(body), &sitemap); err != nil {
		t.Fatal(err)
	}
	if posts := strings.Count(body, "/posts/"); posts != 60 || len(sitemap.Locations) != 60+10+3 {
		t.Errorf("%d posts in %d pages:\n%s", posts, len(sitemap.Locations), body)
	}
	for _, location := range sitemap.Locations {
		u, err := url.Parse(location)
		if err != nil {
			t.Fatal(err)
		}
		if response, _ := blog.get(u.Path); response.StatusCode != 200 {
			t.Errorf("%s: %s", location, response.Status)
		}
	}
	for _, tt := range []struct{ path, status, contentType string }{
		{"/feed.xml", "200 OK", "application/atom+xml; charset=utf-8"},
		{"/sitemap.xml", "200 OK", "application/xml"},
		{"/robots.txt", "200 OK", "text/plain; charset=utf-8"},
		{"/posts/none", "404 Not Found", "text/html; charset=utf-8"},
		{"/archive", "308 Permanent Redirect", "text/plain; charset=utf-8"},
		{"/posts/", "308 Permanent Redirect", "text/plain; charset=utf-8"},
	} {
		response, _ := blog.get(tt.path)
		if got := response.Header.Get("Content-Type"); response.Status != tt.status || got != tt.contentType {
			t.Errorf("%s: %s, %s, want %s, %s", tt.path, response.Status, got, tt.status, tt.contentType)
		}
	}
}

// blogStyle looks at pages in light, in dark and on a small phone.
func blogStyle(t *testing.T, blog site) {
	v := blog.visit("/")
	href := evaluate[string](v, "document.styleSheets[0].href")
	path := strings.TrimPrefix(href, blog.url)
	if !regexp.MustCompile(`^/style\.[0-9a-f]{12}\.css$`).MatchString(path) {
		t.Errorf("the style sheet is %s", href)
	}
	response, _ := blog.get(path)
	if got := response.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("Cache-Control of the style sheet is %q", got)
	}
	v.fits(blog, "/", "/posts", "/tags", "/tags/css", "/posts/redirects-are-cheap", "/posts/headers-worth-setting")
	for _, tt := range []struct{ scheme, background string }{
		{"light", "rgb(253, 252, 249)"},
		{"dark", "rgb(21, 24, 27)"},
	} {
		v.prefer(tt.scheme)
		if got := v.style("html", "background-color"); got != tt.background {
			t.Errorf("the background is %s when it is %s", got, tt.scheme)
		}
	}
}

// blogReader goes from page to page as a reader does.
func blogReader(t *testing.T, blog site) {
	v := blog.visit("/")
	if status, url := v.follow(".more"); status != 200 || url != blog.url+"/posts" {
		t.Errorf("the link to all posts leads to %s, %d", url, status)
	}
	v.follow(`a[href="/posts/escape-late"]`)
	if got := v.text("h1"); got != "Escape late" {
		t.Errorf("the link to a post leads to %q", got)
	}
	v.follow(`a[href="/posts/html-is-a-template-language"]`)
	keyword, text := v.style(".chroma .kd", "color"), v.style("main", "color")
	if keyword == text {
		t.Errorf("a keyword is as any text: %s", text)
	}
	v.follow(`.about a[href="/tags/go"]`)
	if got := v.text("h1"); got != "Posts about go" {
		t.Errorf("the link to a tag leads to %q", got)
	}
}

// blogMissing asks for a page that there is not.
func blogMissing(t *testing.T, blog site) {
	v := blog.visit("/posts/none")
	if got := v.text("h1"); got != "There is no such page" {
		t.Errorf("a page that is not there says %q", got)
	}
	if got := v.style("body", "max-width"); got != "656px" {
		t.Errorf("it has no style: it is %s wide", got)
	}
	if status, _ := v.follow(`main a[href="/posts"]`); status != 200 {
		t.Errorf("the way out has status %d", status)
	}
}
