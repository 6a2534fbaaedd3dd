package main

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pathCase is a line of engine/testdata/paths.txt.
type pathCase struct {
	path, page string
	parameters []string // name=value
}

func (c pathCase) want() string { return strings.Join(append([]string{c.page}, c.parameters...), "\t") }

// value is what Paths says for the parameters; "" when they cannot be said.
func (c pathCase) value() string {
	var values []string
	for _, p := range c.parameters {
		_, value, _ := strings.Cut(p, "=")
		values = append(values, value)
	}
	value := strings.Join(values, "/")
	if strings.ContainsAny(value, `?#\`) || strings.Contains(value, "..") {
		return ""
	}
	return value
}

func readPathCases(t *testing.T) []pathCase {
	t.Helper()
	data, err := os.ReadFile("../../engine/testdata/paths.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases []pathCase
	for line := range strings.Lines(string(data)) {
		if columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t"); len(columns) > 1 {
			cases = append(cases, pathCase{columns[0], columns[1], columns[2:]})
		}
	}
	return cases
}

// pageForms are the pages of one kind in one language: where, and with which
// Config and Paths.
var pageForms = []struct {
	dir, config string
	paths       bool
}{
	{"go-build", "jargo.Build{}", true}, {"go-fresh", "jargo.Fresh{}", false}, {"go-live", "jargo.Regenerated{Every: time.Hour}", false}, {"go-ahead", "jargo.Regenerated{Every: time.Hour}", true},
	{"py-build", "{}", true}, {"py-fresh", `{"fresh": {}}`, false}, {"py-live", `{"regenerate": {"every": 3600}}`, false}, {"py-ahead", `{"regenerate": {"every": 3600}}`, true},
}

const goForm = `package page

import (
	"net/http"
	"time"

	"github.com/jargo-dev/jargo"
)

const _ = time.Hour

func Config() jargo.Config { return %s }
%s
func Data(r *http.Request) string {
	text := %q
	for _, name := range []string{"x", "y"} {
		if value := r.PathValue(name); value != "" {
			text += "\t" + name + "=" + value
		}
	}
	return text
}

func Render(text string) string { return text }
`

const pyForm = `
def config(): return %s
%s
def data(request):
    params = request.params if request else {}
    return "\t".join([%q] + [name + "=" + value for name, value in params.items()])
def render(text): return text
`

// TestServePaths serves pages of every kind and language, and asks for paths
// that are spelled in all ways: the same page answers on each.
func TestServePaths(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds a site of many pages")
	}
	project := t.TempDir()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeGoMod(project, root); err != nil {
		t.Fatal(err)
	}
	cases := readPathCases(t)
	for pattern, place := range map[string]string{
		"/about": "about", "/one/new": "one/new", "/one/{x}": "one/x_", "/two/{x}/{y}": "two/x_/y_", "/rest/{x...}": "rest/x__",
	} {
		values := []string{}
		for _, c := range cases {
			if value := c.value(); c.page == pattern && value != "" && !slices.Contains(values, value) {
				values = append(values, value)
			}
		}
		for _, form := range pageForms {
			writePage(t, filepath.Join(project, "pages", form.dir, filepath.FromSlash(place)), form.config, pattern, values, form.paths && strings.Contains(pattern, "{"))
		}
	}
	s := startServe(t, project)
	for _, form := range pageForms {
		for _, c := range cases {
			if strings.HasSuffix(form.dir, "-build") && len(c.parameters) > 0 && c.value() == "" {
				continue // no file has such a name
			}
			a := s.follow("/" + form.dir + c.path)
			got := a.body
			if a.status == http.StatusNotFound {
				got = "none"
			}
			if got != c.want() {
				t.Errorf("%s: %q, want %q", "/"+form.dir+c.path, got, c.want())
			}
		}
	}
}

func writePage(t *testing.T, place, config, pattern string, values []string, paths bool) {
	t.Helper()
	if strings.Contains(place, "go-") {
		list := ""
		if paths {
			list = fmt.Sprintf("func Paths() []string { return %#v }\n", values)
		}
		write(t, filepath.Join(place, "page.go"), fmt.Sprintf(goForm, config, list, pattern))
		return
	}
	list := ""
	if paths {
		list = "def paths(): return ["
		for _, value := range values {
			list += fmt.Sprintf("%q, ", value)
		}
		list += "]"
	}
	write(t, place+".py", fmt.Sprintf(pyForm, config, list, pattern))
}

// follow asks for a path, and goes where redirects lead.
func (s *server) follow(path string) answer {
	s.t.Helper()
	for range 10 {
		a := s.get(path)
		if a.status != http.StatusPermanentRedirect && a.status != http.StatusMovedPermanently {
			return a
		}
		path = a.header.Get("Location")
	}
	s.t.Errorf("%s redirects without end", path)
	return answer{}
}
