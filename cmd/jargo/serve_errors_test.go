package main

import (
	"path/filepath"
	"strings"
	"testing"
)

// errorPages are the sources of a page for a status, by what it is.
var errorPages = map[string]func(status string) (file, source string){
	"Go build": func(status string) (string, string) {
		return status + "/page.go", "package failed\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/jargo-dev/jargo\"\n)\n\n" +
			"func Render() (string, jargo.Info) {\n\treturn \"page for " + status + "\", jargo.Info{Header: http.Header{\"X-Page\": {\"" + status + "\"}}}\n}\n"
	},
	"Go fresh": func(status string) (string, string) {
		return status + "/page.go", goErrorPage(status, "jargo.Fresh{}")
	},
	"Go regenerated": func(status string) (string, string) {
		return status + "/page.go", goErrorPage(status, "jargo.Regenerated{Every: time.Hour}")
	},
	"Python build": func(status string) (string, string) {
		return status + ".py", pythonErrorPage(status, "")
	},
	"Python fresh": func(status string) (string, string) {
		return status + ".py", pythonErrorPage(status, `"fresh": {}`)
	},
	"Python regenerated": func(status string) (string, string) {
		return status + ".py", pythonErrorPage(status, `"regenerate": {"every": 3600}`)
	},
	"public file": func(status string) (string, string) {
		return "../public/" + status + ".html", "page for " + status
	},
}

func goErrorPage(status, config string) string {
	return "package failed\n\nimport (\n\t\"time\"\n\n\t\"github.com/jargo-dev/jargo\"\n)\n\nconst _ = time.Hour\n\n" +
		"func Config() jargo.Config { return " + config + " }\n\nfunc Render() string { return \"page for " + status + "\" }\n"
}

func pythonErrorPage(status, config string) string {
	return "def config():\n    return {" + config + "}\n\n\ndef render():\n    return \"page for " + status + "\"\n"
}

// TestServeErrors asks for what there is not and for pages that fail in all ways, of
// both languages, where the site's error pages are of each kind: the visitor sees
// those.
func TestServeErrors(t *testing.T) {
	t.Parallel()
	for kind, source := range errorPages {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			dir := testSite(t, "errors.txtar")
			failed := source
			if strings.HasSuffix(kind, "regenerated") {
				failed = errorPages["Go build"] // a page for 500 cannot be regenerated
			}
			for status, source := range map[string]func(string) (string, string){"404": source, "500": failed} {
				file, text := source(status)
				write(t, filepath.Join(dir, "pages", file), text)
			}
			if strings.HasPrefix(kind, "Go ") { // Python pages have processes in any case
				startServe(t, dir).wantErrors(kind, false)
			} else if out, err := jargoCommand(t, "build", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v:\n%s", err, out)
			}
			startServe(t, dir, "--prebuilt").wantErrors(kind, true)
		})
	}
}

// wantErrors asks a site whose error pages are of a kind. Where its pages are in the host's
// process, none is asked that ends that.
func (s *server) wantErrors(kind string, processes bool) {
	s.t.Helper()
	goFailed, pyFailed := "page for 500", "page for 500"
	notFound := "page for 404"
	switch kind { // a function has not what another renders for each request
	case "Go fresh":
		pyFailed = "Something went wrong"
	case "Python fresh":
		goFailed, notFound = "Something went wrong", "There is no page"
	}
	for _, tt := range []struct {
		paths  string
		status int
		page   string // or the location
	}{
		{"/nowhere /404 /api/nowhere /go/a/b /py/a/b", 404, "page for 404"},
		{"/go/notfound /shared/notfound", 404, notFound},
		{"/500 /go/exit /shared/exit /py/exit", 500, "page for 500"},
		{"/go/error /go/panic /shared/error /shared/panic", 500, goFailed},
		{"/py/error /py/panic", 500, pyFailed},
		{"/go/ok /shared/ok /py/ok", 200, "ok"},
		{"/404/ /404.html", 308, "/404"},
		{"/500/ /500.html", 308, "/500"},
	} {
		for path := range strings.FieldsSeq(tt.paths) {
			methods := []string{"GET", "HEAD", "POST"}
			if strings.HasSuffix(path, "/exit") {
				if !strings.HasPrefix(path, "/py/") && !processes {
					continue
				}
				methods = methods[:1] // each starts a process
			}
			for _, method := range methods {
				s.wantError(method, path, tt.status, tt.page)
			}
		}
	}
	if kind == "Go build" {
		for path, want := range map[string]string{"/nowhere": "404", "/404": "404", "/go/notfound": "404", "/500": "500", "/py/error": "500"} {
			if got := s.get(path).header.Get("X-Page"); got != want {
				s.t.Errorf("%s: the page's own header is %q, want %q", path, got, want)
			}
		}
	}
	for _, path := range []string{"/", "/built"} { // the method is wrong, and there is no page for that
		if a := s.do("POST", path, ""); a.status != 405 || a.header.Get("Allow") != "GET, HEAD" {
			s.t.Errorf("POST %s: %d %v", path, a.status, a.header)
		}
	}
}

// wantError asks for a path with a method and checks the status and the page.
func (s *server) wantError(method, path string, status int, page string) {
	s.t.Helper()
	a := s.do(method, path, "")
	got := a.body
	switch {
	case method == "POST" && strings.HasPrefix(path, "/shared/"):
		status, page = 405, "" // a page that others see, too, can only be read
	case status == 308:
		got = a.header.Get("Location")
	case method == "HEAD":
		page = ""
	}
	if a.status != status || !strings.Contains(got, page) || page == "" && method == "HEAD" && got != "" {
		s.t.Errorf("%s %s: %d %q, want %d %q", method, path, a.status, got, status, page)
	}
}
