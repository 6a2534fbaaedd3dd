package browser_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestDocs visits every page of the documentation, on a small phone, a tablet and a desk, and
// one in light and in dark: none complains or has to be scrolled sideways, and each says what
// it is.
func TestDocs(t *testing.T) {
	needBrowser(t)
	docs := serve(t, filepath.Join("..", "docs"))
	_, front := docs.get("/")
	paths := []string{"/"}
	for _, m := range regexp.MustCompile(`<dt><a href="(/[^"]+)"`).FindAllStringSubmatch(front, -1) {
		paths = append(paths, m[1])
	}
	if len(paths) < 16 {
		t.Errorf("the front lists only %d pages", len(paths)-1)
	}
	titles := map[string]string{}
	v := docs.visit("/")
	for _, width := range []int64{320, 768, 1280} {
		v.do(chromedp.EmulateViewport(width, 800))
		for _, path := range paths {
			v.do(chromedp.Navigate(docs.url + path))
			if got := evaluate[int64](v, "document.documentElement.scrollWidth"); got > width {
				t.Errorf("%s is %d pixels wide on %d", path, got, width)
			}
			title, description := evaluate[string](v, "document.title"), evaluate[string](v, "document.querySelector('meta[name=description]').content")
			if other, ok := titles[title]; title == "" || description == "" || ok && other != path {
				t.Errorf("%s has the title %q, which is also that of %q, and the description %q", path, title, other, description)
			}
			titles[title] = path
		}
	}
	v.do(chromedp.Navigate(docs.url + "/pages"))
	for _, scheme := range []string{"light", "dark"} {
		v.prefer(scheme)
		if paper, ink := v.style("html", "background-color"), v.style("html", "color"); (paper == "rgb(255, 255, 255)") != (scheme == "light") || paper == ink {
			t.Errorf("in %s the text is %s on %s", scheme, ink, paper)
		}
	}
	t.Run("search", func(t *testing.T) { docsSearch(t, site{t, docs.url}) })
}

// docsSearch looks for a word, and follows what is found.
func docsSearch(t *testing.T, docs site) {
	v := docs.visit("/")
	v.do(chromedp.SendKeys("#query", "regenerated"))
	if got := v.text(".found a"); !strings.Contains(strings.ToLower(got), "regenerated") {
		t.Errorf("found %q", got)
	}
	if status, url := v.follow(".found a"); status != 200 || url == docs.url+"/" {
		t.Errorf("what was found leads to %s, %d", url, status)
	}
	v.do(chromedp.SendKeys("#query", "xyzzy"))
	if got := v.text(".found .none"); got != "Nothing has all of these words." {
		t.Errorf("of what is nowhere is said %q", got)
	}
}

// TestDocsLinks holds the documentation to the promise that its links lead somewhere.
func TestDocsLinks(t *testing.T) {
	jargo(t, nil, "check", "--links", filepath.Join("..", "docs"))
}
