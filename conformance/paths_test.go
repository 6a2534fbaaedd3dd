package conformance_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/output"
)

// routed is where a path leads, as route.mjs says it.
type routed struct {
	Dest     string            `json:"dest"`
	Groups   []string          `json:"groups"`
	Location string            `json:"location"`
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers"`
}

// pathPages are the pages of engine/testdata/paths.txt, by their output paths.
var pathPages = map[string]string{
	"about": "/about", "one/new": "/one/new", "one/[x]": "/one/{x}", "two/[x]/[y]": "/two/{x}/{y}", "rest/[...x]": "/rest/{x...}",
}

// TestPaths has the vendor's own engine of regular expressions route the paths
// that engine/testdata/paths.txt has, to pages of each kind that routes lead to:
// the expressions in config.json match what the functions match, and capture
// the same.
func TestPaths(t *testing.T) {
	needValidator(t)
	archive := &txtar.Archive{}
	for kind, config := range map[string]string{"fresh": "jargo.Fresh{}", "live": "jargo.Regenerated{Every: time.Hour}"} {
		for name := range pathPages {
			dir := strings.NewReplacer("[...x]", "x__", "[x]", "x_", "[y]", "y_").Replace(name)
			archive.Files = append(archive.Files, txtar.File{Name: "pages/" + kind + "/" + dir + "/page.go", Data: fmt.Appendf(nil,
				"package page\n\nimport (\n\t\"time\"\n\n\t\"github.com/jargo-dev/jargo\"\n)\n\nconst _ = time.Hour\n\n"+
					"func Config() jargo.Config { return %s }\n\nfunc Render() string { return \"\" }\n", config)})
		}
	}
	out, err := output.Read(buildSite(t, writeSite(t, archive), "amd64"))
	if err != nil {
		t.Fatal(err)
	}
	cases := pathCases(t)
	for _, kind := range []string{"fresh", "live"} {
		paths := make([]string, len(cases))
		for i, c := range cases {
			paths[i] = "/" + kind + c[0]
		}
		for i, found := range route(t, out, paths, false) {
			if got, want := found.read(t, "/"+kind), strings.Join(cases[i][1:], "\t"); got != want {
				t.Errorf("%s: %q, want %q", paths[i], got, want)
			}
		}
	}
}

// pathCases are the lines of engine/testdata/paths.txt, but for those whose
// values a route matches and a function refuses.
func pathCases(t *testing.T) [][]string {
	t.Helper()
	data, err := os.ReadFile("../engine/testdata/paths.txt")
	if err != nil {
		t.Fatal(err)
	}
	var cases [][]string
	for line := range strings.Lines(string(data)) {
		columns := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(columns) == 1 || strings.HasPrefix(line, "#") {
			continue
		}
		path, err := url.PathUnescape(columns[0])
		if err != nil {
			t.Fatal(err)
		}
		refused := slices.ContainsFunc(strings.Split(strings.TrimSuffix(path, "/"), "/")[1:], func(part string) bool {
			return part == "" || part == "." || part == ".." || strings.Contains(part, "\x00")
		})
		if !refused {
			cases = append(cases, columns)
		}
	}
	return cases
}

// route says where paths lead in an output; nil for nowhere. Once does not follow
// redirects.
func route(t *testing.T, out *output.Output, paths []string, once bool) []*routed {
	t.Helper()
	input, err := json.Marshal(map[string]any{
		"routes": out.Config.Routes, "outputs": slices.Collect(maps.Keys(out.Entries)), "paths": paths, "once": once,
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "route.mjs")
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(input)), t.Output()
	data, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []*routed
	if err := json.Unmarshal(data, &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != len(paths) {
		t.Fatalf("route.mjs routes %d of %d paths", len(list), len(paths))
	}
	return list
}

// read writes the page and its parameters as the cases have them. A regenerated
// page's own are in its path, which is in the query.
func (r *routed) read(t *testing.T, prefix string) string {
	t.Helper()
	if r == nil {
		return "none"
	}
	dest, err := url.Parse(r.Dest)
	if err != nil {
		t.Fatal(err)
	}
	page := pathPages[strings.TrimPrefix(dest.Path, prefix+"/")]
	text, filled := page, page
	for i, group := range r.Groups {
		value, err := url.PathUnescape(group)
		if err != nil {
			t.Fatal(err)
		}
		name := []string{"x", "y"}[i]
		text += "\t" + name + "=" + value
		filled = strings.NewReplacer("{"+name+"}", value, "{"+name+"...}", value).Replace(filled)
	}
	want := ""
	if prefix == "/live" && len(r.Groups) > 0 {
		want = prefix + filled
	}
	_, query, _ := strings.Cut(dest.RawQuery, engine.PathParameter+"=")
	if path, err := url.QueryUnescape(query); err != nil || path != want {
		t.Errorf("%s: the path in the query is %q, %v, want %q", r.Dest, path, err, want)
	}
	return text
}
