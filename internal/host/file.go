package host

import (
	"net/http"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/host/wire"
	"github.com/jargo-dev/jargo/internal/output"
)

// file responds with a static file.
func (d *Deployment) file(q *request, decision *router.Decision, f *output.File) *response {
	if !q.isGetOrHead() && decision.Status < 400 { // an error page is shown for any method
		return notAllowed("GET, HEAD")
	}
	if f.Path == "" {
		return staticFile(decision, f, &wire.Bytes{Data: f.Data, ETag: f.ETag, Source: f.Name, Encoded: f.Encoded})
	}
	body, err := d.files.File(f.Path, f.Size)
	if err != nil {
		return failure(http.StatusInternalServerError, "INTERNAL_STATIC_FILE_FAILED", err)
	}
	return staticFile(decision, f, body)
}

func staticFile(decision *router.Decision, f *output.File, body wire.Body) *response {
	return &response{
		status:      statusOr(decision, http.StatusOK),
		contentType: f.ContentType,
		defaults:    platformDefaults,
		body:        body,
		cache:       prerender.StateHit,
	}
}
