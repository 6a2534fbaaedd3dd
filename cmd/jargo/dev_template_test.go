package main

import (
	"os"
	"testing"
)

// TestDevTemplates works on a site of nothing but HTML, to which Go comes and from which it
// goes again.
func TestDevTemplates(t *testing.T) {
	t.Parallel()
	d := startDev(t, `
-- pages/layout.html --
<title>{{block "title" .}}Site{{end}}</title>{{template "content" .}}
-- pages/page.html --
<h1>Home</h1>
-- pages/404/page.html --
<h1>Nowhere</h1>
`)
	d.shows("/", 200, "<title>Site</title><h1>Home</h1>")
	d.shows("/about", 404, "<title>Site</title><h1>Nowhere</h1>")

	d.write("-- pages/about/page.html --\n{{define \"title\"}}About{{end}}{{template \"nav\" .}}{{range routes}}{{.}} {{end}}\n")
	d.shows("/about", 500, "pages/about/page.html:1:42: there is no template \"nav\"")
	d.write("-- pages/_nav.html --\n<nav>1</nav>\n")
	d.shows("/about", 200, "<title>About</title><nav>1</nav>\n/ /about ")
	d.write("-- pages/_nav.html --\n<nav>2</nav>\n")
	d.shows("/about", 200, "<title>About</title><nav>2</nav>")
	d.write("-- pages/_nav.html --\n<nav>{{if}}</nav>\n")
	d.shows("/about", 500, "pages/_nav.html:1:6: missing value for if")
	d.write("-- pages/_nav.html --\n<nav>3</nav>\n")
	d.shows("/about", 200, "<title>About</title><nav>3</nav>")

	// The first Go file makes another program.
	d.write("-- pages/page.go --\npackage pages\n\nfunc Data() string { return \"data\" }\n")
	d.write("-- pages/page.html --\n<h1>{{.}}</h1>\n")
	d.shows("/", 200, "<h1>data</h1>")
	d.shows("/about", 200, "<nav>3</nav>")
	d.write("-- pages/page.go --\npackage pages\n\nfunc Data() []string { return []string{\"one\", \"two\"} }\n")
	d.shows("/", 200, "<h1>[one two]</h1>")
	d.write("-- pages/page.html --\n{{range .}}<p>{{upper .}}</p>{{end}}\n")
	d.shows("/", 500, "there is no function upper")
	d.write("-- pages/funcs.go --\npackage pages\n\nimport \"strings\"\n\nfunc Funcs() map[string]any { return map[string]any{\"upper\": strings.ToUpper} }\n")
	d.shows("/", 200, "<p>ONE</p><p>TWO</p>")
	// What Funcs has is not in the package's export data.
	d.write("-- pages/funcs.go --\npackage pages\n\nfunc Funcs() map[string]any { return map[string]any{\"upper\": func(s string, more int) string { return s }} }\n")
	d.shows("/", 500, "upper takes 2 arguments, and gets 1")
	d.write("-- pages/page.html --\n{{range .}}<p>{{upper . 1}}</p>{{end}}\n")
	d.shows("/", 200, "<p>one</p><p>two</p>")
	d.change(func(path func(string) string) error { return os.Remove(path("pages/funcs.go")) })
	d.shows("/", 500, "there is no function upper")
	d.change(func(path func(string) string) error { return os.Remove(path("pages/page.go")) })
	d.write("-- pages/page.html --\n<h1>Home again</h1>\n")
	d.shows("/", 200, "<h1>Home again</h1>")

	// A mistake that is taken back is none, also of the types.
	const good = "-- pages/page.go --\npackage pages\n\ntype T struct{ V string }\n\nfunc Data() *T { return &T{\"v\"} }\n"
	d.write(good + "-- pages/page.html --\n<p>{{.V}}</p>\n")
	d.shows("/", 200, "<p>v</p>")
	d.write("-- pages/page.go --\npackage pages\n\nimport \"strings\"\n\ntype T struct{ W string }\n\nfunc Data() *T { return &T{strings.ToUpper(\"w\")} }\n")
	d.shows("/", 500, ".V: Data of / returns *pages.T, which has no V")
	d.write(good)
	d.shows("/", 200, "<p>v</p>")
	// So is a Funcs that comes late to a file.
	d.write(good + "\nfunc Funcs() map[string]any { return map[string]any{\"f\": func() string { return \"late\" }} }\n-- pages/page.html --\n<p>{{f}}</p>\n")
	d.shows("/", 200, "<p>late</p>")

	d.change(func(path func(string) string) error {
		return os.Rename(path("pages/about"), path("pages/moved"))
	})
	d.shows("/moved", 200, "<title>About</title>")
	d.shows("/about", 404, "Nowhere")
	d.stop()
}
