// Package feed is the Atom feed of the newest posts.
package feed

import (
	"encoding/xml"
	"net/http"
	"strings"
	"time"

	"example.com/blog/content"
	"example.com/blog/site"

	"github.com/jargo-dev/jargo"
)

// newest is how many posts the feed has.
const newest = 20

// The elements of RFC 4287.
type (
	atom struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		Base    string   `xml:"xml:base,attr"` // for relative links in posts
		Lang    string   `xml:"xml:lang,attr"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Links   []link   `xml:"link"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Icon    string   `xml:"icon"`
		Entries []entry  `xml:"entry"`
	}
	entry struct {
		ID         string     `xml:"id"`
		Title      string     `xml:"title"`
		Link       link       `xml:"link"`
		Published  string     `xml:"published"`
		Updated    string     `xml:"updated"`
		Categories []category `xml:"category"`
		Content    text       `xml:"content"`
	}
	link struct {
		Rel  string `xml:"rel,attr,omitempty"`
		Href string `xml:"href,attr"`
	}
	category struct {
		Term string `xml:"term,attr"`
	}
	text struct {
		Type string `xml:"type,attr"`
		Text string `xml:",chardata"`
	}
)

// Data are the newest posts.
func Data() ([]*content.Post, error) {
	posts, err := content.Posts()
	return posts[:min(newest, len(posts))], err
}

// Render makes an entry of each. The feed was updated when the newest was.
func Render(posts []*content.Post) ([]byte, jargo.Info, error) {
	feed := atom{
		Base:   site.URL + "/",
		Lang:   "en",
		ID:     site.URL + "/",
		Title:  site.Name,
		Links:  []link{{Href: site.URL + "/"}, {Rel: "self", Href: site.URL + "/feed.xml"}},
		Author: site.Name,
		Icon:   site.URL + jargo.Asset("/icon.svg"),
	}
	for i, p := range posts {
		updated := p.Date.Format(time.RFC3339)
		if i == 0 {
			feed.Updated = updated
		}
		e := entry{
			ID: site.URL + p.Path(), Title: p.Title, Link: link{Href: site.URL + p.Path()},
			Published: updated, Updated: updated,
			Content: text{"html", absolute(string(p.HTML))},
		}
		for _, tag := range p.Tags {
			e.Categories = append(e.Categories, category{tag})
		}
		feed.Entries = append(feed.Entries, e)
	}
	document, err := xml.MarshalIndent(feed, "", " ")
	return append([]byte(xml.Header), document...), jargo.Info{Header: atomType}, err
}

var atomType = http.Header{"Content-Type": {"application/atom+xml; charset=utf-8"}}

// absolute are the links of a post as whole URLs: some readers of feeds know
// nothing of xml:base.
var absolute = strings.NewReplacer(`href="/`, `href="`+site.URL+`/`, `src="/`, `src="`+site.URL+`/`).Replace
