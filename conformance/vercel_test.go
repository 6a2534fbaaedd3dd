package conformance_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// vercelJSON is what a vercel.json holds.
type vercelJSON map[string]any

// TestVercelJSON holds the routes that vercel.json becomes against those that the
// vendor's own build makes of it: for the files in testdata/vercel.jsonl and for
// some hundred that are made here, the same ones each time.
func TestVercelJSON(t *testing.T) {
	needValidator(t)
	configs := vercelCases(t)
	r := rand.New(rand.NewPCG(20, 26))
	for range 500 {
		configs = append(configs, randomVercelJSON(r))
	}
	vendor := vendorRoutes(t, configs)
	wrong, stricter := 0, 0
	for i, config := range configs {
		text, err := json.Marshal(config)
		if err != nil {
			t.Fatal(err)
		}
		ours, diags := ourRoutes(t, text)
		failure, _ := vendor[i].(map[string]any)
		switch {
		case failure != nil:
			wrong++
			if diags == "" {
				t.Errorf("%s\nthe vendor refuses what we accept: %v", text, failure["error"])
			}
		case strings.Contains(diags, "which its source has not"):
			stricter++ // the vendor does not look into all parts of a destination
		case diags != "":
			t.Errorf("%s\nwe refuse what the vendor accepts: %s", text, diags)
		case !reflect.DeepEqual(ours, vendor[i]):
			t.Errorf("%s\nour routes are\n%s\nthe vendor's\n%s", text, marshal(ours), marshal(vendor[i]))
		}
	}
	if wrong == 0 || wrong > len(configs)/2 || stricter > len(configs)/20 {
		t.Errorf("of %d files the vendor refuses %d, and we %d more: most should be good, some bad", len(configs), wrong, stricter)
	}
}

// vercelCases are the lines of testdata/vercel.jsonl that are no comments.
func vercelCases(t *testing.T) []vercelJSON {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "vercel.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var configs []vercelJSON
	for line := range strings.Lines(string(data)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		var config vercelJSON
		if err := json.Unmarshal([]byte(line), &config); err != nil {
			t.Fatalf("%s%v", line, err)
		}
		configs = append(configs, config)
	}
	return configs
}

func vendorRoutes(t *testing.T, configs []vercelJSON) []any {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "vercel.mjs")
	cmd.Stdin, cmd.Stderr = strings.NewReader(marshal(configs)), t.Output()
	data, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var routes []any
	if err := json.Unmarshal(data, &routes); err != nil || len(routes) != len(configs) {
		t.Fatalf("vercel.mjs reads %d of %d files, %v", len(routes), len(configs), err)
	}
	return routes
}

// ourRoutes are the routes as JSON has them, or what is wrong with the file.
func ourRoutes(t *testing.T, text []byte) (any, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, vercel.File), text, 0o644); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	config, err := vercel.Read(dir, &diags)
	if err != nil {
		t.Fatal(err)
	}
	if err := diags.Err(); err != nil {
		return nil, err.Error()
	}
	var routes any = []any{}
	if list := config.Routes(); list != nil {
		if err := json.Unmarshal([]byte(marshal(list)), &routes); err != nil {
			t.Fatal(err)
		}
	}
	return routes, ""
}

func marshal(v any) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic(err)
	}
	return strings.TrimSpace(b.String())
}

// randomVercelJSON is a file with a rule of each kind, for one source.
func randomVercelJSON(r *rand.Rand) vercelJSON {
	source, names := randomSource(r)
	config := vercelJSON{}
	rule := func(property string, value func(names []string) any) []any {
		rule, names := map[string]any{"source": source}, slices.Clone(names)
		if r.IntN(4) == 0 {
			rule["has"] = randomConditions(r, &names)
		}
		if r.IntN(8) == 0 {
			rule["missing"] = randomConditions(r, nil)
		}
		rule[property] = value(names)
		return []any{rule}
	}
	for _, name := range []string{"redirects", "rewrites"} {
		if r.IntN(3) > 0 {
			config[name] = rule("destination", func(names []string) any { return randomDestination(r, names) })
		}
	}
	if r.IntN(3) == 0 {
		config["headers"] = rule("headers", func(names []string) any {
			return []any{map[string]any{"key": "X-A", "value": "a" + randomText(r, names)}}
		})
	}
	for _, name := range []string{"cleanUrls", "trailingSlash"} {
		if n := r.IntN(6); n < 2 {
			config[name] = n == 0
		}
	}
	return config
}

// randomSource is a pattern and the names of its parameters. One in about ten
// is not a pattern.
func randomSource(r *rand.Rand) (string, []string) {
	var b strings.Builder
	var names []string
	for range 1 + r.IntN(4) {
		b.WriteString(pick(r, "/", "/", "/", "/", ".", "-", ""))
		name := pick(r, "a", "b", "slug", "x_1", "Id")
		switch n := r.IntN(12); {
		case n < 4:
			b.WriteString(pick(r, "a", "blog", "a.b", "old-page", "%20", `\:x`, "é", "a b", "$x", "[a]", "~"))
			continue
		case n < 7:
			b.WriteString(":" + name)
			names = append(names, name)
		case n < 9:
			b.WriteString(":" + name + pick(r, `(\d+)`, "(.*)", "(a|b)", "((?!api/).*)", "([^/.]+)", `(\/x)`))
			names = append(names, name)
		case n < 10:
			b.WriteString(pick(r, `(\d+)`, "(.*)", "(a|b)", "((?:a|b)c)"))
		case n < 11:
			b.WriteString("{" + pick(r, "", "-", "/", "a") + ":" + name + pick(r, "", "-", ".json") + "}")
			names = append(names, name)
		default:
			b.WriteString(pick(r, "{a}", "(", "(a", "((a))", "{:a", ":", "*", "(?:a)", "()", "([)", "{b/}"))
		}
		b.WriteString(pick(r, "", "", "", "*", "+", "?"))
	}
	if s := b.String(); strings.HasPrefix(s, "/") {
		return s, names
	}
	return "/" + b.String(), names
}

func pick(r *rand.Rand, list ...string) string { return list[r.IntN(len(list))] }

// randomText has parameters in it.
func randomText(r *rand.Rand, names []string) string {
	var b strings.Builder
	for range r.IntN(4) {
		b.WriteString(pick(r, "/", "/", "-", ".", ""))
		if len(names) > 0 && r.IntN(3) > 0 {
			b.WriteString(":" + names[r.IntN(len(names))] + pick(r, "", "", "", "*", "+", `(\d+)`))
		} else {
			b.WriteString(pick(r, "a", "b.c", "é", "%2F", "a b", "$1", "(x", "{y}", "~a'b", "|", ": ", "a=b"))
		}
	}
	return b.String()
}

func randomDestination(r *rand.Rand, names []string) string {
	var b strings.Builder
	switch r.IntN(5) {
	case 0:
		b.WriteString(pick(r, "https://example.com", "http://h.example:8080", "https://EXAMPLE.com"))
	case 1:
		if i := slices.IndexFunc(names, func(name string) bool { return strings.ToLower(name) == name }); i >= 0 {
			b.WriteString("https://:" + names[i] + ".example.com")
		}
	}
	b.WriteString("/" + randomText(r, names))
	if r.IntN(3) == 0 {
		fmt.Fprintf(&b, "?%s=%s", pick(r, "a", "q", "2", "é", "x y"), randomText(r, names))
		if r.IntN(2) == 0 {
			b.WriteString(pick(r, "&a=1", "&b", "&q=%20+%zz", "&&", "&1=:", "&a=é&a=~!*'()"))
		}
	}
	if r.IntN(6) == 0 {
		b.WriteString("#" + randomText(r, names))
	}
	if r.IntN(12) == 0 {
		b.WriteString("/:missing")
	}
	return b.String()
}

// randomConditions adds what the conditions capture to names.
func randomConditions(r *rand.Rand, names *[]string) []any {
	conditions := []struct {
		condition map[string]any
		name      string
	}{
		{map[string]any{"type": "header", "key": "X-Up"}, ""},
		{map[string]any{"type": "cookie", "key": "tok"}, "tok"},
		{map[string]any{"type": "query", "key": "q", "value": `(?<page>\d+)`}, "page"},
		{map[string]any{"type": "query", "key": "q", "value": map[string]any{"re": `(?<p_q>a)(?<b>b)`}}, "b"},
		{map[string]any{"type": "query", "key": "q", "value": map[string]any{"eq": 1, "gte": 0.5, "inc": []string{"a"}}}, ""},
		{map[string]any{"type": "host", "value": `(?<sub>.*)\.example\.com`}, "sub"},
		{map[string]any{"type": "host", "value": "example.com"}, "host"},
		{map[string]any{"type": "host", "value": map[string]any{"eq": "example.com", "neq": "b"}}, ""},
	}
	var list []any
	for range 1 + r.IntN(2) {
		c := conditions[r.IntN(len(conditions))]
		list = append(list, c.condition)
		if names != nil && c.name != "" {
			*names = append(*names, c.name)
		}
	}
	return list
}

// TestVercelJSONMerge builds the site vercel with its vercel.json and without. The
// vendor merges the routes of the file with those of the one without it, and gets
// those of the other.
func TestVercelJSONMerge(t *testing.T) {
	needValidator(t)
	archive, err := txtar.ParseFile(filepath.Join("testdata", "site", "vercel.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	routes := func() any {
		data, err := os.ReadFile(filepath.Join(buildSite(t, writeSite(t, archive), "amd64"), "config.json"))
		if err != nil {
			t.Fatal(err)
		}
		var config struct {
			Routes []map[string]any `json:"routes"`
		}
		if err := json.Unmarshal(data, &config); err != nil {
			t.Fatal(err)
		}
		// The path for the function is ours.
		config.Routes = slices.DeleteFunc(config.Routes, func(route map[string]any) bool {
			return route["continue"] == true && strings.Contains(marshal(route), "request.path")
		})
		for _, route := range config.Routes {
			if route["check"] == true {
				delete(route, "transforms")
			}
		}
		return config.Routes
	}
	ours, file := routes(), archive.Files[0]
	archive.Files = archive.Files[1:]
	cmd := exec.CommandContext(t.Context(), "node", "merge.mjs")
	cmd.Stdin = strings.NewReader(marshal(map[string]any{"vercel": json.RawMessage(file.Data), "routes": routes()}))
	cmd.Stderr = t.Output()
	merged, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var vendor []map[string]any
	if err := json.Unmarshal(merged, &vendor); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(ours, any(vendor)) {
		t.Errorf("our routes are\n%s\nthe vendor's\n%s", marshal(ours), merged)
	}
}
