package links_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/links"
)

// find is a site with /, /about, /blog/first and /style.css.
func find(path string) (string, bool) {
	path = strings.TrimSuffix(path, ".html")
	return path, slices.Contains([]string{"/", "/about", "/blog/first", "/blog/caf\u00e9", "/style.css"}, path)
}

func TestMissing(t *testing.T) {
	for _, test := range []struct {
		name, path, html string
		want             []string
	}{
		{"each attribute", "/", `<a href="/1"><area href=/2><link href="/3"><script src='/4'></script><img src="/5"><source src="/6">
			<iframe src="/7"></iframe><form action="/8"><button formaction="/9"></button></form><video src="/10" poster="/11"></video>
			<audio src="/12"></audio><track src="/13"><embed src="/14"><object data="/15"></object><input type=image src="/16">`,
			[]string{"/1", "/2", "/3", "/4", "/5", "/6", "/7", "/8", "/9", "/10", "/11", "/12", "/13", "/14", "/15", "/16"}},
		{"what is there", "/", `<a href="/about"><a href=" /about?x=1 "><a href="/about.html#x"><link rel=stylesheet href="/style.css"><a href="/">`, nil},
		{"no link", "/", `<p href="/gone" src="/gone"><a name="/gone"><a data-href="/gone"><!-- <a href="/gone"> -->&lt;a href="/gone">`, nil},
		{"not text", "/", `<script>"<a href='/gone'>"</script><style>/* <a href="/gone"> */</style><title><a href="/gone"></title>`, nil},
		{"elsewhere", "/", `<a href="https://example.com/gone"><a href="//example.com/gone"><a href="mailto:a@example.com"><a href="data:,x"><a href="javascript:x()"><a href="HTTP://[x/">`, nil},
		{"itself", "/404", `<a href=""><a href="#x"><a href="#">`, nil},
		{"itself with a query", "/gone", `<a href="?q=1">`, []string{"?q=1"}},
		{"relative to a page", "/blog/second", `<a href="first"><a href="../about"><a href="./second"><a href="about">`, []string{"./second", "about"}},
		{"relative to the root", "/", `<a href="about"><a href="../../about"><a href="first">`, []string{"first"}},
		{"base", "/about", `<base href="/blog/"><base href="/"><a href="first"><a href="about"><a href="#x">`, []string{"about", "#x"}},
		{"base elsewhere", "/about", `<base href="https://example.com/"><a href="gone"><a href="/gone">`, nil},
		{"escaped", "/", `<a href="/blog/caf%C3%A9"><a href="/blog/café"><a href="/blog%2Ffirst"><a href="/a&amp;b">`, []string{"/a&b"}},
		{"no URL", "/", `<a href="/%zz">`, []string{"/%zz"}},
		{"once", "/", `<a href="/gone"><a href="/gone"><img src="/gone">`, []string{"/gone"}},
		{"srcset", "/", `<img srcset="/1 1x, /about 2x,/2 3x, /3"><source srcset="/4, /5"><img srcset=", /a,b.png 1x,"><link imagesrcset="data:,x 1x">`,
			[]string{"/1", "/2", "/3", "/4", "/5", "/a,b.png"}},
		{"unfinished", "/", `<a href="/gone"><a href="/also`, []string{"/gone"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			d := (&links.Checker{Find: find}).Check(test.path, []byte(test.html))
			if !slices.Equal(d.Missing, test.want) {
				t.Errorf("got %q, want %q", d.Missing, test.want)
			}
		})
	}
}

// TestMany has one checker read documents with the same links: each is told.
func TestMany(t *testing.T) {
	c := &links.Checker{Find: find}
	for _, path := range []string{"/", "/blog/first", "/"} {
		d := c.Check(path, []byte(`<a href="/about"><a href="about"><a href="/gone">`))
		want := []string{"/gone"}
		if path != "/" {
			want = []string{"about", "/gone"}
		}
		if !slices.Equal(d.Missing, want) {
			t.Errorf("%s: got %q, want %q", path, d.Missing, want)
		}
	}
}

func TestBroken(t *testing.T) {
	c := &links.Checker{Find: find, Fragments: true}
	documents := map[string]*links.Document{}
	for path, html := range map[string]string{
		"/about": `<h2 id="team"><a name=old><p id="caf&eacute;"><p name="no">`,
		"/": `<p id=here><a href="#here"><a href="#"><a href="#top"><a href="#Top"><a href="#there">
			<a href="/about#team"><a href="about#old"><a href="/about.html#caf%C3%A9"><a href="/about#no"><a href="/about#gone:~:text=x"><a href="/about#:~:text=x">
			<a href="/style.css#x"><a href="/gone#x">`,
	} {
		documents[path] = c.Check(path, []byte(html))
	}
	want := []links.Fragment{
		{URL: "#there", Path: "/", ID: "there"},
		{URL: "/about#no", Path: "/about", ID: "no"},
		{URL: "/about#gone:~:text=x", Path: "/about", ID: "gone"},
	}
	if got := documents["/"].Broken(documents); !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := documents["/about"].Broken(documents); got != nil {
		t.Errorf("/about: got %+v", got)
	}
}

// FuzzCheck checks that a site that has all misses nothing, whatever its documents
// are: only what is no URL is missing.
func FuzzCheck(f *testing.F) {
	f.Add("/a", `<base href="x/"><a href="../y#z"><img srcset="a 1x,b">`)
	f.Fuzz(func(t *testing.T, path, html string) {
		all := func(path string) (string, bool) { return path, true }
		d := (&links.Checker{Find: all, Fragments: true}).Check(path, []byte(html))
		for _, missing := range d.Missing {
			if !strings.Contains(missing, "%") && !strings.ContainsFunc(missing, func(r rune) bool { return r < ' ' || r == 0x7f || r == ':' || r == '[' }) {
				t.Errorf("%q is missing from a site that has all", missing)
			}
		}
	})
}
