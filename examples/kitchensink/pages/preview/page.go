// Package preview lets an editor see drafts: who knows EDITOR_PASSWORD of the
// environment, without which there are no editors.
package preview

import (
	"crypto/subtle"
	"io"
	"net/http"
	"os"

	"github.com/jargo-dev/jargo"
)

const form = `<!DOCTYPE html>
<title>Preview</title>
<form method="post">
<input type="password" name="password" aria-label="Password">
<button name="do" value="begin">See drafts</button>
<button name="do" value="end">See what is published</button>
</form>
`

// Handler begins or ends drafts when the form is sent.
func Handler(w http.ResponseWriter, r *http.Request) {
	switch do := r.PostFormValue("do"); {
	case do == "end":
		jargo.EndDraft(w, r)
	case do == "begin" && isEditor(r.PostFormValue("password")):
		jargo.Draft(w, r)
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, form)
		return
	}
	http.Redirect(w, r, "/drafts", http.StatusSeeOther)
}

func isEditor(password string) bool {
	want := os.Getenv("EDITOR_PASSWORD")
	return want != "" && subtle.ConstantTimeCompare([]byte(password), []byte(want)) == 1
}
