package host

import (
	"net/http"

	"github.com/jargo-dev/jargo/internal/host/prerender"
	"github.com/jargo-dev/jargo/internal/host/router"
	"github.com/jargo-dev/jargo/internal/output"
)

// file responds with a static file.
func (d *Deployment) file(q *request, decision *router.Decision, f *output.File) *response {
	if !q.isGetOrHead() && decision.Status < 400 { // an error page is shown for any method
		return notAllowed("GET, HEAD")
	}
	body, err := d.files.File(f.Path, f.Size)
	if err != nil {
		return failure(http.StatusInternalServerError, "INTERNAL_STATIC_FILE_FAILED", err)
	}
	return &response{
		status:   statusOr(decision, http.StatusOK),
		typ:      f.ContentType,
		defaults: platformDefaults,
		body:     body,
		cache:    prerender.StateHit,
	}
}
