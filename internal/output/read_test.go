package output

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/diag"
)

// write makes a directory of a txtar archive. A file whose content is
// "-> target" is a symbolic link.
func write(t testing.TB, archive string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		var err error
		if target, ok := strings.CutPrefix(string(f.Data), "-> "); ok {
			err = os.Symlink(strings.TrimSpace(target), path)
		} else {
			err = os.WriteFile(path, f.Data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestRead(t *testing.T) {
	dir := write(t, `
-- config.json --
{"version":3,"framework":7,"cache":["x"],"images":{"sizes":[1]},
 "routes":[{"source":"/a","destination":"/b","statusCode":301},{"handle":"filesystem"}],
 "overrides":{"about.html":{"path":"about"},"home.html":{"path":""},"data":{"contentType":"text/x"},"self":{"path":"self"},"none":{"path":"x"}}}
-- static/about.html --
-- static/home.html --
-- static/data --
-- static/self --
-- static/.hidden --
-- static/dir/x.js --
-- static/same --
-- static/link --
-> dir
-- functions/same.func/.vc-config.json --
{"runtime":"executable","handler":"x","maxDuration":"max","more":{}}
-- functions/same.func/inner.func/.vc-config.json --
private
-- functions/a/b.func --
-> ../same.func
-- functions/a/c.func --
-> b.func
-- functions/page.func --
-> same.func
-- functions/page.prerender-config.json --
{"expiration":60,"allowQuery":[],"fallback":{"type":"FileFsRef","mode":33188,"fsPath":"page.prerender-fallback.body","contentType":"text/y"}}
-- functions/page.prerender-fallback.body --
hi
-- functions/all.func/.vc-config.json --
{"runtime":"nodejs22.x","handler":"x.js","maxDuration":9}
-- functions/all.prerender-config.json --
{"expiration":false,"fallback":null}
-- functions/edge.func/.vc-config.json --
{"type":"EdgeFunction","entrypoint":"x.js"}
`)
	out, err := Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, name := range slices.Sorted(maps.Keys(out.Entries)) {
		line := fmt.Sprintf("%q ", name)
		switch e := out.Entries[name].(type) {
		case *File:
			line += "file " + e.Name + " " + e.ContentType
		case *Function:
			line += fmt.Sprint("function ", e.Name, " ", e.Config.Runtime, " ", e.Config.MaxDuration)
		case *Prerender:
			line += fmt.Sprint("prerender ", e.Function.Name, " ", e.Config.AllowQuery != nil)
			if e.Fallback != nil {
				line += " " + filepath.Base(e.Fallback.Path) + " " + e.Fallback.ContentType
			}
		}
		got = append(got, line)
	}
	want := strings.TrimSpace(`
"" file home.html text/html; charset=utf-8
".hidden" file .hidden application/octet-stream
"a/b" function same executable 800
"a/c" function same executable 800
"about" file about.html text/html; charset=utf-8
"all" prerender all false
"data" file data text/x
"dir/x.js" file dir/x.js application/javascript; charset=utf-8
"edge" function edge edge 0
"link/x.js" file link/x.js application/javascript; charset=utf-8
"page" prerender same true page.prerender-fallback.body text/y
"same" function same executable 800`)
	if text := strings.Join(got, "\n"); text != want {
		t.Errorf("entries:\n%s\nwant:\n%s", text, want)
	}
	if r := out.Config.Routes[0]; r.Src != "/a" || r.Dest != "/b" || r.Status != 301 {
		t.Errorf("route %+v", r)
	}
	if w := out.Warnings.Err(); w == nil || !strings.Contains(w.Error(), `overrides["none"]`) {
		t.Errorf("warnings %v", w)
	}
	if e, c := out.Entries["a/b"], out.Entries["a/c"]; e != c {
		t.Error("two links to one directory are two functions")
	}
}

// TestReadMistakes breaks an output in one way at a time.
func TestReadMistakes(t *testing.T) {
	fn := "-- functions/a.func/.vc-config.json --\n{\"runtime\":\"executable\",\"handler\":\"a\"}\n"
	config := func(text string) string { return "-- config.json --\n" + text + "\n" }
	route := func(text string) string {
		return config("{\"version\": 3, \"routes\": [\n  {\"src\": \"/\"},\n  " + text + "\n]}")
	}
	prerender := func(text string) string {
		return config(`{"version":3}`) + fn + "-- functions/a.prerender-config.json --\n" + text + "\n"
	}
	tests := []struct {
		name, site string
		want       string // the diagnostics without fixes, with DIR for the output
	}{
		{"no config", "", "DIR/config.json: there is no config.json"},
		{"not JSON", config(`{"version": 3,}`), "DIR/config.json:1:15: not valid JSON: invalid character '}' looking for beginning of object key string"},
		{"not an object", config(`[]`), "DIR/config.json: not valid JSON: not a JSON object"},
		{"version 2", config(`{"version": 2}`), "DIR/config.json: version is 2, want 3"},
		{"version missing", config(`{}`), "DIR/config.json: version is null, want 3"},
		{"version text", config(`{"version": "3"}`), `DIR/config.json: version is "3", want 3`},
		{"deploymentId", config(`{"version":3,"deploymentId":"a b"}`), `DIR/config.json:1:29: deploymentId "a b" is not valid`},
		{"overrides", config(`{"version":3,"overrides":[]}`), "DIR/config.json:1:26: overrides: want an object, not a list"},
		{"routes", config(`{"version":3,"routes":{}}`), "DIR/config.json:1:23: routes: want a list, not an object"},
		{"route without src", route(`{"dest": "/x"}`), "DIR/config.json:3:3: routes[1].src: every route has a src or a handle"},
		{"src is a number", route(`{"src": 1}`), "DIR/config.json:3:3: routes[1].src: want a string, not a number"},
		{"two names", route(`{"src": "/a", "source": "/b"}`), "DIR/config.json:3:3: routes[1].source: src is there too"},
		{"service", route(`{"src": "/a", "destination": {"service": "x"}}`), "DIR/config.json:3:3: routes[1].destination: services are not supported by this host"},
		{"handle", route(`{"handle": "files"}`), `DIR/config.json:3:3: routes[1].handle: there is no phase "files"`},
		{"handle twice", route(`{"handle": "hit"}, {"handle": "hit"}`), `DIR/config.json:3:22: routes[2].handle: phase "hit" has begun before`},
		{"handle and src", route(`{"handle": "hit", "src": "/"}`), "DIR/config.json:3:3: routes[1].handle: a phase marker has no other property"},
		{"status", route(`{"src": "/", "status": 99}`), "DIR/config.json:3:3: routes[1].status: 99 is not between 200 and 999"},
		{"status that only informs", route(`{"src": "/", "status": 103}`), "DIR/config.json:3:3: routes[1].status: 103 is not between 200 and 999"},
		{"methods", route(`{"src": "/", "methods": ["get"]}`), `DIR/config.json:3:3: routes[1].methods: "get" is not a method`},
		{"has type", route(`{"src": "/", "has": [{"type": "body", "key": "x"}]}`), `DIR/config.json:3:3: routes[1].has[0]: there is no type "body"`},
		{"has key", route(`{"src": "/", "missing": [{"type": "header"}]}`), "DIR/config.json:3:3: routes[1].missing[0]: a header condition needs a key"},
		{"has operator", route(`{"src": "/", "has": [{"type": "header", "key": "x", "value": {"like": "y"}}]}`), `DIR/config.json:3:3: routes[1].has[0].value: operator "like" with y is not understood`},
		{"hit with dest", route(`{"handle": "hit"}, {"src": "/", "dest": "/x", "continue": true}`), "DIR/config.json:3:22: routes[2]: this cannot be in phase hit"},
		{"miss without check", route(`{"handle": "miss"}, {"src": "/", "dest": "/x"}`), "DIR/config.json:3:23: routes[2].check: a miss route with a dest must check"},
		{"miss without continue", route(`{"handle": "miss"}, {"src": "/"}`), "DIR/config.json:3:23: routes[2].continue: a miss route without a dest must continue"},
		{"transform type", route(`{"src": "/", "transforms": [{"type": "body", "op": "set"}]}`), `DIR/config.json:3:3: routes[1].transforms[0].type: there is no transform "body"`},
		{"transform target", route(`{"src": "/", "transforms": [{"type": "request.query", "op": "delete"}]}`), "DIR/config.json:3:3: routes[1].transforms[0].target: which name it works on is not said"},
		{"dangling file", config(`{"version":3}`) + "-- static/x --\n-> nowhere\n", `DIR/static/x: this link leads nowhere: there is no "nowhere" beside it`},
		{"link to above", config(`{"version":3}`) + "-- static/d/x --\n-> ..\n", "DIR/static/d/x: this link leads back to a directory that holds it"},
		{"no vc-config", config(`{"version":3}`) + "-- functions/a.func/x --\n", "DIR/functions/a.func/.vc-config.json: the function has no .vc-config.json"},
		{"vc-config not JSON", config(`{"version":3}`) + "-- functions/a.func/.vc-config.json --\n{\n", "DIR/functions/a.func/.vc-config.json:1:2: not valid JSON: unexpected end of JSON input"},
		{"no runtime", config(`{"version":3}`) + "-- functions/a.func/.vc-config.json --\n{\"handler\":\"x\"}\n", "DIR/functions/a.func/.vc-config.json: runtime is missing"},
		{"no handler", config(`{"version":3}`) + "-- functions/a.func/.vc-config.json --\n{\"runtime\":\"x\"}\n", "DIR/functions/a.func/.vc-config.json: handler is missing"},
		{"maxDuration", config(`{"version":3}`) + "-- functions/a.func/.vc-config.json --\n{\"runtime\":\"x\",\"handler\":\"x\",\"maxDuration\":0}\n", `DIR/functions/a.func/.vc-config.json: maxDuration is 0, want whole seconds from 1, or "max"`},
		{"dangling function", config(`{"version":3}`) + "-- functions/a.func --\n-> b.func\n", `DIR/functions/a.func: this link leads nowhere: there is no "b.func" beside it`},
		{"link outside", config(`{"version":3}`) + "-- elsewhere.func/.vc-config.json --\n{}\n-- functions/a.func --\n-> ../elsewhere.func\n", `DIR/functions/a.func: this link leads to no function: there is no "functions/../elsewhere.func"`},
		{"prerender without function", config(`{"version":3}`) + "-- functions/a.prerender-config.json --\n{\"expiration\":1}\n", `DIR/functions/a.prerender-config.json: there is no function beside it: no "a.func"`},
		{"expiration missing", prerender(`{}`), "DIR/functions/a.prerender-config.json: expiration is null, want seconds or false"},
		{"expiration true", prerender(`{"expiration":true}`), "DIR/functions/a.prerender-config.json: expiration is true, want seconds or false"},
		{"expiration negative", prerender(`{"expiration":-1}`), "DIR/functions/a.prerender-config.json: expiration is -1, want seconds or false"},
		{"expiration fractional", prerender(`{"expiration":1.5}`), "DIR/functions/a.prerender-config.json: expiration is 1.5, want seconds or false"},
		{"staleExpiration negative", prerender(`{"expiration":1,"staleExpiration":-1}`), "DIR/functions/a.prerender-config.json: staleExpiration is -1, want seconds"},
		{"group", prerender(`{"expiration":1,"group":-1}`), "DIR/functions/a.prerender-config.json: group is -1, want a number from 1"},
		{"group zero", prerender(`{"expiration":1,"group":0}`), "DIR/functions/a.prerender-config.json: group is 0, want a number from 1"},
		{"token", prerender(`{"expiration":1,"bypassToken":"short"}`), "DIR/functions/a.prerender-config.json: bypassToken is shorter than 32 characters"},
		{"fallback missing", prerender(`{"expiration":1,"fallback":"a.html"}`), `DIR/functions/a.prerender-config.json: fallback "a.html" cannot be read: no such file or directory`},
		{"fallback is a directory", prerender(`{"expiration":1,"fallback":"a.func"}`), `DIR/functions/a.prerender-config.json: fallback "a.func" is not a file`},
		{"fallback is a number", prerender(`{"expiration":1,"fallback":5}`), "DIR/functions/a.prerender-config.json: fallback is 5, want a file name"},
		{"bypassFor", prerender(`{"expiration":1,"experimentalBypassFor":[{"type":"header"}]}`), "DIR/functions/a.prerender-config.json: experimentalBypassFor[0]: a header condition needs a key"},
		{"all at once", config(`{"version":1}`) + "-- functions/a.func/x --\n-- static/x --\n-> y\n", "DIR/config.json: version is 1, want 3\n" +
			"DIR/functions/a.func/.vc-config.json: the function has no .vc-config.json\n" + `DIR/static/x: this link leads nowhere: there is no "y" beside it`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := write(t, tt.site)
			_, err := Read(dir)
			var list diag.List
			if !errors.As(err, &list) {
				t.Fatalf("error %v is no list of diagnostics", err)
			}
			var lines []string
			for _, d := range list {
				d.Fix = ""
				lines = append(lines, strings.ReplaceAll(d.String(), filepath.ToSlash(dir), "DIR"))
			}
			if got := strings.Join(lines, "\n"); got != tt.want {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestReadNoDirectory(t *testing.T) {
	if _, err := Read(filepath.Join(t.TempDir(), "none")); err == nil || !strings.Contains(err.Error(), "no such directory") {
		t.Errorf("error %v", err)
	}
}

func TestContentType(t *testing.T) {
	for name, want := range map[string]string{
		"a.html": "text/html; charset=utf-8", "a.css": "text/css; charset=utf-8", "a.js": "application/javascript; charset=utf-8",
		"a.mjs": "application/javascript; charset=utf-8", "a.json": "application/json; charset=utf-8", "a.svg": "image/svg+xml",
		"a.png": "image/png", "a.webp": "image/webp", "a.avif": "image/avif", "a.woff2": "font/woff2", "a.wasm": "application/wasm",
		"a.txt": "text/plain; charset=utf-8", "a.xml": "application/xml", "a.pdf": "application/pdf", "a.ico": "image/vnd.microsoft.icon",
		"a.webmanifest": "application/manifest+json; charset=utf-8", "a.mp4": "video/mp4", "a.JPG": "image/jpeg", "a": "application/octet-stream",
		"a.unknown": "application/octet-stream", ".css": "application/octet-stream", "d.css/a": "application/octet-stream",
	} {
		if got := ContentType(name); got != want {
			t.Errorf("ContentType(%q) = %q, want %q", name, got, want)
		}
	}
}

func TestFind(t *testing.T) {
	out := &Output{Entries: map[string]Entry{}}
	for _, name := range []string{"index.html", "a", "b/index.html", "c/index", "é x", "blog/[slug]", "100%"} {
		out.Entries[name] = &File{}
	}
	out.Entries["b/index"] = &Function{}
	for path, want := range map[string]string{
		"/": "index.html", "": "index.html", "/a": "a", "/a/": "a", "/b": "b/index", "/c": "c/index", "/c/index": "c/index", "/%C3%A9%20x": "é x",
		"/blog/[slug]": "blog/[slug]", "/blog/%5Bslug%5D": "blog/[slug]", "/100%": "100%", "/100%25": "100%", "/a//": "", "/../a": "", "/x": "",
	} {
		got, ok := out.Find(path)
		if ok != (want != "") || ok && got != want {
			t.Errorf("Find(%q) = %q, %v, want %q", path, got, ok, want)
		}
	}
}

func TestID(t *testing.T) {
	site := "-- config.json --\n{\"version\":3}\n-- functions/a.func/.vc-config.json --\n{\"runtime\":\"executable\",\"handler\":\"a\"}\n-- functions/a.func/a --\nprogram\n"
	id := func(site string) string {
		out, err := Read(write(t, site))
		if err != nil {
			t.Fatal(err)
		}
		id, err := out.ID()
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	here, there := id(site), id(site)
	if here != there {
		t.Error("the same output in two places has two IDs")
	}
	for _, change := range []string{"-- static/x --\n", "-- functions/a.func/b --\nx\n", "-- functions/a.func/c --\n-> a\n"} {
		if here == id(site+change) {
			t.Errorf("the ID does not tell that %q is there", change)
		}
	}
}

// TestIDOfSharedFiles changes what a function has elsewhere.
func TestIDOfSharedFiles(t *testing.T) {
	repo := write(t, `
-- out/config.json --
{"version":3}
-- out/functions/a.func/.vc-config.json --
{"runtime":"executable","handler":"a","filePathMap":{"lib/x":"src/x","lib/link":"src/link"}}
-- out/functions/a.func/a --
-> ../../../shared/program
-- out/functions/a.func/dir --
-> ../../../shared/dir
-- out/functions/a.func/gone --
-> nowhere
-- src/x --
x
-- src/link --
-> y
-- src/y --
y
-- shared/program --
program
-- shared/dir/data --
data
-- shared/dir/loop --
-> ..
`)
	out, err := Read(filepath.Join(repo, "out"))
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	check := func(change string) {
		t.Helper()
		id, err := out.ID()
		if err != nil {
			t.Fatal(err)
		}
		if before, ok := seen[id]; ok {
			t.Errorf("the ID after %q is that after %q", change, before)
		}
		seen[id] = change
	}
	check("")
	for _, name := range []string{"src/x", "src/y", "shared/program", "shared/dir/data"} {
		if err := os.WriteFile(filepath.Join(repo, name), []byte("new"), 0o644); err != nil {
			t.Fatal(err)
		}
		check(name)
	}
}

func TestSeconds(t *testing.T) {
	c := PrerenderConfig{Expiration: 1e300}
	n, ok := c.ExpirationSeconds()
	for _, long := range []int{n, 1 << 62} {
		if d := Seconds(long); !ok || d < 24*365*time.Hour {
			t.Errorf("%d seconds are %v", long, d)
		}
	}
	if d := Seconds(5); d != 5*time.Second {
		t.Errorf("5 seconds are %v", d)
	}
}

// TestRoutePositions has routes on lines of their own, on one line, and over
// several.
func TestRoutePositions(t *testing.T) {
	r := &reader{out: &Output{Dir: "out", Entries: map[string]Entry{}}}
	r.parseConfig([]byte("{\"version\": 3, \"routes\": [\n  {\"src\": \"/a\"}, {\"src\": \"/b\"},{\"src\":\n\"/c\"},\n\n{\"src\": \"/d\"}, {\"src\": \"/d\"}]}"))
	if err := r.list.Err(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, pos := range r.out.RoutePos {
		got = append(got, pos.String())
	}
	want := "out/config.json:2:3 out/config.json:2:18 out/config.json:2:32 out/config.json:5:1 out/config.json:5:16"
	if text := strings.Join(got, " "); text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
}
