package serve

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/jargo-dev/jargo/internal/host"
	"github.com/jargo-dev/jargo/internal/host/prerender"
)

// CachedPage is an entry of the page cache, as /cache has it.
type CachedPage struct {
	Key     string    `json:"key"`
	Page    string    `json:"page"` // its route in the output: "blog/[slug]"
	Host    string    `json:"host"`
	Path    string    `json:"path"`  // percent-encoded, with its query; "" if it is not known
	State   string    `json:"state"` // "fresh" or "stale"
	Status  int       `json:"status"`
	Type    string    `json:"type"` // the header Content-Type
	Size    int64     `json:"size"` // of the body, in bytes
	Created time.Time `json:"created"`
	Age     float64   `json:"age"` // in seconds
}

// CachedEntry is a whole entry, as /cache/entry has it.
type CachedEntry struct {
	Status int         `json:"status"`
	Header http.Header `json:"header"`
	Body   []byte      `json:"body"`
}

// Changed is what was done with entries.
type Changed struct {
	Pages   []ChangedPage `json:"pages"`
	Seconds float64       `json:"seconds"` // in all
}

// ChangedPage is what was done with one.
type ChangedPage struct {
	Host    string  `json:"host"`
	Path    string  `json:"path"`
	Seconds float64 `json:"seconds,omitempty"` // for its rendering
	Error   string  `json:"error,omitempty"`   // why nothing was done
}

// selection is which entries a query is about.
type selection struct{ path, prefix, host string }

func selectionOf(r *http.Request) selection {
	return selection{r.FormValue("path"), r.FormValue("prefix"), r.FormValue("host")}
}

// has reports whether p is selected: by its path, which is compared with its query if the
// selection has one, or by what its path begins with.
func (s selection) has(p host.CachedPage) bool {
	path, _, _ := strings.Cut(p.Path, "?")
	switch {
	case s.host != "" && s.host != p.Host:
		return false
	case s.path == "" && s.prefix == "":
		return true
	case s.path == "":
		return p.Path != "" && strings.HasPrefix(decoded(path), decoded(s.prefix))
	case strings.Contains(s.path, "?"):
		return decoded(p.Path) == decoded(s.path)
	}
	return decoded(path) == decoded(s.path)
}

// decoded returns a path without percent-encoding, which people leave out.
func decoded(path string) string {
	if text, err := url.PathUnescape(path); err == nil {
		return text
	}
	return path
}

// selected returns the entries that r is about.
func selected(r *http.Request, d *host.Deployment) (list []host.CachedPage, err error) {
	s := selectionOf(r)
	all, err := d.CachedPages(r.Context())
	for _, p := range all {
		if s.has(p) {
			list = append(list, p)
		}
	}
	return list, err
}

// list responds with the entries that are selected; all if nothing is.
func (a *admin) list(w http.ResponseWriter, r *http.Request) {
	a.host.With(func(d *host.Deployment) {
		list, err := selected(r, d)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		pages := []CachedPage{}
		for _, p := range list {
			state := "fresh"
			if p.Stale {
				state = "stale"
			}
			pages = append(pages, CachedPage{
				Key: p.Key.String(), Page: p.Key.Page, Host: p.Host, Path: p.Path, State: state, Status: p.Status, Type: p.Type,
				Size: p.Size, Created: p.Created, Age: time.Since(p.Created).Seconds(),
			})
		}
		respond(w, pages)
	})
}

// entry responds with the entry under a key.
func (a *admin) entry(w http.ResponseWriter, r *http.Request) {
	key, err := prerender.ParseKey(r.FormValue("key"))
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	a.host.With(func(d *host.Deployment) {
		e, err := d.CachedPage(r.Context(), key)
		switch {
		case err != nil:
			refuse(w, http.StatusInternalServerError, err)
		case e == nil:
			refuse(w, http.StatusNotFound, fmt.Errorf("there is no entry %q any more", key))
		default:
			respond(w, CachedEntry{e.Status, e.Header, e.Body})
		}
	})
}

// drop removes the entries that are selected.
func (a *admin) drop(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, func(ctx context.Context, d *host.Deployment, p host.CachedPage) error {
		return d.RemoveCachedPage(ctx, p.Key)
	})
}

// revalidate renders what is selected again, and waits for it. A path of which nothing is
// kept is rendered, too: visitors may see what was rendered when the site was built.
func (a *admin) revalidate(w http.ResponseWriter, r *http.Request) {
	a.change(w, r, func(ctx context.Context, d *host.Deployment, p host.CachedPage) error {
		switch {
		case p.Varies:
			return errors.New("it differs by a header of its visitors, whom only a request has: drop it instead")
		case p.Path == "":
			return errors.New("an older host has not said what its path is: drop it instead")
		}
		return d.Revalidate(ctx, p.Scheme, p.Host, p.Path)
	})
}

// atOnce is how many entries are changed at once. The host bounds renderings itself.
const atOnce = 4

// change does something with each entry that is selected, and responds with what became
// of each.
func (a *admin) change(w http.ResponseWriter, r *http.Request, do func(context.Context, *host.Deployment, host.CachedPage) error) {
	s := selectionOf(r)
	if (s.path == "") == (s.prefix == "") {
		refuse(w, http.StatusBadRequest, errors.New("say either which path or which prefix"))
		return
	}
	a.host.With(func(d *host.Deployment) {
		began := time.Now()
		list, err := selected(r, d)
		if err != nil {
			refuse(w, http.StatusInternalServerError, err)
			return
		}
		if len(list) == 0 && s.path != "" && r.Method == http.MethodPost {
			list = []host.CachedPage{{Info: prerender.Info{Host: s.host, Path: s.path}}}
		}
		changed := Changed{Pages: make([]ChangedPage, len(list))}
		var running sync.WaitGroup
		room := make(chan struct{}, atOnce)
		for i, p := range list {
			room <- struct{}{}
			running.Go(func() {
				defer func() { <-room }()
				begun, page := time.Now(), ChangedPage{Host: p.Host, Path: p.Path}
				if err := do(r.Context(), d, p); err != nil {
					page.Error = err.Error()
				} else {
					page.Seconds = time.Since(begun).Seconds()
				}
				changed.Pages[i] = page
			})
		}
		running.Wait()
		changed.Seconds = time.Since(began).Seconds()
		respond(w, changed)
	})
}

func respond(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // whoever asked has left
}

// refuse responds with a sentence.
func refuse(w http.ResponseWriter, status int, err error) {
	http.Error(w, err.Error(), status)
}
