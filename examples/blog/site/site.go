// Package site has what the whole site is called, and where it is: feeds and sitemaps
// have whole URLs.
package site

// The name of the site, and the URL that its paths follow.
const (
	Name = "Smallish"
	URL  = "https://smallish.example"
)
