package bench_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
)

// The benchmarks of a save change a file, and measure how long it takes until the
// site's new program is there and runs: compiled as while a site is developed, against
// go build of the same program after the same change, and its start.

// BenchmarkSaveKitchenSink changes what a page of the kitchen sink renders.
func BenchmarkSaveKitchenSink(b *testing.B) {
	site := newDir(b)
	if err := os.CopyFS(site, os.DirFS(filepath.Join("..", "examples", "kitchensink"))); err != nil {
		b.Fatal(err)
	}
	writeModule(b, site)
	compareSave(b, site, "pages/fresh_without_data/page.go", "<title>Fresh", "%d")
}

// BenchmarkSavePage changes what one of 200 pages renders.
func BenchmarkSavePage(b *testing.B) {
	compareSave(b, wrapped(b), "pages/page7/page.go", "<h1>", "%d")
}

// BenchmarkSaveLayout changes what a function does that 200 pages call.
func BenchmarkSaveLayout(b *testing.B) {
	compareSave(b, wrapped(b), "layout/layout.go", "<html>", "<!-- %d -->")
}

// BenchmarkSaveSignature changes what that function takes.
func BenchmarkSaveSignature(b *testing.B) {
	compareSave(b, wrapped(b), "layout/layout.go", "title, body string", ", _ ...[%d]int")
}

// wrapped is a site of 200 pages that all import a layout.
func wrapped(b *testing.B) string {
	site := newDir(b)
	writeModule(b, site)
	writeFile(b, filepath.Join(site, "layout", "layout.go"), `// Package layout is what all pages look like.
package layout

import "strings"

// Wrap is a page with a title.
func Wrap(title, body string) string {
	var b strings.Builder
	b.WriteString("<html><title>" + title + "</title>")
	for _, word := range strings.Fields(body) {
		b.WriteString(word + " ")
	}
	return b.String()
}
`)
	for i := range 200 {
		writeFile(b, filepath.Join(site, "pages", fmt.Sprintf("page%d", i), "page.go"), fmt.Sprintf(`package page%[1]d

import "example.com/site/layout"

func Render() string { return layout.Wrap("Page %[1]d", "<h1>Page %[1]d</h1>") }
`, i))
	}
	return site
}

// compareSave changes a file before each build: behind a text of it stands added,
// with another number each time.
func compareSave(b *testing.B, site, name, behind, added string) {
	b.Helper()
	file := filepath.Join(site, filepath.FromSlash(name))
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	before, after, ok := strings.Cut(string(data), behind)
	if !ok {
		b.Fatalf("%s has no %q", name, behind)
	}
	number := os.Getpid() * 1000 // the Go tool's cache has what earlier runs compiled
	save := func() {
		number++
		writeFile(b, file, before+behind+fmt.Sprintf(added, number)+after)
	}
	cache := newDir(b)
	loadQuick(b, site, cache) // makes the overlay
	goTool, program := goBuildWith(b, site, filepath.Join(cache, "overlay.json"))
	reportRatio(b, compare(b,
		side{"jargo", func() cost { save(); return loadQuick(b, site, cache) }},
		side{"plain", func() cost {
			save()
			built := goTool()
			s := start(b, program)
			took := time.Since(s.started)
			s.stop()
			return cost{built.wall + took, built.cpu + cpuOf(s.cmd.ProcessState)}
		}},
	))
}

// loadQuick compiles the site's program and starts it, until it has said what its
// pages are.
func loadQuick(b *testing.B, site, cache string) cost {
	var diags diag.List
	started, before := time.Now(), cpuTime(b)
	program, err := golang.Load(b.Context(), golang.Options{Dir: site, Cache: cache, Quick: true}, &diags)
	took := time.Since(started)
	if err != nil || len(diags) > 0 {
		b.Fatal(err, diags)
	}
	program.Close()
	return cost{took, cpuTime(b) - before}
}
