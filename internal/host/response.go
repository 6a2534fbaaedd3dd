package host

import (
	"cmp"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/jargo-dev/jargo/internal/host/function"
	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
)

// response is the response to a request. Outputs return one and send nothing
// themselves.
type response struct {
	status      int
	header      http.Header       // takes precedence over those of routes; others may share it
	defaults    map[string]string // everything else takes precedence
	body        wire.Body         // nil for none
	age         string            // of a stored page; "" for none
	contentType string            // of a file; everything else takes precedence

	cache    prerender.State // "" if it does not involve the cache
	function string          // that was invoked, for the log; "" for none
	start    time.Duration   // for which it has waited for the function's process
	close    bool            // the connection ends with it; a failure is then the host's own page

	// A failure has the platform's code, and no body: it is replaced by a page of
	// the output or the host's own.
	code   string
	reason string // for people, when the code does not say everything
	cause  error  // for the log only
}

// failure is the response to a request that the host or an output failed to serve.
// code may be "" where the status says everything.
func failure(status int, code string, cause error) *response {
	resp := &response{status: status, header: http.Header{}, code: cmp.Or(code, codes[status], strconv.Itoa(status)), cause: cause}
	if status == http.StatusServiceUnavailable {
		resp.header["Retry-After"] = []string{retryAfter}
	}
	return resp
}

// retryAfter is when a visitor may try again, in seconds.
const retryAfter = "10"

// codes are the platform's codes for failures that only have a status.
var codes = map[int]string{
	http.StatusNotFound:         "NOT_FOUND",
	http.StatusForbidden:        "FORBIDDEN",
	http.StatusMethodNotAllowed: "INVALID_REQUEST_METHOD",
}

// busy is the failure of a request that the host has no capacity for.
func busy(cause error) *response {
	return failure(http.StatusServiceUnavailable, function.CodeThrottled, cause)
}

// notAllowed is the failure of a request whose method is not allowed.
func notAllowed(allowed string) *response {
	resp := failure(http.StatusMethodNotAllowed, "INVALID_REQUEST_METHOD", nil)
	resp.header["Allow"] = []string{allowed}
	return resp
}

// stalled is the failure of a request whose body does not arrive.
func stalled() *response {
	resp := failure(http.StatusRequestTimeout, "REQUEST_TIMEOUT", nil)
	resp.close = true
	return resp
}

// clientGone is the response to a visitor who has left.
func clientGone() *response { return &response{status: wire.StatusClientClosed} }

// defaultCacheControl applies unless the output says something else: revalidate
// each time.
const defaultCacheControl = "public, max-age=0, must-revalidate"

// platformDefaults are the default headers of everything but proxied responses.
var platformDefaults = map[string]string{"Cache-Control": defaultCacheControl}

// statusOr returns the status that routing decided on, or else own.
func statusOr(decision *router.Decision, own int) int {
	if decision.Status != 0 {
		return decision.Status
	}
	return own
}

// writeHeader puts the headers of the response, of routes and of the platform into w. id is
// the request's; last says that the connection ends with the response.
func (resp *response) writeHeader(w *wire.Writer, id string, decision *router.Decision, last bool) {
	h := w.Header()
	maps.Copy(h, resp.header)
	if resp.age != "" {
		w.Set("Age", resp.age)
	}
	if resp.status != http.StatusSwitchingProtocols {
		setMissing(w, decision.Header)
		setMissing(w, resp.defaults)
		if _, ok := h["Content-Type"]; !ok && resp.contentType != "" {
			w.Set("Content-Type", resp.contentType)
		}
		for name, value := range decision.Important {
			w.Set(name, value)
		}
		decision.ResponseHeader.Apply(h)
		if resp.cache != "" {
			w.Set("X-Vercel-Cache", string(resp.cache))
		}
		if last {
			w.Set("Connection", "close")
		}
	}
	w.Set("X-Vercel-Id", id)
}

// setMissing sets the headers that w lacks.
func setMissing(w *wire.Writer, values map[string]string) {
	for name, value := range values {
		if _, ok := w.Header()[name]; !ok {
			w.Set(name, value)
		}
	}
}

// inherit makes resp the error page of a failure.
func (resp *response) inherit(failed *response) {
	header := maps.Clone(failed.header)
	maps.Copy(header, resp.header)
	resp.header = header
	resp.function = cmp.Or(resp.function, failed.function)
	resp.reason = cmp.Or(resp.reason, failed.reason)
	if failed.status >= 500 {
		if _, ok := header["X-Vercel-Error"]; !ok {
			header["X-Vercel-Error"] = []string{failed.code}
		}
	}
}
