package conformance_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// matchScript matches each path with each pattern as JavaScript does, and
// prints what the groups hold; null for no match.
const matchScript = `
const { patterns, paths } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const anchored = (src) => (src.startsWith("^") ? "" : "^") + src + (src.endsWith("$") ? "" : "$");
const found = patterns.map((src) => paths.map((path) => path.match(new RegExp(anchored(src), "i"))));
console.log(JSON.stringify(found, (_, value) => value === undefined ? null : value));
`

// TestPatterns holds how routing reads regular expressions against JavaScript,
// by which the vendor says whether they are right.
func TestPatterns(t *testing.T) {
	needValidator(t)
	var cases struct {
		Patterns []string `json:"patterns"`
		Paths    []string `json:"paths"`
	}
	cases.Patterns, cases.Paths = lines(t, "patterns.txt"), lines(t, "subjects.txt")
	input, err := json.Marshal(cases)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", "-e", matchScript)
	cmd.Stdin, cmd.Stderr = strings.NewReader(string(input)), t.Output()
	data, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var want [][][]*string
	if err := json.Unmarshal(data, &want); err != nil {
		t.Fatal(err)
	}
	for i, src := range cases.Patterns {
		out := &output.Output{Config: output.Config{Routes: []output.Route{{Src: src, Dest: "/matched", Continue: true}}}}
		table, err := router.Compile(out, router.Options{})
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		for j, path := range cases.Paths {
			d := table.Route(&router.Request{Method: "GET", Path: path, Header: http.Header{}}, false)
			if matched := d.Route == 0; matched != (want[i][j] != nil) {
				t.Errorf("%s on %s: %v", src, path, matched)
			} else if groups := nonEmpty(want[i][j]); !slices.Equal(captured(t, d), groups) {
				t.Errorf("%s on %s: %q, want %q", src, path, d.Matches, groups)
			}
		}
	}
}

// lines returns those of a file of the router's that are no comments. Paths as
// no URL has them are left out: the router escapes them.
func lines(t *testing.T, name string) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "internal", "host", "router", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(strings.Split(string(data), "\n"), func(s string) bool {
		return s == "" || strings.HasPrefix(s, "# ") || strings.Contains(s, " ")
	})
}

// nonEmpty writes the groups that hold something as "1=text".
func nonEmpty(match []*string) []string {
	var groups []string
	for i, value := range match {
		if i > 0 && value != nil && *value != "" {
			groups = append(groups, strconv.Itoa(i)+"="+*value)
		}
	}
	return groups
}

// captured is what a route captured, in the same form.
func captured(t *testing.T, d *router.Decision) []string {
	t.Helper()
	values, err := url.ParseQuery(d.Matches)
	if err != nil {
		t.Fatal(err)
	}
	var groups []string
	for i := range 20 {
		if value := values.Get(strconv.Itoa(i)); value != "" {
			groups = append(groups, strconv.Itoa(i)+"="+value)
		}
	}
	return groups
}
