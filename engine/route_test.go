package engine

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	// In route order: literal, parameter, catch-all, per segment from the left.
	var pages []Page
	for _, pattern := range []string{
		"/", "/a/b/{y}", "/a/{x}/c", "/about", "/blog/new", "/blog/{slug}", "/docs/{path...}",
		"/feed.xml", "/{x}/{y}/z/{rest...}",
	} {
		pages = append(pages, Page{Pattern: pattern})
	}
	rt := newSite(pages, Options{}).router
	for _, tt := range []struct{ path, pattern, values string }{
		{"/", "/", ""},
		{"/about", "/about", ""},
		{"/about/", "/about", ""},
		{"/%61bout", "/about", ""},
		{"/about%2F", "/about", ""},
		{"/About", "", ""},
		{"/feed.xml", "/feed.xml", ""},
		{"/index", "/", ""},
		{"/index/", "/", ""},
		{"//", "", ""},
		{"/blog", "", ""},
		{"/blog/", "", ""},
		{"/blog/new", "/blog/new", ""},
		{"/blog/%6eew", "/blog/new", ""},
		{"/blog/new/", "/blog/new", ""},
		{"/blog/old", "/blog/{slug}", "old"},
		{"/blog/h%C3%A9llo%20you", "/blog/{slug}", "héllo you"},
		{"/blog/a+b", "/blog/{slug}", "a+b"},
		{"/blog/a%2Fb", "", ""},
		{"/blog/a%252Fb", "/blog/{slug}", "a%2Fb"},
		{"/blog%2Fnew", "/blog/new", ""},
		{"/blog/..", "", ""},
		{"/blog/%2e%2e", "", ""},
		{"/blog/..%2F..%2Fetc", "", ""},
		{"/blog/a/b", "", ""},
		{"/blog//", "", ""},
		{"/a/b/c", "/a/b/{y}", "c"},
		{"/a/q/c", "/a/{x}/c", "q"},
		{"/a/q/d", "", ""},
		{"/docs", "", ""},
		{"/docs/", "", ""},
		{"/docs/x", "/docs/{path...}", "x"},
		{"/docs/x/y/", "/docs/{path...}", "x/y"},
		{"/docs/x//y", "", ""},
		{"/docs/x/../y", "", ""},
		{"/docs/x%2Fy/z", "/docs/{path...}", "x/y/z"},
		{"/1/2/z/3/4", "/{x}/{y}/z/{rest...}", "1|2|3/4"},
	} {
		u, err := url.ParseRequestURI(tt.path)
		if err != nil {
			t.Fatal(err)
		}
		p, values := rt.find(u.Path, nil)
		got := ""
		if p != nil {
			got = p.Pattern
		}
		if got != tt.pattern || strings.Join(values, "|") != tt.values {
			t.Errorf("%s is page %q with %q, want %q with %q", tt.path, got, values, tt.pattern, tt.values)
		}
	}
}

// TestPaths reads the cases that other readers of paths are tested with, too.
func TestPaths(t *testing.T) {
	var pages []Page
	for _, pattern := range []string{"/about", "/one/new", "/one/{x}", "/two/{x}/{y}", "/rest/{x...}"} {
		pages = append(pages, Page{Pattern: pattern})
	}
	rt := newSite(pages, Options{}).router
	data, err := os.ReadFile("testdata/paths.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		columns := strings.Split(line, "\t")
		u, err := url.ParseRequestURI(columns[0])
		if err != nil {
			t.Fatal(err)
		}
		got := []string{columns[0], "none"}
		if p, values := rt.find(u.Path, nil); p != nil {
			got[1] = p.Pattern
			for i, name := range p.pattern.names {
				got = append(got, name+"="+values[i])
			}
		}
		if text := strings.Join(got, "\t"); text != line {
			t.Errorf("got  %q\nwant %q", text, line)
		}
	}
}

// A function of "/" is invoked at its output path, which a page with a
// parameter would match too.
func TestFindIndex(t *testing.T) {
	for _, tt := range []struct {
		kind    Kind
		pattern string
	}{{Build, "/{slug}"}, {Fresh, "/"}, {Regenerated, "/"}} {
		config := func() Config { return Config{Kind: tt.kind} }
		rt := newSite([]Page{{Pattern: "/", Config: config}, {Pattern: "/{slug}"}}, Options{}).router
		if p, _ := rt.find("/index", nil); p.Pattern != tt.pattern {
			t.Errorf("with a %s page at /, /index is %s, want %s", tt.kind, p.Pattern, tt.pattern)
		}
	}
	literal := newSite([]Page{{Pattern: "/", Config: func() Config { return Config{Kind: Fresh} }}, {Pattern: "/index"}}, Options{}).router
	if p, _ := literal.find("/index", nil); p.Pattern != "/index" {
		t.Errorf("/index is %s, want the page of that name", p.Pattern)
	}
}

var fuzzPatterns = []string{
	"/", "/about", "/blog/{slug}", "/docs/{path...}", "/{a}/{b}", "/a/{x}/c", "/{a}/x/{rest...}",
}

// referenceMatch is match, written for clarity: split, then compare.
func referenceMatch(pattern, path string) ([]string, bool) {
	if !strings.HasPrefix(path, "/") {
		return nil, false
	}
	path = path[1:]
	if path != "/" {
		path = strings.TrimSuffix(path, "/")
	}
	var want, got []string
	if pattern != "/" {
		want = strings.Split(pattern[1:], "/")
	}
	if path != "" {
		got = strings.Split(path, "/")
	}
	var values []string
	for i, seg := range want {
		if i >= len(got) {
			return nil, false
		}
		value := got[i]
		if strings.HasSuffix(seg, "...}") {
			value = strings.Join(got[i:], "/")
			got = got[:i+1]
		}
		if !strings.HasPrefix(seg, "{") {
			if value != seg {
				return nil, false
			}
			continue
		}
		for _, part := range strings.Split(value, "/") {
			if part == "" || part == "." || part == ".." || strings.Contains(part, "\x00") {
				return nil, false
			}
		}
		values = append(values, value)
	}
	return values, len(want) == len(got)
}

func FuzzMatch(f *testing.F) {
	for _, path := range []string{"/", "//", "/about/", "/blog/x", "/blog/..", "/docs/a/b/", "/docs/a\x00", "/a//c", "/%zz", "a/b", ""} {
		for i := range fuzzPatterns {
			f.Add(i, path)
		}
	}
	f.Fuzz(func(t *testing.T, which int, path string) {
		if which < 0 || which >= len(fuzzPatterns) || path == "" {
			return
		}
		p := parsePattern(fuzzPatterns[which])
		values, ok := p.match(path, nil)
		want, wantOK := referenceMatch(fuzzPatterns[which], path)
		if ok != wantOK || ok && strings.Join(values, "\x00") != strings.Join(want, "\x00") {
			t.Errorf("%s matches %q: %v %q, want %v %q", fuzzPatterns[which], path, ok, values, wantOK, want)
		}
		if ok && len(values) != len(p.names) {
			t.Errorf("%d values for %d parameters", len(values), len(p.names))
		}
	})
}

// Whatever a visitor sends, a page sees only a path of its own pattern, and
// never the parameter.
func FuzzPathParameter(f *testing.F) {
	for _, target := range []string{
		"/live/[slug]?__jargo_path=/live/hello", "/live/%5Bslug%5D?__jargo_path=%2Flive%2Fhello&q=1",
		"/live/[slug]?__jargo_path=/live/a%2Fb", "/live/[slug]?%5f_jargo_path=/live/x&__jargo_path=/live/y",
		"/live/x?__jargo_path=/live/y", "/live/[slug]?__jargo_path", "/live/[slug]?__jargo_path=/other/x",
		"/fresh?a=%zz&__jargo_path=/fresh", "/live/[slug]?q=1;__jargo_path=/live/z",
	} {
		f.Add(target)
	}
	s := newSite([]Page{
		{Pattern: "/fresh", Name: "fresh", Config: func() Config { return Config{Kind: Fresh} }},
		{Pattern: "/live/{slug}", Name: "live/[slug]", Config: func() Config {
			return Config{Kind: Regenerated, Query: []string{"q", PathParameter}}
		}},
	}, Options{})
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		visitor := httptest.NewRequest("GET", "/", nil)
		visitor.URL, visitor.RequestURI = u, target
		visitor.Header.Set("Cookie", "secret")
		p, r, err := s.route(visitor)
		if r.URL.Query().Has(PathParameter) {
			t.Errorf("%s: the page sees the query %q", target, r.URL.RawQuery)
		}
		if err != nil {
			return
		}
		values, ok := p.pattern.match(r.URL.Path, nil)
		if !ok || p.Pattern == "/live/{slug}" && (values[0] != r.PathValue("slug") || len(r.Header) != 0 || r.Method != http.MethodGet) {
			t.Errorf("%s: page %s gets %s with slug %q", target, p.Pattern, r.URL, r.PathValue("slug"))
		}
		if p.Pattern == "/live/{slug}" && u.Path != "/live/[slug]" && strings.TrimSuffix(u.Path, "/") != r.URL.Path {
			t.Errorf("%s: page %s gets %s", target, p.Pattern, r.URL)
		}
	})
}
