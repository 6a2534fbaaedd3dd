package jargo_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/jargo-dev/jargo"
)

// Pages are plain functions, so a test calls them. This is the page
// pages/blog/slug_/page.go, of the route /blog/{slug}.
func Example() {
	posts := map[string]string{"hello": "Hello, world"}

	Config := func() jargo.Config { return jargo.Regenerated{Every: time.Minute} }
	Data := func(r *http.Request) (string, error) {
		title, ok := posts[r.PathValue("slug")]
		if !ok {
			return "", jargo.NotFound
		}
		return title, nil
	}
	Render := func(title string) string { return "<h1>" + title + "</h1>" }

	r := httptest.NewRequest("GET", "/blog/hello", nil)
	r.SetPathValue("slug", "hello")
	title, err := Data(r)
	fmt.Println(Render(title), err)
	fmt.Println(Config().(jargo.Regenerated).Every)
	// Output:
	// <h1>Hello, world</h1> <nil>
	// 1m0s
}

// A build page needs no Config; with one it can say that it is meant.
func ExampleBuild() {
	Config := func() jargo.Config { return jargo.Build{} }
	Paths := func() []string { return []string{"hello", "second-post"} }

	fmt.Printf("%T %v\n", Config(), Paths())
	// Output: jargo.Build [hello second-post]
}

func ExampleFresh() {
	Config := func() jargo.Config {
		return jargo.Fresh{MaxDuration: 10 * time.Second, Memory: 512, Regions: []string{"fra1"}}
	}
	Data := func(r *http.Request) string { return r.FormValue("name") }
	Render := func(name string) string { return "Hi, " + name }

	c := Config().(jargo.Fresh)
	fmt.Println(c.MaxDuration, c.Memory, c.Regions)
	fmt.Println(Render(Data(httptest.NewRequest("GET", "/?name=Ada", nil))))
	// Output:
	// 10s 512 [fra1]
	// Hi, Ada
}

// A list that is at most five minutes old, with a page for each ?tag=.
func ExampleRegenerated() {
	Config := func() jargo.Config {
		return jargo.Regenerated{Every: 5 * time.Minute, Query: []string{"tag"}}
	}

	c := Config().(jargo.Regenerated)
	fmt.Println(c.Every, c.Query)
	// Output: 5m0s [tag]
}

// A page that is not HTML says so. This one is pages/feed.xml/page.go.
func ExampleInfo() {
	Render := func() (string, jargo.Info) {
		return "<rss/>", jargo.Info{Header: http.Header{"Content-Type": {"application/rss+xml"}}}
	}

	body, info := Render()
	fmt.Println(info.Header.Get("Content-Type"), body)
	// Output: application/rss+xml <rss/>
}

func ExampleRedirect() {
	Data := func(r *http.Request) (string, error) {
		if r.PathValue("slug") == "helo" {
			return "", jargo.Redirect("/blog/hello", http.StatusPermanentRedirect)
		}
		return "Hello", nil
	}

	r := httptest.NewRequest("GET", "/blog/helo", nil)
	r.SetPathValue("slug", "helo")
	_, err := Data(r)
	fmt.Println(err)
	// Output: redirect to "/blog/hello" with status 308
}

func ExampleNotFound() {
	load := func(slug string) error { return fmt.Errorf("post %q: %w", slug, jargo.NotFound) }

	err := load("nope")
	fmt.Println(err, errors.Is(err, jargo.NotFound))
	// Output: post "nope": page not found true
}
