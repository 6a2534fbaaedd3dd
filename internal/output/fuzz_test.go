package output

import (
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// FuzzConfig reads anything as config.json: there is a configuration or a
// diagnostic, and every diagnostic of a route names it.
func FuzzConfig(f *testing.F) {
	for _, seed := range []string{
		`{"version":3}`, `{"version":3,"routes":[{"src":"/a","dest":"/b","check":true},{"handle":"hit"},{"src":"^/.*$","headers":{"a":"b"},"continue":true}]}`,
		`{"version":3,"routes":[{"source":"/a","destination":{"service":"x"},"statusCode":5}],"overrides":{"a":{"path":""}}}`,
		`{"version":3,"routes":[{"src":"/","has":[{"type":"header","key":"x","value":{"inc":["a",1]}}],"transforms":[{"type":"request.path","op":"set","args":"/x"}]}]}`,
		`{"version":3,"wildcard":[{"domain":"a","value":"b"}],"crons":null,"framework":{"version":"1"},"deploymentId":"x"}`,
		`[]`, `{`, ``, `{"version":3}{}`, "{\"routes\":[\n {\"src\":1}]}",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := &reader{out: &Output{Dir: "out", Entries: map[string]Entry{"a": &File{Name: "a"}}}}
		r.parseConfig(data)
		r.applyOverrides()
		if len(r.list) == 0 && r.out.Config.Version != Version {
			t.Errorf("neither a configuration nor a diagnostic")
		}
		if len(r.out.Config.Routes) != len(r.out.RoutePos) {
			t.Errorf("%d routes at %d places", len(r.out.Config.Routes), len(r.out.RoutePos))
		}
		for _, d := range r.list {
			if d.Pos == (diag.Pos{}) || d.Message == "" || strings.Contains(d.Message, "Go ") {
				t.Errorf("diagnostic %q", d)
			}
		}
	})
}

// FuzzFind looks up anything: what is found is there, and stays the same
// however often it is looked up.
func FuzzFind(f *testing.F) {
	out := &Output{Entries: map[string]Entry{"": &File{}, "a": &File{}, "a/index.html": &File{}, "b/index": &Function{}, "%41": &File{}, "é": &File{}}}
	for _, seed := range []string{"/", "/a", "/a/", "/../a", "/%2e%2e/a", "/b", "/%2541", "/%zz", "/%C3%A9", "//", "/a%00", `/..\a`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		name, ok := out.Find(path)
		if _, there := out.Entries[name]; ok && !there {
			t.Errorf("Find(%q) = %q, which is not there", path, name)
		}
	})
}
