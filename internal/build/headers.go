package build

import (
	"maps"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/output"
	"github.com/jargo-dev/jargo/internal/site"
)

// addHeaders keeps the headers that a build page sets, other than its type, as
// a route of the hit phase. What such a route cannot say is reported.
func (w *writer) addHeaders(job *site.Job, header http.Header) {
	headers := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		if name == "Content-Type" || name == "Content-Length" {
			continue
		}
		value := strings.Join(header[name], ", ")
		switch {
		case name == "Set-Cookie" && len(header[name]) > 1:
			w.diags.AddOf(job.Path, job.Page.Source, job.Page.Terms.MakeFresh,
				"%s sets several cookies, but a build page can set one at most")
		case engine.HoldsVariable(value):
			w.diags.AddOf(job.Path, job.Page.Source, job.Page.Terms.MakeFresh+", or write the value without $",
				"%s sets the header %s, whose value the platform would read as holding a variable: %q", name, value)
		default:
			headers[name] = value
		}
	}
	if len(headers) > 0 {
		w.headers = append(w.headers, output.Route{Src: w.hitSource(job.Path), Headers: headers, Continue: true, CaseSensitive: true})
	}
}

// hitSource matches the output at a concrete path. The path may be spelled
// percent-encoded there or not.
func (w *writer) hitSource(path string) string {
	switch {
	case path == "/":
		return `^/(?:index(?:\.html)?)?$`
	case w.pagePath(path) != outputPath(path):
		return "^" + path + `(?:\.html)?$`
	}
	plain, encoded := regexp.QuoteMeta(path), regexp.QuoteMeta(site.EscapePath(path))
	if plain == encoded {
		return "^" + plain + "$"
	}
	return "^(?:" + plain + "|" + encoded + ")$"
}

// extension is a file extension for a content type, ".bin" for one without.
// The table is small on purpose: the system's own differs between machines.
func extension(contentType string) string {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return ".bin"
	}
	_, sub, _ := strings.Cut(media, "/")
	switch {
	case media == "text/plain":
		return ".txt"
	case sub == "html", sub == "json", sub == "xml", sub == "css", sub == "csv":
		return "." + sub
	case strings.HasSuffix(sub, "+json"):
		return ".json"
	case strings.HasSuffix(sub, "+xml"):
		return ".xml"
	}
	return ".bin"
}

// flatten makes the one value per name that the format's header maps hold.
func flatten(header http.Header) map[string]string {
	flat := map[string]string{}
	for name, values := range header {
		if name != "Content-Length" {
			flat[strings.ToLower(name)] = strings.Join(values, ", ")
		}
	}
	return flat
}

// query writes a query of one parameter whose value has captures: those and
// slashes stay as they are.
func query(name, value string) string {
	return "?" + url.QueryEscape(name) + "=" + value
}
