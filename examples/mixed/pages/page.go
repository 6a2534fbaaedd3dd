// Package pages is the start page of a site in two languages.
package pages

// Render renders the page.
func Render() string {
	return "<!DOCTYPE html>\n<title>Mixed</title>\n<h1>Go and Python</h1>\n" +
		"<p><a href=\"/about\">Go</a> and <a href=\"/about/team\">Python</a>, side by side;\n" +
		"a <a href=\"/clock\">clock</a>, <a href=\"/hello/ada\">hello</a> and <a href=\"/notes/one\">notes</a>.\n"
}
