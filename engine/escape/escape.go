// Package escape is what compiled templates call: the escapers of html/template,
// the printing of text/template, and a writer for the page.
//
// A template's contexts are decided when it is compiled, by html/template's own
// escaper. It ends each action with calls such as _html_template_htmlescaper, and
// this package has a pair of functions for each of them: X takes a string, XAny
// takes what html/template's function takes. Both return the same bytes as that
// function in the version of Go that the tests run with.
//
//	{{.Title}}                    w.HTML(p.Title)
//	<a href="/?q={{.Query}}">     w.Attr(escape.URL(p.Query))
//	<script>x = {{.Data}}         w.Text(escape.JSValAny(p.Data))
//
// An XAny runs the methods String, Error and MarshalJSON of its argument. If one
// of them panics, fmt and with it most of the functions write the panic into
// the page, as html/template does; JSValAny lets a panic of String or MarshalJSON
// through, where html/template would end the template with an error.
//
// The package is linked into small programs: it imports neither html/template nor
// anything as large, and does nothing before it is called. All functions may be
// called concurrently; a Writer is of one goroutine.
package escape

// failsafe stands where a value is not let through. It is html/template's word,
// for people search for it.
const failsafe = "ZgotmplZ"
