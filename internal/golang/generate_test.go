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
		p.importPath = filepath.ToSlash(filepath.Join("example.com/site/pages", place))
		p.source = diag.Pos{File: filepath.ToSlash(filepath.Join("pages", place, "page.go")), Line: 1, Col: 1}
		pages = append(pages, &p)
	}
	add("", page{render: renderShape{body: bodyString}})
	add("api/v1.2", page{handler: true, configAt: at})
	add("blog/slug_", page{
		configAt: at, paths: pathsShape{present: true, err: true},
		data:   &dataShape{request: true, err: true},
		render: renderShape{data: true, body: bodyHTML, info: true, err: true},
	})
	add("bytes", page{data: &dataShape{}, render: renderShape{data: true, body: bodyBytes, err: true}})
	add("component", page{render: renderShape{body: bodyComponent}})
	add("docs/path__", page{paths: pathsShape{present: true}, render: renderShape{body: bodyNode, info: true}})
	add("reader", page{render: renderShape{body: bodyReader}})
	add("v1/2", page{render: renderShape{body: bodyWriterTo}})
	add("v12", page{render: renderShape{body: bodyString}})
	add("v1.2", page{render: renderShape{body: bodyString}}) // the import name of v12 is taken
	add("writer", page{data: &dataShape{err: true}, render: renderShape{writer: true, data: true, info: true, err: true}})
	add("writer/plain", page{render: renderShape{writer: true, err: true}})
	add("writer/silent", page{render: renderShape{writer: true}})

	got, err := generate(pages, "example.com/site/pages/_jargo/engine")
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "main.go.golden")
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
