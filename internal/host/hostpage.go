package host

import (
	"cmp"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/wire"
)

// titles describe a status in one sentence.
var titles = map[int]string{
	http.StatusBadRequest:            "Bad request",
	http.StatusForbidden:             "You don't have the required permissions",
	http.StatusNotFound:              "The page could not be found.",
	http.StatusMethodNotAllowed:      "Method not allowed",
	http.StatusRequestTimeout:        "The request was not complete in time",
	http.StatusRequestEntityTooLarge: "Request Entity Too Large",
	http.StatusRequestURITooLong:     "The address is too long",
	http.StatusInternalServerError:   "A server error has occurred",
	http.StatusBadGateway:            "An error occurred with this application.",
	http.StatusGatewayTimeout:        "An error occurred with your deployment",
	http.StatusServiceUnavailable:    "This server is busy. Please try again in a moment.",
	http.StatusLoopDetected:          "The routes form a loop",
}

var errorPage = template.Must(template.New("error").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Status}}: {{.Title}}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;max-width:36rem;margin:15vh auto;padding:0 1rem}code{color:#666}</style>
<h1>{{.Status}}</h1>
<p>{{.Title}}</p>
{{with .Reason}}<p>{{.}}</p>
{{end}}<p><code>{{.Code}}</code> <code>{{.ID}}</code></p>
</html>
`))

// hostPage returns the host's own page for a failure, in a content type that the
// visitor accepts.
func hostPage(q *request, failed *response) *response {
	status, code := failed.status, failed.code
	title := cmp.Or(titles[status], http.StatusText(status))
	resp := &response{status: status, header: failed.header, defaults: platformDefaults, close: failed.close}
	resp.header["X-Vercel-Error"] = []string{code}
	var body strings.Builder
	switch accepted(q) {
	case acceptsJSON:
		var page struct {
			Error struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			} `json:"error"`
		}
		page.Error.Code, page.Error.Message = status, title
		json.NewEncoder(&body).Encode(page)
	case acceptsHTML:
		errorPage.Execute(&body, map[string]any{"Status": status, "Title": title, "Reason": failed.reason, "Code": code, "ID": q.id})
	default:
		fmt.Fprintf(&body, "%s\n\n%s\n", title, code)
		if failed.reason != "" {
			fmt.Fprintf(&body, "\n%s\n", failed.reason)
		}
	}
	return resp.withText(q, body.String())
}

// redirect sends the visitor to another location.
func redirect(q *request, location string, status int) *response {
	resp := &response{status: status, header: http.Header{"Location": {location}}, defaults: platformDefaults}
	switch accepted(q) {
	case acceptsJSON:
		data, _ := json.Marshal(struct {
			Redirect string `json:"redirect"`
			Status   string `json:"status"`
		}{location, strconv.Itoa(status)}) // strings always encode
		return resp.withText(q, string(data))
	case acceptsHTML:
		return resp.withText(q, `<!doctype html><a href="`+template.HTMLEscapeString(location)+`">Redirecting...</a>`+"\n")
	}
	return resp.withText(q, "Redirecting...\n")
}

// The content types of the host's own pages.
const (
	acceptsJSON = "application/json; charset=utf-8"
	acceptsHTML = "text/html; charset=utf-8"
	acceptsText = "text/plain; charset=utf-8"
)

// accepted returns the content type that a visitor gets.
func accepted(q *request) string {
	switch accept := q.Header.Get("Accept"); {
	case strings.Contains(accept, "json"):
		return acceptsJSON
	case strings.Contains(accept, "html"):
		return acceptsHTML
	}
	return acceptsText
}

// withText sets the body of a response, in the content type that the visitor
// accepts.
func (resp *response) withText(q *request, text string) *response {
	resp.header["Content-Type"] = []string{accepted(q)}
	resp.header["X-Content-Type-Options"] = []string{"nosniff"}
	resp.body = &wire.Bytes{Data: []byte(text)}
	return resp
}
