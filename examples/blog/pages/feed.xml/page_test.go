package feed

import (
	"encoding/xml"
	"strings"
	"testing"
	"time"
)

// TestFeed reads the feed as a reader of feeds does, and holds it to what RFC 4287
// demands.
func TestFeed(t *testing.T) {
	posts, err := Data()
	if err != nil {
		t.Fatal(err)
	}
	document, info, err := Render(posts)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Header.Get("Content-Type"); got != "application/atom+xml; charset=utf-8" {
		t.Errorf("Content-Type is %q", got)
	}
	var feed struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom feed"`
		ID      string   `xml:"id"`
		Title   string   `xml:"title"`
		Updated string   `xml:"updated"`
		Author  string   `xml:"author>name"`
		Entries []struct {
			ID      string `xml:"id"`
			Title   string `xml:"title"`
			Updated string `xml:"updated"`
			Link    struct {
				Href string `xml:"href,attr"`
			} `xml:"link"`
			Content struct {
				Type string `xml:"type,attr"`
				Text string `xml:",chardata"`
			} `xml:"content"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(document, &feed); err != nil {
		t.Fatalf("%v in\n%s", err, document)
	}
	if len(feed.Entries) != newest {
		t.Fatalf("%d entries, want %d", len(feed.Entries), newest)
	}
	if feed.ID == "" || feed.Title == "" || feed.Author == "" || feed.Updated != feed.Entries[0].Updated {
		t.Errorf("the feed %q is %q by %q, updated %q", feed.ID, feed.Title, feed.Author, feed.Updated)
	}
	seen := map[string]bool{}
	for i, e := range feed.Entries {
		if seen[e.ID] || !strings.HasPrefix(e.ID, "https://") || e.Link.Href != e.ID || e.Title != posts[i].Title {
			t.Errorf("entry %q of %q with link %q", e.ID, e.Title, e.Link.Href)
		}
		seen[e.ID] = true
		if _, err := time.Parse(time.RFC3339, e.Updated); err != nil {
			t.Errorf("%s: %v", e.ID, err)
		}
		if e.Content.Type != "html" || !strings.HasPrefix(e.Content.Text, "<p>") || strings.Contains(e.Content.Text, `href="/`) {
			t.Errorf("the content of %s is %s\n%s", e.ID, e.Content.Type, e.Content.Text)
		}
	}
}
