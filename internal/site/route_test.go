package site

import (
	"math/rand/v2"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// parse makes a route of a place below pages/, which must be right.
func parse(t *testing.T, place string) Route {
	t.Helper()
	var diags diag.List
	r, ok := ParseRoute(place, diag.Pos{File: place}, &diags)
	if !ok {
		t.Fatalf("%s: %v", place, diags)
	}
	return r
}

func TestRoute(t *testing.T) {
	for _, tt := range []struct {
		place, route, output, source, substitute string
	}{
		{"", "/", "index", "/", "/"},
		{"about", "/about", "about", "/about", "/about"},
		{"feed.xml", "/feed.xml", "feed.xml", `/feed\.xml`, "/feed.xml"},
		{"blog/slug_", "/blog/{slug}", "blog/[slug]", "/blog" + slash + "(" + notSlash + "+)", "/blog/$1"},
		{"docs/path__", "/docs/{path...}", "docs/[...path]", "/docs" + slash + "(" + notSlash + ".*)", "/docs/$1"},
		{"a_/b/c__", "/{a}/b/{c...}", "[a]/b/[...c]", "/(" + notSlash + "+)" + slash + "b" + slash + "(" + notSlash + ".*)", "/$1/b/$2"},
		{"fresh_without_data", "/fresh_without_data", "fresh_without_data", "/fresh_without_data", "/fresh_without_data"},
		{"é", "/é", "é", "/%C3%A9", "/%C3%A9"},
	} {
		r := parse(t, tt.place)
		if got := r.String(); got != tt.route {
			t.Errorf("%q: route %s, want %s", tt.place, got, tt.route)
		}
		if got := r.Output(); got != tt.output {
			t.Errorf("%q: output path %s, want %s", tt.place, got, tt.output)
		}
		if got := r.Source(); got != tt.source {
			t.Errorf("%q: source %s, want %s", tt.place, got, tt.source)
		}
		if got := r.Substitute(); got != tt.substitute {
			t.Errorf("%q: substitute %s, want %s", tt.place, got, tt.substitute)
		}
	}
}

func TestParseRouteErrors(t *testing.T) {
	for place, want := range map[string]string{
		"[slug]":      "rename it to slug_",
		"[...path]":   "rename it to path__",
		"[[...path]]": "rename it to path__",
		"$id":         "rename it to id_",
		"{id}":        "rename it to id_",
		"(group)":     "there are no groups",
		"a b":         "it contains ' '",
		"a%20b":       "it contains '%'",
		"a?":          "it contains '?'",
		"all__/more":  "not the last segment",
		"a___":        "too many underscores",
		"x_/x_":       `two parameters named "x"`,
		"a/index":     "the directory's own page",
		"a.html":      "ends in .html",
		"a.func":      "ends in .func",
		"a..b":        `contains ".."`,
	} {
		var diags diag.List
		_, ok := ParseRoute(place, diag.Pos{File: "pages/" + place, Line: 1, Col: 1}, &diags)
		if ok || len(diags) != 1 || !strings.Contains(diags.Error(), want) {
			t.Errorf("%q: ok=%v, %v, want %q", place, ok, diags, want)
		}
	}
}

// TestCompare sorts routes in every order and matches paths against the first
// that fits, as the routing table does.
func TestCompare(t *testing.T) {
	want := []string{"/", "/a/b/{y}", "/a/{x}/c", "/a/{x}/{y}", "/a/{rest...}", "/blog/new", "/blog/{slug}", "/{any}", "/{any}/edit", "/{rest...}"}
	places := []string{"", "a/b/y_", "a/x_/c", "a/x_/y_", "a/rest__", "blog/new", "blog/slug_", "any_", "any_/edit", "rest__"}
	routes := make([]Route, len(places))
	for i, place := range places {
		routes[i] = parse(t, place)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 50 {
		random.Shuffle(len(routes), func(i, j int) { routes[i], routes[j] = routes[j], routes[i] })
		slices.SortFunc(routes, Route.Compare)
		for i, r := range routes {
			if r.String() != want[i] {
				t.Fatalf("sorted to %v, want %v", routes, want)
			}
		}
	}
	for path, want := range map[string]string{
		"/a/b/c":     "/a/b/{y}",
		"/a/z/c":     "/a/{x}/c",
		"/a/z/z":     "/a/{x}/{y}",
		"/a/z":       "/a/{rest...}",
		"/a/z/z/z":   "/a/{rest...}",
		"/blog/new":  "/blog/new",
		"/blog/old":  "/blog/{slug}",
		"/blog":      "/{any}",
		"/x/edit":    "/{any}/edit",
		"/x/y":       "/{rest...}",
		"/blog/a/b":  "/{rest...}",
		"/a/b%2Fc/c": "/a/{rest...}",
	} {
		i := slices.IndexFunc(routes, func(r Route) bool {
			return regexp.MustCompile("^" + r.Source() + "$").MatchString(path)
		})
		if i < 0 || routes[i].String() != want {
			t.Errorf("%s is answered by %v, want %s", path, routes[max(i, 0)], want)
		}
	}
}

// TestEscapedPaths reads the cases that the readers of paths in functions are tested
// with, too. What makes a value invalid is for those to see.
func TestEscapedPaths(t *testing.T) {
	var routes []Route
	for _, place := range []string{"about", "one/new", "one/x_", "two/x_/y_", "rest/x__"} {
		routes = append(routes, parse(t, place))
	}
	data, err := os.ReadFile("../../engine/testdata/paths.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		path, want, ok := strings.Cut(line, "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		unescaped, err := url.PathUnescape(path)
		if err != nil {
			t.Fatal(err)
		}
		unescaped = strings.TrimSuffix(unescaped, "/")
		if slices.ContainsFunc(strings.Split(unescaped, "/")[1:], func(part string) bool {
			return part == "" || part == "." || part == ".." || strings.Contains(part, "\x00")
		}) {
			continue
		}
		i := slices.IndexFunc(routes, func(r Route) bool { return r.matches(unescaped) })
		got := "none"
		if i >= 0 {
			got = routes[i].String() + captured(t, routes[i], path)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", path, got, want)
		}
		for j, r := range routes {
			if matches := captured(t, r, path) != ""; r.Parameters() > 0 && matches != r.matches(unescaped) {
				t.Errorf("%s: route %d matches %v, but its source %v", path, j, !matches, matches)
			}
		}
	}
}

// captured is what the groups of a route's source hold, in the form of the
// cases. The path has no slash at its end when it gets there.
func captured(t *testing.T, r Route, path string) string {
	t.Helper()
	path = regexp.MustCompile(slash+"$").ReplaceAllString(path, "")
	groups := regexp.MustCompile("^" + r.Source() + "$").FindStringSubmatch(path)
	text := ""
	for i, s := range slices.DeleteFunc(slices.Clone(r), func(s Segment) bool { return s.Kind == Literal }) {
		if groups == nil {
			return ""
		}
		value, err := url.PathUnescape(groups[i+1])
		if err != nil {
			t.Fatal(err)
		}
		text += "\t" + s.Name + "=" + value
	}
	return text
}

func TestFill(t *testing.T) {
	for _, tt := range []struct{ place, value, want string }{
		{"blog/slug_", "hello", "/blog/hello"},
		{"year_/slug_", "2026/hello", "/2026/hello"},
		{"a_/b/c_", "1/2", "/1/b/2"},
		{"docs/path__", "one", "/docs/one"},
		{"docs/path__", "one/two/three", "/docs/one/two/three"},
		{"x_/path__", "one/two/three", "/one/two/three"},
		{"blog/slug_", "crème brûlée & c++", "/blog/crème brûlée & c++"},
		{"blog/slug_", "100%", "/blog/100%"},
		{"blog/slug_", "v1.2", "/blog/v1.2"},
	} {
		got, err := parse(t, tt.place).Fill(tt.value)
		if err != nil || got != tt.want {
			t.Errorf("%s with %q: %q, %v, want %q", tt.place, tt.value, got, err, tt.want)
		}
	}
	for _, tt := range []struct{ place, value, want string }{
		{"blog/slug_", "", "is empty"},
		{"year_/slug_", "2026", "too few parts"},
		{"x_/path__", "one", "too few parts"},
		{"blog/slug_", "a/b", "too many parts"},
		{"blog/slug_", "/a", "an empty part"},
		{"docs/path__", "a/", "an empty part"},
		{"docs/path__", "a/../b", `contains ".."`},
		{"docs/path__", "a/./b", "the directory itself"},
		{"blog/slug_", "a?b", "contains '?'"},
		{"blog/slug_", "a#b", "contains '#'"},
		{"blog/slug_", `a\b`, `contains '\\'`},
		{"blog/slug_", "a\nb", "a control character"},
		{"blog/slug_", "a\xff", "not UTF-8"},
		{"blog/slug_", "index", "the directory's own page"},
		{"blog/slug_", "a.html", "ends in .html"},
		{"docs/path__", "a.func/b", "ends in .func"},
		{"blog/slug_", strings.Repeat("x", 221), "is 221 bytes long"},
	} {
		got, err := parse(t, tt.place).Fill(tt.value)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s with %q: %q, %v, want an error with %q", tt.place, tt.value, got, err, tt.want)
		}
	}
}

// FuzzFill checks that a path that Fill accepts is one that its route matches
// when it comes back as a URL, and that it stays below the output's directory.
func FuzzFill(f *testing.F) {
	for _, value := range []string{"hello", "2026/hello", "a/b/c", "..", "a%2Fb", "é", "+&;"} {
		f.Add("blog/slug_", value)
		f.Add("x_/path__", value)
	}
	f.Fuzz(func(t *testing.T, place, value string) {
		var diags diag.List
		r, ok := ParseRoute(place, diag.Pos{}, &diags)
		if ok == (len(diags) > 0) {
			t.Fatalf("%q: ok=%v with %d diagnostics", place, ok, len(diags))
		}
		if !ok || r.Parameters() == 0 {
			return
		}
		path, err := r.Fill(value)
		if err != nil {
			return
		}
		if strings.Contains(path, "//") || strings.Contains(path, "..") || !strings.HasPrefix(path, "/") {
			t.Errorf("%s with %q: %q", r, value, path)
		}
		if !regexp.MustCompile("^" + r.Source() + "$").MatchString(EscapePath(path)) {
			t.Errorf("%s does not match %q, which it was filled to", r, EscapePath(path))
		}
	})
}
