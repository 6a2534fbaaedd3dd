package vercel

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/output"
)

// read reads the text of a vercel.json.
func read(t *testing.T, text string) (*Config, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, File), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	c, err := Read(dir, &diags)
	if err != nil {
		t.Fatal(err)
	}
	if err := diags.Err(); err != nil {
		return c, err.Error()
	}
	return c, ""
}

func TestNoFile(t *testing.T) {
	var diags diag.List
	c, err := Read(t.TempDir(), &diags)
	if err != nil || len(diags) > 0 || !reflect.DeepEqual(c, &Config{}) {
		t.Errorf("%+v, %v, %v", c, diags, err)
	}
}

func TestNotAFile(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, File), 0o755); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	if _, err := Read(dir, &diags); err != nil {
		t.Fatal(err)
	}
	if got, want := diags.Err().Error(), "vercel.json: it is not a file\n    remove it, or make it a file"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestFunctions(t *testing.T) {
	c, wrong := read(t, `{
  "$schema": "https://openapi.vercel.sh/vercel.json",
  "framework": null,
  "regions": ["fra1"],
  "routes": [{"src": "/x"}],
  "functions": {
    "pages/**": {"includeFiles": "content/**", "excludeFiles": "content/drafts/**", "supportsCancellation": true},
    "pages/big/page.go": {"maxDuration": 60, "memory": 1024, "regions": ["iad1"]}
  }
}`)
	at := func(line, col int) diag.Pos { return diag.Pos{File: File, Line: line, Col: col} }
	want := &Config{
		Functions: []FunctionRule{
			{Glob: "pages/**", IncludeFiles: "content/**", ExcludeFiles: "content/drafts/**", At: at(7, 5)},
			{Glob: "pages/big/page.go", MaxDuration: 60, Memory: 1024, Regions: []string{"iad1"}, At: at(8, 5)},
		},
		Regions: []string{"fra1"},
		Ignored: []Property{{"routes", at(5, 13)}},
	}
	if wrong != "" || !reflect.DeepEqual(c, want) {
		t.Errorf("got\n%+v\nwant\n%+v\n%s", c, want, wrong)
	}
}

// TestFunctionRule has globs and the sources that they match; the conformance
// tests hold the same table to the vendor's own reader.
func TestFunctionRule(t *testing.T) {
	data, err := os.ReadFile("testdata/globs.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		source, want, globs := words[0], words[1], words[2:]
		c, wrong := read(t, `{"functions": {"`+strings.Join(globs, `": {"memory": 128}, "`)+`": {"memory": 128}}}`)
		got := "none"
		if rule := c.FunctionRule(source); rule != nil {
			got = rule.Glob
		}
		if got != want || wrong != "" {
			t.Errorf("%s: the rule %s, want %s\n%s", source, got, want, wrong)
		}
	}
}

// TestDiagnostics has mistakes and all that is said of them.
func TestDiagnostics(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": 1,}`:                      "1:9: not valid JSON: invalid character '}' looking for beginning of object key string",
		"{\n  \"rewrites\"":              "2:12: not valid JSON: unexpected end of JSON input",
		`[]`:                             "1:1: vercel.json is a list: it can be an object",
		`{"region": []}`:                 "1:2: vercel.json has no property \"region\"\n    did you mean regions?",
		`{"colour": 1}`:                  "1:2: vercel.json has no property \"colour\"\n    remove it",
		`{"memory": 128}`:                "1:2: vercel.json has no property \"memory\"\n    it is a property of what is in functions: move it there",
		`{"regions": "fra1"}`:            "1:13: regions is a string: it can be a list",
		`{"regions": ["fra1", 7]}`:       "1:22: regions[1] is the number 7: it can be a string",
		`{"regions": [], "regions": []}`: "1:17: regions is there twice\n    keep one of the two",
		`{"functions": {"pages/{1..3}/page.go": {"includeFiles": "!(x)", "excludeFiles": "[a"}}}`: "1:16: functions: \"pages/{1..3}/page.go\" is no glob that can be read\n" +
			"    it can have * and ** for any directories, ?, [abc] and {one,two}\n" +
			"vercel.json:1:57: functions[pages/{1..3}/page.go].includeFiles: \"!(x)\" is no glob that can be read\n" +
			"    it can have * and ** for any directories, ?, [abc] and {one,two}\n" +
			"vercel.json:1:81: functions[pages/{1..3}/page.go].excludeFiles: \"[a\" is no glob that can be read\n" +
			"    it can have * and ** for any directories, ?, [abc] and {one,two}",
		`{"functions": []}`: "1:15: functions is a list: it can be an object: {\"pages/**\": {…}}",
		`{"functions": {"/a": {}, "../b": {}, "c": {"includeFiles": ""}}}`: "1:16: functions: \"/a\" begins with a slash: it is relative to the project\n    write a\n" +
			"1:26: functions: \"../b\" leaves the project\n    move the files into the project\n" +
			"1:60: functions[c].includeFiles is empty: it is a glob of files\n    such as \"content/**\"",
		`{"functions": {"a": {"memory": 64, "maxDuration": "max", "runtime": "x", "includeFile": 1, "framework": 1}}}`: "1:32: functions[a].memory is the number 64: it can be a whole number from 128 to 10240\n" +
			"1:51: functions[a].maxDuration is \"max\", which only the vendor's plan says\n    write the seconds\n" +
			"1:69: functions[a].runtime is not set here\n    remove it: the page's language is its runtime; --python says which Python\n" +
			"1:74: functions[a] has no property \"includeFile\"\n    did you mean includeFiles?\n" +
			"1:92: functions[a] has no property \"framework\"\n    it is a property of the file itself: move it there",
		`{"functions": {"a": {"maxDuration": 1.5}, "a": {"memory": null}}}`: "1:37: functions[a].maxDuration is the number 1.5: it can be a whole number from 1 to 3600\n" +
			"1:43: functions.a is there twice\n    keep one of the two\n" +
			"1:59: functions[a].memory is null: it can be a whole number from 128 to 10240",
	} {
		want = "vercel.json:" + strings.ReplaceAll(want, "\n1:", "\nvercel.json:1:")
		if _, got := read(t, text); got != want {
			t.Errorf("%s\ngot\n%s\nwant\n%s", text, got, want)
		}
	}
}

func TestCronsAndImages(t *testing.T) {
	c, wrong := read(t, `{
  "crons": [{"path": "/tick", "schedule": "*/5 0-6 * 1,2 *"}],
  "images": {"sizes": [640], "domains": [], "remotePatterns": [{"hostname": "^a$"}], "minimumCacheTTL": 60}
}`)
	want := &Config{
		Crons:  []output.Cron{{Path: "/tick", Schedule: "*/5 0-6 * 1,2 *"}},
		Images: json.RawMessage(`{"domains":[],"minimumCacheTTL":60,"remotePatterns":[{"hostname":"^a$"}],"sizes":[640]}`),
	}
	if wrong != "" || !reflect.DeepEqual(c, want) {
		t.Errorf("got\n%+v\nwant\n%+v\n%s", c, want, wrong)
	}
}

// FuzzParse checks that every file is either good or reported, and that what is
// good makes routes.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"rewrites": [{"source": "/a/:b*", "destination": "https://:b.x/:b?c=:b#:b", "has": [{"type": "query", "key": "a", "value": "(?<c>.)"}]}]}`,
		`{"redirects": [{"source": "/{a:b(\\d)}?c", "destination": "/\\:b", "permanent": true}], "trailingSlash": true}`,
		`{"headers": [{"source": "/", "headers": [{"key": ":a", "value": "\\"}]}]}`, `{"functions": {"a": {}}}`, `[]`, `null`, `{"a": {"b": [1, true]}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, data string) {
		var diags diag.List
		c := &Config{}
		c.parse([]byte(data), &diags)
		if len(diags) > 0 {
			return
		}
		for _, route := range c.Routes() {
			if route.Src == "" && route.Handle == "" {
				t.Errorf("%s: the route %+v matches nothing", data, route)
			}
		}
	})
}
