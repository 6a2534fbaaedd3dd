package browser

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
)

// TestFailed: who sees the report, and until when.
func TestFailed(t *testing.T) {
	sent := make(chan string, 1)
	b, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/style.css":
			w.Header().Set("Content-Type", "text/css")
		case "/failure":
			w.Header().Set("Content-Type", engine.FailureType)
		case "/data":
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("X-Jargo-Kind", "fresh")
			w.Header().Set("Content-Length", "9")
		default:
			w.Header().Set("Content-Type", "text/html")
		}
		if r.Method == http.MethodPost {
			sent <- r.URL.Path
		}
		if io.WriteString(w, ">the site"); r.URL.Path == "/data" {
			http.NewResponseController(w).Flush()
		}
	})
	write(t, b, "pages/page.go", "package pages\n\nfunc Data() string {\n\treturn titel + \"<b>\"\n}\n")
	var list diag.List
	list.Add(diag.Pos{File: "pages/page.go", Line: 4, Col: 9}, "declare it", "undefined: titel")
	b.Failed(list, nil)
	const text = "pages/page.go:4:9: undefined: titel\n    declare it\n"

	response, body := get(t, url+"/about?a=b")
	for _, want := range []string{
		"<h1>1 mistake</h1>", "undefined: titel", "declare it",
		`<a href="vscode://file` + b.opts.Dir + `/pages/page.go:4:9" `,
		`<span class="line here" data-n="4" aria-current="true">` + "\treturn <mark>titel</mark> &#43; &#34;&lt;b&gt;&#34;\n</span>",
		`<script data-at="` + b.run + `.1" data-report="">`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the report has no\n%s", want)
		}
	}
	if response.StatusCode != 500 || response.Header.Get("Cache-Control") != "no-store" || strings.Contains(body, ">the site") || strings.Contains(body, "<form") {
		t.Errorf("before the first good build: %s\n%s", response.Status, body)
	}
	for _, tt := range []struct {
		method, path, accept string
		status               int
		want                 string
	}{
		{"GET", "/", "*/*", 500, text},
		{"GET", "/data", "application/json", 500, text},
		{"GET", "/failure", "*/*", 500, text},
		{"POST", "/data", "application/json", 500, text},
		{"GET", "/style.css", "text/css,*/*;q=0.1", 200, ">the site"},
	} {
		response := send(t, tt.method, url+tt.path, "", "Accept", tt.accept)
		if body := read(t, response); response.StatusCode != tt.status || body != tt.want {
			t.Errorf("%s %s: %s\n%s", tt.method, tt.path, response.Status, body)
		}
	}
	if response := send(t, "POST", url, "", "Accept", accept); response.StatusCode != 500 {
		t.Errorf("POST of a form: %s", response.Status)
	}
	b.Changed(nil)
	if response, body := get(t, url); response.StatusCode != 200 || !strings.HasPrefix(body, ">the site<script ") {
		t.Errorf("after it was mended: %s\n%s", response.Status, body)
	}
	select {
	case path := <-sent:
		t.Errorf("the old program got a POST to %s", path)
	default:
	}
}

// TestBehind: the site of the last good build is behind the report, for the
// browser that wants it and until the next build.
func TestBehind(t *testing.T) {
	b, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, ">the site")
	})
	b.Changed(nil)
	b.Failed(nil, errors.New("it <broke>\nand how"))
	_, body := get(t, url+"/about?a=b&c=%2F")
	for _, want := range []string{
		`<h1>The build failed</h1>`, "it &lt;broke&gt;\nand how", `name="to" value="/about?a=b&amp;c=%2F"`, `name="at" value="` + b.run + `.2"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the report has no %s", want)
		}
	}
	form := "at=" + b.run + ".2&to=%2Fabout%3Fa%3Db%26c%3D%252F"
	response := send(t, "POST", url+behindPath, form, "Content-Type", "application/x-www-form-urlencoded")
	cookies := response.Cookies()
	if response.StatusCode != 303 || response.Header.Get("Location") != "/about?a=b&c=%2F" || len(cookies) != 1 {
		t.Fatalf("the way behind it: %s %v", response.Status, response.Header)
	}
	cookie := cookies[0].Name + "=" + cookies[0].Value
	response = send(t, "GET", url+"/about", "", "Accept", accept, "Cookie", cookie)
	if body := read(t, response); response.StatusCode != 200 || !strings.HasPrefix(body, ">the site<script ") || !strings.Contains(body, `data-notice="it &lt;broke&gt;">`) {
		t.Errorf("behind it: %s\n%s", response.Status, body)
	}
	if response, _ := get(t, url); response.StatusCode != 500 {
		t.Errorf("another browser: %s", response.Status)
	}
	response = send(t, "POST", url+behindPath, "", "Cookie", cookie)
	if cookies := response.Cookies(); len(cookies) != 1 || cookies[0].MaxAge >= 0 || response.Header.Get("Location") != "/" {
		t.Errorf("the way back: %v", response.Header)
	}
	for _, to := range []string{"//other.example", `/\other.example`, "https://other.example"} {
		response := send(t, "POST", url+behindPath, "to="+to, "Content-Type", "application/x-www-form-urlencoded")
		if got := response.Header.Get("Location"); got != "/" {
			t.Errorf("to %s: %s", to, got)
		}
	}
	if response := send(t, "GET", url+behindPath, ""); response.StatusCode != 405 || response.Header.Get("Allow") != "POST" {
		t.Errorf("GET: %s", response.Status)
	}
	b.Failed(nil, errors.New("it broke again"))
	if response := send(t, "GET", url, "", "Accept", accept, "Cookie", cookie); response.StatusCode != 500 {
		t.Errorf("after the next build: %s", response.Status)
	}
}

// TestReturned has a page return an error, which has no stack but where the page is.
func TestReturned(t *testing.T) {
	b, url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.jargo.failure+json")
		w.WriteHeader(http.StatusInternalServerError)
		io.WriteString(w, `{"in": "Data/Render", "message": "no such post", "frames": [{"file": "pages/page.go"}]}`)
	})
	b.Changed(nil)
	b.SetPlace(func(engine.Frame) (diag.Pos, bool) { return diag.Pos{File: "pages/page.go", Line: 2, Col: 1}, true })
	write(t, b, "pages/page.go", "package pages\nvar titles []string\n")
	if _, body := get(t, url); !strings.Contains(body, "pages/page.go:2:1") || strings.Contains(body, "Stack") {
		t.Errorf("the report is\n%s", body)
	}
	if response := send(t, "GET", url, ""); response.StatusCode != 500 {
		t.Errorf("status %d", response.StatusCode)
	} else if text, _ := io.ReadAll(response.Body); !strings.HasSuffix(string(text), "pages/page.go:2:1: Data/Render: no such post\n") {
		t.Errorf("the text is %q", text)
	}
}

// TestFailure: a page that fails while it is rendered becomes the same kind of page.
func TestFailure(t *testing.T) {
	failure, err := json.Marshal(engine.Failure{In: "Data/Render", Type: engine.Panic, Message: "index out of range [5]", Frames: []engine.Frame{
		{Func: "strings.Repeat", File: "strings/strings.go", Line: 9},
		{Func: "example.com/site/pages.titles", File: "example.com/site/pages/page.go", Line: 2},
		{Func: "example.com/site/pages.Data", File: "example.com/site/pages/page.go", Line: 1},
	}})
	if err != nil {
		t.Fatal(err)
	}
	b, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/vnd.jargo.failure+json")
		w.Header().Set("Content-Security-Policy", "default-src 'none'")
		w.Header().Set("X-Jargo-Kind", "build")
		w.WriteHeader(http.StatusInternalServerError)
		if r.URL.Path == "/odd" {
			io.WriteString(w, "{")
			return
		}
		w.Write(failure)
	})
	b.Changed(nil)
	b.SetPlace(func(f engine.Frame) (diag.Pos, bool) {
		file, ok := strings.CutPrefix(f.File, "example.com/site/")
		return diag.Pos{File: file, Line: f.Line, Col: 1}, ok
	})
	write(t, b, "pages/page.go", "package pages\nvar titles []string\n")
	response, body := get(t, url)
	for _, want := range []string{
		"<h1>The page panicked</h1>", "Data/Render: index out of range [5]", `pages/page.go:2:1" title="Open in the editor">pages/page.go:2:1</a></p>`,
		`<mark>var</mark> titles []string`, `<li>strings.Repeat<small>strings/strings.go:9</small></li>`, `<li class="own">pages.Data<small><a href="vscode:`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the report has no\n%s", want)
		}
	}
	if h := response.Header; response.StatusCode != 500 || h.Get("Content-Security-Policy") != "" || h.Get("X-Jargo-Kind") != "build" {
		t.Errorf("%s, %v\n%s", response.Status, h, body)
	}
	response = send(t, "GET", url, "")
	const want = "The page panicked\npages/page.go:2:1: Data/Render: index out of range [5]\n" +
		"    strings.Repeat\n        strings/strings.go:9\n    pages.titles\n        pages/page.go:2:1\n    pages.Data\n        pages/page.go:1:1\n"
	if body := read(t, response); response.StatusCode != 500 || body != want {
		t.Errorf("as text: %s\n%s", response.Status, body)
	}
	if response, body := get(t, url+"/odd"); response.StatusCode != 500 || !strings.Contains(body, "cannot be read: unexpected end of JSON input") {
		t.Errorf("a failure that is none: %s\n%s", response.Status, body)
	}
}

// TestManyMistakes: the page stays small; plain clients get all.
func TestManyMistakes(t *testing.T) {
	b, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Write(nil)
	})
	var list diag.List
	for i := range maxShown + 7 {
		list.Add(diag.Pos{File: "pages/page.go", Line: i + 1}, "", "mistake %d", i)
	}
	b.Failed(list, nil)
	if _, body := get(t, url); !strings.Contains(body, "57 mistakes") || !strings.Contains(body, "<p>7 more") || strings.Count(body, "<h2>") != maxShown {
		t.Errorf("the page is\n%s", body)
	}
	if body := read(t, send(t, "GET", url, "")); strings.Count(body, "mistake ") != maxShown+7 {
		t.Errorf("a plain client gets\n%s", body)
	}
}
