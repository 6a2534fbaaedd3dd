package bench_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
)

// The benchmarks of a save do what the author of a site does: they write a file, and
// measure how long it is until a response has what is new.

// BenchmarkSaveKitchenSink changes what a page of the kitchen sink renders.
func BenchmarkSaveKitchenSink(b *testing.B) {
	compareSave(b, func() string { return example(b, "kitchensink") }, edit{
		file:   "pages/fresh_without_data/page.go",
		behind: map[string]string{"<title>Fresh": "%d"},
		path:   "/fresh_without_data", shows: "<title>Fresh%d",
	})
}

// BenchmarkSavePage changes what one of 200 pages renders.
func BenchmarkSavePage(b *testing.B) {
	compareSave(b, func() string { return wrapped(b) }, edit{
		file:   "pages/page7/page.go",
		behind: map[string]string{"<h1>": "%d"},
		path:   "/page7", shows: "<h1>%d",
	})
}

// BenchmarkSaveLayout changes what a function does that 200 pages call.
func BenchmarkSaveLayout(b *testing.B) {
	compareSave(b, func() string { return wrapped(b) }, edit{
		file:   "layout/layout.go",
		behind: map[string]string{"<html>": "<!-- %d -->"},
		path:   "/page7", shows: "<!-- %d -->",
	})
}

// BenchmarkSaveSignature changes what that function takes, too.
func BenchmarkSaveSignature(b *testing.B) {
	compareSave(b, func() string { return wrapped(b) }, edit{
		file:   "layout/layout.go",
		behind: map[string]string{"<html>": "<!-- %d -->", "title, body string": ", _ ...[%d]int"},
		path:   "/page7", shows: "<!-- %d -->",
	})
}

// BenchmarkSaveEmbedded changes a file that a page of the kitchen sink embeds.
func BenchmarkSaveEmbedded(b *testing.B) {
	measureSave(b, example(b, "kitchensink"), edit{
		file:   "pages/posts/slug_/posts/hello.txt",
		behind: map[string]string{"Hello": "%d"},
		path:   "/posts/hello", shows: "Hello%d",
	})
}

// BenchmarkSavePython changes what a Python page renders.
func BenchmarkSavePython(b *testing.B) {
	measureSave(b, example(b, "python"), edit{
		file:   "pages/fresh_without_data.py",
		behind: map[string]string{"<h1>": "%d"},
		path:   "/fresh_without_data", shows: "<h1>%d",
	})
}

// BenchmarkSavePublic changes a public file of the kitchen sink.
func BenchmarkSavePublic(b *testing.B) {
	measureSave(b, example(b, "kitchensink"), edit{
		file:   "public/a_public_file.txt",
		behind: map[string]string{"": "%d "},
		path:   "/a_public_file.txt", shows: "%d ",
	})
}

// BenchmarkSaveVercel changes vercel.json.
func BenchmarkSaveVercel(b *testing.B) {
	site := example(b, "kitchensink")
	writeFile(b, filepath.Join(site, "vercel.json"), `{"headers": [{"source": "/(.*)", "headers": [{"key": "X-Number", "value": "n"}]}]}`)
	measureSave(b, site, edit{
		file:   "vercel.json",
		behind: map[string]string{`"n`: "%d"},
		path:   "/", shows: "X-Number: n%d\r\n",
	})
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

// example is a copy of an example.
func example(b *testing.B, name string) string {
	site := newDir(b)
	if err := os.CopyFS(site, os.DirFS(filepath.Join("..", "examples", name))); err != nil {
		b.Fatal(err)
	}
	writeModule(b, site)
	return site
}

// edit is a change of a file, another each time that it is saved: %d is its number.
type edit struct {
	file   string
	behind map[string]string // what stands behind the first occurrence of a text
	path   string            // of the response that
	shows  string            // it, in its header or its body
}

// edited is a site that is being edited.
type edited struct {
	b *testing.B
	edit
	dir    string
	source string // of the file, unchanged
	number int    // of the last change
}

func newEdited(b *testing.B, dir string, e edit) *edited {
	source, err := os.ReadFile(filepath.Join(dir, e.file))
	if err != nil {
		b.Fatal(err)
	}
	// The Go tool's cache has what earlier runs compiled.
	return &edited{b: b, edit: e, dir: dir, source: string(source), number: os.Getpid() * 1000}
}

// save writes the file with the next change.
func (e *edited) save() {
	e.number++
	text := e.source
	for behind, added := range e.behind {
		before, after, ok := strings.Cut(text, behind)
		if !ok {
			e.b.Fatalf("%s has no %q", e.file, behind)
		}
		text = before + behind + fmt.Sprintf(added, e.number) + after
	}
	writeFile(e.b, filepath.Join(e.dir, e.file), text)
}

// isShown reports whether a server responds with the last change.
func (e *edited) isShown(addr string) bool {
	request, err := http.NewRequestWithContext(e.b.Context(), http.MethodGet, "http://"+addr+e.path, nil)
	if err != nil {
		e.b.Fatal(err)
	}
	setInternal(request.Header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false // servers of others are away while they start again
	}
	defer response.Body.Close()
	var text strings.Builder
	_ = response.Header.Write(&text)
	_, err = io.Copy(&text, response.Body)
	return err == nil && response.StatusCode < 300 && strings.Contains(text.String(), fmt.Sprintf(e.shows, e.number))
}

// between is how long nothing is saved before the next change: the work for the last
// one may go on for a while when it is shown.
const between = 300 * time.Millisecond

// saveAt measures how long it takes from a change until the response to a request that
// follows what ready waits for, to the address that it returns.
func (e *edited) saveAt(ready func() (addr string)) cost {
	time.Sleep(between)
	started := time.Now()
	e.save()
	addr := ready()
	if !e.isShown(addr) {
		e.b.Fatalf("%s: %s does not show a change of %s", addr, e.path, e.file)
	}
	return cost{wall: time.Since(started)}
}

// developing is a running jargo dev, and a page of it that waits to be loaded again.
type developing struct {
	*serving
	b      *testing.B
	events *bufio.Scanner
}

// develop starts jargo dev on a site.
func develop(b *testing.B, site string) *developing {
	s := startJargo(b, goBuild(b, "..", "./cmd/jargo"), "dev", "--addr=127.0.0.1:0", site)
	response, err := http.Get("http://" + s.addr + "/_jargo/events?at=before")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { response.Body.Close() })
	d := &developing{s, b, bufio.NewScanner(response.Body)}
	d.wait() // to be told where it is
	return d
}

// wait waits for the page to be told to load again, and returns the address to do so.
func (d *developing) wait() string {
	for d.events.Scan() {
		if strings.HasPrefix(d.events.Text(), "data:") {
			return d.addr
		}
	}
	d.b.Fatal("no more events: ", d.events.Err())
	return ""
}

// measureSave measures saves in a site while it is developed.
func measureSave(b *testing.B, site string, e edit) {
	dev, edited := develop(b, site), newEdited(b, site, e)
	compare(b, side{"jargo", func() cost { return edited.saveAt(dev.wait) }})
	b.ReportMetric(dev.memory(b, "VmHWM"), "jargo-MB")
}

// compareSave measures saves in a site while it is developed, beside go build and a start
// of the same program in another copy of the site.
func compareSave(b *testing.B, site func() string, e edit) {
	developed, plain := newEdited(b, site(), e), newEdited(b, site(), e)
	dev := develop(b, developed.dir)
	cache := newDir(b)
	makeOverlay(b, plain.dir, cache)
	goTool, program := goBuildWith(b, plain.dir, filepath.Join(cache, "overlay.json"))
	m := compare(b,
		side{"jargo", func() cost { return developed.saveAt(dev.wait) }},
		side{"plain", func() cost {
			var s *server
			defer func() { s.stop() }()
			return plain.saveAt(func() string {
				goTool()
				s = startFunctionWith(b, program, engine.Development+"="+plain.dir)
				return s.addr
			})
		}},
	)
	b.ReportMetric(m[0].wall/m[1].wall, "ratio")
	b.ReportMetric(dev.memory(b, "VmHWM"), "jargo-MB")
}

// makeOverlay makes the overlay with the source of a site's program.
func makeOverlay(b *testing.B, site, cache string) {
	var diags diag.List
	program, err := golang.Load(b.Context(), golang.Options{Dir: site, Cache: cache}, &diags)
	if err != nil || len(diags) > 0 {
		b.Fatal(err, diags)
	}
	program.Close()
}
