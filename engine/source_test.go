package engine_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

// files are the names of the engine's files without tests.
func files(t *testing.T) []string {
	t.Helper()
	names, err := fs.Glob(engine.Source, "*.go")
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, name := range names {
		if !strings.HasSuffix(name, "_test.go") {
			list = append(list, name)
		}
	}
	return list
}

// It is linked into sites that know nothing of Jargo.
func TestImports(t *testing.T) {
	seen := map[string]bool{}
	for _, name := range files(t) {
		seen[name] = true
		src, _ := fs.ReadFile(engine.Source, name)
		f, err := parser.ParseFile(token.NewFileSet(), name, src, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range f.Imports {
			path := strings.Trim(spec.Path.Value, `"`)
			if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
				t.Errorf("%s imports %s, which is not in the standard library", name, path)
			}
			if path == "embed" && name != "source.go" || path == "reflect" || path == "unsafe" {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
	if !seen["source.go"] || !seen["main.go"] {
		t.Errorf("Source has %v", seen)
	}
}

const program = `package main

import (
	"fmt"
	"context"
	"net/http"
	"net/http/httptest"

	"example.com/an.old/site/internal/engine.v1"
)

func boom() { panic("boom") }

func main() {
	pages := []engine.Page{
		{Pattern: "/", Config: fresh, Render: func(*engine.Response, *http.Request) error { boom(); return nil }},
		{Pattern: "/nil", Config: fresh, Render: func(*engine.Response, *http.Request) error { panic(nil) }},
		{Pattern: "/{slug}", Config: fresh, Render: func(w *engine.Response, r *http.Request) error { return w.String(r.PathValue("slug")) }},
	}
	h := engine.NewHandler(pages, engine.Options{Log: func(_ context.Context, m string) { fmt.Println(m) }})
	for _, path := range []string{"/", "/nil", "/hello"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(w.Code)
	}
}

func fresh() engine.Config { return engine.Config{Kind: engine.Fresh} }
`

// The source is compiled into the site's module: under another import path, in
// the language of that module, without this file's neighbours.
func TestSourceInAnotherModule(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) {
		name = filepath.Join(dir, name)
		err := os.MkdirAll(filepath.Dir(name), 0o755)
		if err == nil {
			err = os.WriteFile(name, data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", []byte("module example.com/an.old/site\n\ngo 1.18\n"))
	write("main.go", []byte(program))
	for _, name := range files(t) {
		if name == "source.go" {
			continue
		}
		src, err := fs.ReadFile(engine.Source, name)
		if err != nil {
			t.Fatal(err)
		}
		write("internal/engine.v1/"+name, src)
	}
	cmd := exec.Command("go", "run", "-trimpath", ".")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off", "GOFLAGS=", "GOPROXY=off")
	out, err := cmd.CombinedOutput()
	const want = `GET /: panic: boom
	main.boom
		example.com/an.old/site/main.go:12
	main.main.func1
		example.com/an.old/site/main.go:16
500
GET /nil: panic: nil
500
200
`
	if err != nil || string(out) != want {
		t.Errorf("%v, prints\n%s\nwant\n%s", err, out, want)
	}
}
