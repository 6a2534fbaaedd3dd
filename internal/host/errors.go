package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/router"
)

// statusOf is the status of the platform's codes for functions.
var statusOf = map[string]int{
	function.CodeFailed:           http.StatusInternalServerError,
	function.CodeTimeout:          http.StatusGatewayTimeout,
	function.CodeNoResponse:       http.StatusBadGateway,
	function.CodePayloadTooLarge:  http.StatusRequestEntityTooLarge,
	function.CodeResponseTooLarge: http.StatusInternalServerError,
	function.CodeBodyNotString:    http.StatusBadGateway,
	function.CodeUnsupported:      http.StatusBadGateway,
	function.CodeThrottled:        http.StatusServiceUnavailable,
}

// failFunction answers for a function that did not.
func (x *exchange) failFunction(err error) {
	code := function.CodeFailed
	var known *function.Error
	switch {
	case errors.As(err, &known):
		code = known.Code
		if code == function.CodeUnsupported {
			x.reason = err.Error() // it is about the host, and for whoever runs it
		}
	case errors.Is(err, function.ErrTimeout):
		code = function.CodeTimeout
	case x.r.Context().Err() != nil:
		x.w.status = statusGone
		return
	}
	x.fail(statusOf[code], code, err)
}

// fail answers a request that the host or an output failed at: by a page of
// the error phase if the output has one. cause goes to the log only.
func (x *exchange) fail(status int, code string, cause error) {
	x.cause = errors.Join(x.cause, cause)
	if x.w.status != 0 {
		// The answer has begun: cutting it off is all that tells the visitor.
		panic(http.ErrAbortHandler)
	}
	header := x.w.Header()
	for name := range header {
		if name != "Allow" {
			delete(header, name) // it was said of another answer
		}
	}
	header["X-Vercel-Id"] = []string{x.id}
	if status == http.StatusServiceUnavailable {
		header["Retry-After"] = []string{retryAfter}
	}
	if x.decision == nil || x.failed {
		x.showFailure(status, code)
		return
	}
	x.failed = true
	x.header = x.header.Clone() // a page may still be rendered with the one there is
	x.dropBody()
	x.decision = x.deployment.table.Fail(x.decision, status, code)
	if status >= 500 {
		header["X-Vercel-Error"] = []string{code}
	}
	x.answer()
}

// retryAfter is when a visitor may come back to a host that is busy, in seconds.
const retryAfter = "10"

// dropBody makes the request one without a body: another output has had it.
func (x *exchange) dropBody() {
	x.r = x.r.WithContext(x.r.Context()) // which may be changed
	x.r.Body, x.r.ContentLength = http.NoBody, 0
	x.r.TransferEncoding, x.r.Trailer = nil, nil
	for _, name := range []string{"Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Expect"} {
		x.header.Del(name)
	}
}

// titles are what is said of a status in one sentence.
var titles = map[int]string{
	http.StatusBadRequest:            "Bad request",
	http.StatusForbidden:             "You don't have the required permissions",
	http.StatusNotFound:              "The page could not be found.",
	http.StatusMethodNotAllowed:      "Method not allowed",
	http.StatusRequestTimeout:        "The request did not come to its end",
	http.StatusRequestEntityTooLarge: "Request Entity Too Large",
	http.StatusRequestURITooLong:     "The address is too long",
	http.StatusInternalServerError:   "A server error has occurred",
	http.StatusBadGateway:            "An error occurred with this application.",
	http.StatusGatewayTimeout:        "An error occurred with your deployment",
	http.StatusServiceUnavailable:    "This server is busy. Please try again in a moment.",
	http.StatusLoopDetected:          "The routes lead to one another without end",
}

// codes are the platform's codes where only a status is known.
var codes = map[int]string{
	http.StatusNotFound:         "NOT_FOUND",
	http.StatusForbidden:        "FORBIDDEN",
	http.StatusMethodNotAllowed: "INVALID_REQUEST_METHOD",
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

// showFailure sends the host's own page, in the form that the visitor accepts.
func (x *exchange) showFailure(status int, code string) {
	if code == "" {
		code = codes[status]
	}
	if code == "" {
		code = strconv.Itoa(status)
	}
	title, ok := titles[status]
	if !ok {
		title = http.StatusText(status)
	}
	reason := x.reason
	if x.decision != nil && x.decision.Kind == router.Fail && x.decision.Reason != "" {
		reason = x.decision.Reason
	}
	var body strings.Builder
	var contentType string
	switch accept := x.r.Header.Get("Accept"); {
	case strings.Contains(accept, "json"):
		contentType = "application/json; charset=utf-8"
		var failure struct {
			Error struct {
				Code    int    `json:"code"`
				Message string `json:"message"`
			} `json:"error"`
		}
		failure.Error.Code, failure.Error.Message = status, title
		json.NewEncoder(&body).Encode(failure)
	case strings.Contains(accept, "html"):
		contentType = "text/html; charset=utf-8"
		errorPage.Execute(&body, map[string]any{"Status": status, "Title": title, "Reason": reason, "Code": code, "ID": x.id})
	default:
		contentType = "text/plain; charset=utf-8"
		fmt.Fprintf(&body, "%s\n\n%s\n", title, code)
		if reason != "" {
			fmt.Fprintf(&body, "\n%s\n", reason)
		}
	}
	x.cache, x.function = "", ""
	header := x.w.Header()
	header.Set("Content-Type", contentType)
	header.Set("X-Vercel-Error", code)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(body.Len()))
	x.finish(header, map[string]string{"Cache-Control": defaultCacheControl})
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		x.w.Write([]byte(body.String()))
	}
}

// redirect sends the redirect that routing decided on.
func (x *exchange) redirect() {
	location := x.decision.Header["Location"]
	x.finish(x.w.Header(), nil)
	x.redirectTo(location, x.decision.Status)
}

func (x *exchange) redirectTo(location string, status int) {
	var body, contentType string
	switch accept := x.r.Header.Get("Accept"); {
	case strings.Contains(accept, "json"):
		contentType = "application/json; charset=utf-8"
		data, _ := json.Marshal(struct {
			Redirect string `json:"redirect"`
			Status   string `json:"status"`
		}{location, strconv.Itoa(status)}) // strings cannot fail
		body = string(data)
	case strings.Contains(accept, "html"):
		contentType = "text/html; charset=utf-8"
		body = `<!doctype html><a href="` + template.HTMLEscapeString(location) + `">Redirecting...</a>` + "\n"
	default:
		contentType = "text/plain; charset=utf-8"
		body = "Redirecting...\n"
	}
	header := x.w.Header()
	header.Set("Location", location)
	if _, ok := header["Cache-Control"]; !ok {
		header.Set("Cache-Control", defaultCacheControl)
	}
	header.Set("Content-Type", contentType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	if x.r.Method != http.MethodHead {
		x.w.Write([]byte(body))
	}
}
