package golang

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/diff"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestGenerate writes the program of a site with a page of each shape.
func TestGenerate(t *testing.T) {
	at := diag.Pos{File: "x", Line: 1, Col: 1}
	var pages []*page
	add := func(place string, p page) {
		var diags diag.List
		p.route, _ = site.ParseRoute(place, diag.Pos{}, &diags)
		if len(diags) > 0 {
			t.Fatal(diags)
		}
		p.ImportPath = filepath.ToSlash(filepath.Join("example.com/site/pages", place))
		p.Source = diag.Pos{File: filepath.ToSlash(filepath.Join("pages", place, "page.go")), Line: 1, Col: 1}
		p.Place = place
		pages = append(pages, &p)
	}
	add("", page{Render: renderShape{Body: bodyString}})
	add("api/error", page{Handler: handlerError})
	add("api/v1.2", page{Handler: handlerFunc, ConfigAt: at})
	add("api/value", page{Handler: handlerValue})
	add("blog/slug_", page{
		ConfigAt: at, Paths: pathsShape{Present: true, Err: true},
		Data:   &dataShape{Request: true, Err: true},
		Render: renderShape{Data: true, Body: bodyHTML, Info: true, Err: true},
	})
	add("bytes", page{Data: &dataShape{}, Render: renderShape{Data: true, Body: bodyBytes, Err: true}})
	add("component", page{Render: renderShape{Body: bodyComponent}})
	add("docs/path__", page{Paths: pathsShape{Present: true}, Render: renderShape{Body: bodyNode, Info: true}})
	add("reader", page{Render: renderShape{Body: bodyReader}})
	add("v1/2", page{Render: renderShape{Body: bodyWriterTo}})
	add("v12", page{Render: renderShape{Body: bodyString}})
	add("v1.2", page{Render: renderShape{Body: bodyString}}) // the import name of v12 is taken
	add("writer", page{Data: &dataShape{Err: true}, Render: renderShape{Writer: true, Data: true, Info: true, Err: true}})
	add("writer/plain", page{Render: renderShape{Writer: true, Err: true}})
	add("writer/silent", page{Render: renderShape{Writer: true}})

	kinds, err := kindsOf(importJargo(t), engineConfig)
	if err != nil {
		t.Fatal(err)
	}
	got, err := generate(&exports{Pages: pages, Kinds: kinds, Open: &export{ImportPath: "example.com/site/pages"},
		Middleware: []*export{
			{Place: "", ImportPath: "example.com/site/pages"},
			{Place: "blog", ImportPath: "example.com/site/pages/blog"}, // no page
			{Place: "unused", ImportPath: "example.com/site/pages/unused"},
			{Place: "blog/slug_", ImportPath: "example.com/site/pages/blog/slug_"},
		}}, nil, "example.com/site/pages/_jargo/engine", "", false)
	if err != nil {
		t.Fatal(err)
	}
	compareGolden(t, "main.go.golden", got)
}

// compareGolden compares what was generated with a file of testdata.
func compareGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	golden := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale: go test ./internal/golang -update\n%s", golden, diff.Diff("want", want, "got", got))
	}
}
