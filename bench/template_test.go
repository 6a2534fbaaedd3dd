package bench_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkSaveTemplate saves the HTML of one of 200 pages below a layout.
func BenchmarkSaveTemplate(b *testing.B) {
	measureSave(b, templates(b), edit{
		file:   "pages/page7/page.html",
		behind: map[string]string{"<h1>": "%d "},
		path:   "/page7", shows: "<h1>%d Page 7</h1>",
	})
}

// BenchmarkSaveTemplateLayout saves their layout.
func BenchmarkSaveTemplateLayout(b *testing.B) {
	measureSave(b, templates(b), edit{
		file:   "pages/layout.html",
		behind: map[string]string{"<body>": "%d"},
		path:   "/page7", shows: "<body>%d",
	})
}

// BenchmarkSaveTemplatePartial saves a partial that all of them use.
func BenchmarkSaveTemplatePartial(b *testing.B) {
	measureSave(b, templates(b), edit{
		file:   "pages/_row.html",
		behind: map[string]string{"<td>": "%d "},
		path:   "/page7", shows: "<td>%d cell 0",
	})
}

// templates is a site of 200 pages of HTML with data, below a layout.
func templates(b *testing.B) string {
	site := newDir(b)
	writeModule(b, site)
	writeFile(b, filepath.Join(site, "pages", "layout.html"), layoutHTML)
	writeFile(b, filepath.Join(site, "pages", "_row.html"), "<tr><td>{{.Name}}</td><td>{{.Count}}</td></tr>\n")
	for i := range 200 {
		writeTemplatePage(b, site, i, `package page%[1]d

type Row struct {
	Name  string
	Count int
}

type Page struct {
	Title string
	Rows  []Row
}

func Data() Page { return Page{"Page %[1]d", []Row{{"cell 0", %[1]d}}} }
`, `{{define "title"}}{{.Title}}{{end}}<h1>{{.Title}}</h1>
<table>{{range .Rows}}{{template "row" .}}{{end}}</table>
`)
	}
	return site
}

const layoutHTML = `<!DOCTYPE html>
<html lang="en"><head><title>{{block "title" .}}Site{{end}}</title></head>
<body><nav><a href="/">Home</a> <a href="/about">About</a></nav>
{{template "content" .}}
</body></html>
`

// writeTemplatePage writes a page with a number, which its package may name.
func writeTemplatePage(b *testing.B, site string, i int, source, html string) {
	dir := filepath.Join(site, "pages", fmt.Sprintf("page%d", i))
	writeFile(b, filepath.Join(dir, "page.go"), fmt.Sprintf(source, i))
	if html != "" {
		writeFile(b, filepath.Join(dir, "page.html"), html)
	}
}

const tableHTML = `<!DOCTYPE html>
<html lang="en"><head><title>{{.Title}}</title></head>
<body><h1>{{.Title}}</h1>
<table>
{{range .Rows}}<tr><td>{{.Name}}</td><td>{{.Owner}}</td><td>{{.Count}}</td><td>{{.Size}}</td><td>{{.Public}}</td></tr>
{{end}}</table>
</body></html>
`

// executed is the Go code that executes the template.
const executed = `
var _, _ = html.EscapeString, strconv.Itoa
var _ strings.Builder

//go:embed table.html
var source string

var page = template.Must(template.New("page").Parse(source))

func Render(w io.Writer, p Page) error { return page.Execute(w, p) }
`

// BenchmarkTemplate asks the function of a site for a fresh page with a table of 20 rows,
// by wrk: compiled from HTML, executed by html/template, and written by hand. The function
// is asked directly, on one core.
func BenchmarkTemplate(b *testing.B) {
	if _, err := exec.LookPath("wrk"); err != nil {
		b.Fatal("wrk is needed: apt-get install wrk")
	}
	site := newDir(b)
	writeModule(b, site)
	const head = "package %s\n\nimport (\n\t_ \"embed\"\n\t\"html\"\n\t\"html/template\"\n\t\"io\"\n\t\"net/http\"\n\t\"strconv\"\n\t\"strings\"\n\n\t\"github.com/jargo-dev/jargo\"\n)\n\nfunc Config() jargo.Config { return jargo.Fresh{} }\n"
	table, byHand := freshPage(b)
	write := func(name, more string) {
		source := fmt.Sprintf(head, name) + table + more
		if name != "executed" {
			source = strings.ReplaceAll(source, "\t_ \"embed\"\n", "")
		}
		writeFile(b, filepath.Join(site, "pages", name, "page.go"), source)
	}
	write("byhand", byHand+"\nvar _ io.Writer\n\nvar _ = template.HTMLEscapeString\n")
	write("executed", executed)
	writeFile(b, filepath.Join(site, "pages", "executed", "table.html"), tableHTML)
	writeFile(b, filepath.Join(site, "pages", "compiled", "page.go"),
		"package compiled\n\nimport (\n\t\"net/http\"\n\n\t\"github.com/jargo-dev/jargo\"\n)\n\nfunc Config() jargo.Config { return jargo.Fresh{} }\n"+table)
	writeFile(b, filepath.Join(site, "pages", "compiled", "page.html"), tableHTML)
	function, err := filepath.EvalSymlinks(filepath.Join(buildSite(b, site), "functions", "compiled.func", "executable"))
	if err != nil {
		b.Fatal(err)
	}
	os.Setenv("GOMAXPROCS", "1")
	defer os.Unsetenv("GOMAXPROCS")
	s := startFunction(b, function)
	defer s.stop()
	page := body(b, s, "/compiled")
	for _, name := range []string{"/executed", "/byhand"} {
		if got := body(b, s, name); strings.ReplaceAll(got, name, "/compiled") != page {
			b.Fatalf("%s is another page:\n%s\nwant\n%s", name, got, page)
		}
	}
	rates := map[string][]float64{}
	for b.Loop() {
		for _, name := range []string{"compiled", "executed", "byhand"} {
			rates[name] = append(rates[name], rate(b, "http://"+s.addr+"/"+name))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(len(page)), "bytes")
	for name, list := range rates {
		b.ReportMetric(median(list), name+"/s")
	}
	b.ReportMetric(median(rates["compiled"])/median(rates["executed"]), "compiled-to-executed")
	b.ReportMetric(median(rates["compiled"])/median(rates["byhand"]), "compiled-to-byhand")
}

// freshPage is the page of the site fresh, a table of 20 rows: its data, and the Go code that
// somebody would write in the place of the template.
func freshPage(b *testing.B) (data, byHand string) {
	source, err := os.ReadFile("fresh/pages/page.go")
	if err != nil {
		b.Fatal(err)
	}
	_, rest, found := strings.Cut(string(source), "\ntype Row")
	data, byHand, foundToo := strings.Cut(rest, "\nfunc Render")
	if !found || !foundToo {
		b.Fatal("the page is not what it was")
	}
	return "\ntype Row" + data, "\nfunc Render" + byHand
}

// body is the body of a response.
func body(b *testing.B, s *server, path string) string {
	request, err := http.NewRequestWithContext(b.Context(), http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		b.Fatal(err)
	}
	setInternal(request.Header)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s, %v", path, response.Status, err)
	}
	return string(text)
}

// rate is how many requests a second wrk sends in two seconds.
func rate(b *testing.B, url string) float64 {
	perSecond, _ := wrk(b, url, 32)
	return perSecond
}

// wrk is how many requests a second wrk sends in two seconds by a number of connections, and
// what 99 of 100 of them do not take longer than.
func wrk(b *testing.B, url string, connections int) (perSecond float64, p99 time.Duration) {
	args := []string{"-c", strconv.Itoa(connections), "-d2s", "--latency"}
	header := http.Header{}
	setInternal(header)
	for name := range header {
		args = append(args, "-H", name+": "+header.Get(name))
	}
	out := runWrk(b, append(args, url)...)
	for line := range strings.Lines(out) {
		if text, ok := strings.CutPrefix(strings.TrimSpace(line), "99%"); ok {
			var err error
			if p99, err = time.ParseDuration(strings.TrimSpace(text)); err != nil {
				b.Fatalf("wrk: %v\n%s", err, out)
			}
		}
		if _, err := fmt.Sscanf(line, "Requests/sec: %f", &perSecond); err == nil {
			return perSecond, p99
		}
	}
	b.Fatalf("wrk says no rate:\n%s", out)
	return 0, 0
}

// runWrk returns what wrk says. It has a core that is not the server's.
func runWrk(b *testing.B, args ...string) string {
	out, err := exec.CommandContext(b.Context(), "taskset", append([]string{"-c", "1", "wrk", "-t1"}, args...)...).CombinedOutput()
	if err != nil || strings.Contains(string(out), "Non-2xx") {
		b.Fatalf("wrk: %v\n%s", err, out)
	}
	return string(out)
}

// BenchmarkTemplateStart starts the function of a site with 50 fresh pages of HTML and
// that of one with as many written in Go, by turns: from exec to the first response. It
// reports the sizes, and that of a function whose pages execute the same HTML.
func BenchmarkTemplateStart(b *testing.B) {
	const config = "package page%[1]d\n\nimport (\n\t\"net/http\"\n%[2]s\n\t\"github.com/jargo-dev/jargo\"\n)\n\nfunc Config() jargo.Config { return jargo.Fresh{} }\n\ntype Row struct{ Name string; Count int }\n\nfunc Data(r *http.Request) []Row { return []Row{{r.URL.Path, %[1]d}} }\n"
	const html = "<ul>{{range .}}<li class=\"{{.Name}}\">{{.Name}}: {{.Count}}</li>{{end}}</ul>\n"
	program := func(source, markup string) string {
		site := newDir(b)
		writeModule(b, site)
		for i := range 50 {
			writeTemplatePage(b, site, i, source, markup)
		}
		if markup != "" {
			writeFile(b, filepath.Join(site, "pages", "layout.html"), layoutHTML)
		}
		function, err := filepath.EvalSymlinks(filepath.Join(buildSite(b, site), "functions", "page7.func", "executable"))
		if err != nil {
			b.Fatal(err)
		}
		return function
	}
	with := func(imports string) string { return strings.ReplaceAll(config, "%[2]s", imports) }
	compiled := program(with(""), html)
	plain := program(with("")+"\nfunc Render(rows []Row) string { return \"<p>\" + rows[0].Name }\n", "")
	linked := program(with("\t\"html/template\"\n\t\"io\"\n")+
		"\nvar page = template.Must(template.New(\"\").Parse(`"+html+"`))\n\nfunc Render(w io.Writer, rows []Row) error { return page.Execute(w, rows) }\n", "")
	m := compare(b,
		side{"html", func() cost { return firstResponse(b, startFunction, compiled, "/page7") }},
		side{"plain", func() cost { return firstResponse(b, startFunction, plain, "/page7") }},
		side{"linked", func() cost { return firstResponse(b, startFunction, linked, "/page7") }},
	)
	reportRatio(b, m)
	b.ReportMetric(megabytes(b, compiled), "html-MB")
	b.ReportMetric(megabytes(b, plain), "plain-MB")
	b.ReportMetric(megabytes(b, linked), "linked-MB")
}
