// Package browser is what `jargo dev` has between the host and the developer's
// browser. It wraps the handler of a site:
//
//   - A page gets a script that listens to server-sent events, and reloads it when
//     there is a new program, or swaps style sheets and images if nothing else has
//     changed. What the page is of is in the script's element: whatever has changed
//     since then it is told when it connects, so no change is lost between two
//     connections, nor between the rendering of a page and its first connection.
//   - While the last build has failed, every page is a report with the source
//     around each mistake; the site of the last good build is behind it. So is what a
//     page fails with when it is rendered. Whoever does not ask for HTML gets text.
//
// The script comes after the end of the document, where HTML still takes it: what
// looks like </body> may be a string of a script of the site, and a page is streamed as
// it comes. A page's Content-Security-Policy is made to allow it in the header; one in
// a <meta> element is not changed. Files, fragments that scripts ask for, and whatever
// else is not a document stay as they are, byte for byte.
package browser

import (
	"net/http"
	"strings"
	"sync"

	"github.com/jargo-dev/jargo/engine"
	"github.com/jargo-dev/jargo/internal/diag"
)

// Paths that are not the site's. No page can be at them: pages/_jargo is the program's.
const (
	eventsPath = "/_jargo/events" // what changes
	behindPath = "/_jargo/behind" // chooses between the report and the site behind it
)

// behindCookie has the state whose report its browser does not want to see.
const behindCookie = "jargo-behind"

// Options are what a Browser needs to know of the project.
type Options struct {
	Dir string // of the project, absolute

	// Editor is the URL that opens a file in the developer's editor, with {file},
	// {line} and {column}. "" is DefaultEditor.
	Editor string
}

// Browser is the handler of a site in development. Its methods may be called
// concurrently, and none waits for a browser.
type Browser struct {
	next   http.Handler
	opts   Options
	run    string // tells its pages from those of an earlier process
	closed chan struct{}
	close  func()

	mu    sync.Mutex
	now   *state
	place func(engine.Frame) (diag.Pos, bool)
}

// New returns the handler around next, which serves the site.
func New(next http.Handler, o Options) *Browser {
	if o.Editor == "" {
		o.Editor = DefaultEditor
	}
	closed := make(chan struct{})
	return &Browser{
		next: next, opts: o, run: newRun(), closed: closed, close: sync.OnceFunc(func() { close(closed) }),
		now:   &state{replaced: make(chan struct{})},
		place: func(engine.Frame) (diag.Pos, bool) { return diag.Pos{}, false },
	}
}

// SetPlace sets what finds the positions of frames that are the site's own.
func (b *Browser) SetPlace(place func(engine.Frame) (diag.Pos, bool)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.place = place
}

// Changed tells the open pages that the site is another: the files, relative to the
// project and with slashes, have changed, and from now on next serves them. Without
// files anything may have changed. To be called for the first build, too.
func (b *Browser) Changed(files []string) {
	swap := b.swappable(files)
	b.replace(func(s *state) {
		if s.failure != nil {
			swap = nil // what is to be seen is a report
		}
		s.failure, s.good = nil, true
		s.add(swap)
	})
}

// Failed shows the mistakes of a build, and what else was wrong with it, instead of
// the site's pages until something is Changed.
func (b *Browser) Failed(list diag.List, rest error) {
	failure := b.buildReport(list, rest)
	b.replace(func(s *state) {
		s.failure = failure
		s.add(nil)
	})
}

// Close ends the open connections for events, which have no end of their own and would
// hold up that of a server.
func (b *Browser) Close() { b.close() }

// ServeHTTP implements http.Handler.
func (b *Browser) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case eventsPath:
		b.events(w, r)
		return
	case behindPath:
		b.behind(w, r)
		return
	}
	// The state of before the request: if there is another while the page is rendered,
	// the page is told.
	s := b.state()
	failed := s.failure
	if c, err := r.Cookie(behindCookie); err == nil && c.Value == b.at(s) {
		failed = nil
	}
	if failed != nil && (acceptsHTML(r) || r.Method != http.MethodGet && r.Method != http.MethodHead) {
		b.show(w, r, s, failed)
		return
	}
	if isDocument(r) {
		r = r.Clone(r.Context())
		// What has the script is neither compressed, nor part of anything, nor the same as before.
		for _, name := range []string{"Accept-Encoding", "Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
			r.Header.Del(name)
		}
	}
	page := &writer{ResponseWriter: w, b: b, r: r, state: s, failed: failed}
	b.next.ServeHTTP(page, r)
	page.finish()
}

// acceptsHTML reports whether a request asks for HTML, as browsers do and plain
// clients do not.
func acceptsHTML(r *http.Request) bool {
	return strings.Contains(strings.Join(r.Header["Accept"], ","), "text/html")
}

// isDocument reports whether a request is for what a browser shows as a page. Scripts
// that fetch HTML make it a part of the page that they are in.
func isDocument(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Dest") {
	case "", "document", "iframe", "frame": // not said to hosts that are neither local nor HTTPS
		return acceptsHTML(r)
	}
	return false
}

// behind handles the form of the report that leads to the site behind it, and the
// button of the notice that leads back.
func (b *Browser) behind(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Method not allowed", http.StatusMethodNotAllowed)
		return
	}
	cookie := &http.Cookie{Name: behindCookie, Value: r.PostFormValue("at"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if cookie.Value == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
	to := r.PostFormValue("to")
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.HasPrefix(to, `/\`) {
		to = "/" // not a path of this site
	}
	w.Header().Set("Location", to) // as it is: http.Redirect would clean it
	w.WriteHeader(http.StatusSeeOther)
}
