package engine

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"sync"
)

// draftCookie is the cookie of a visitor who may see drafts. Its value is the site's
// bypass token: then the host neither shows nor stores an entry.
const draftCookie = "__prerender_bypass"

// siteFile is what a function is told of its site, in a file beside the program.
type siteFile struct {
	dir  string
	once sync.Once
	said struct {
		BypassToken string `json:"bypassToken"`
	}
}

// token is the bypass token; "" for none.
func (f *siteFile) token() string {
	f.once.Do(func() {
		if f.dir == "" {
			return
		}
		if data, err := os.ReadFile(filepath.Join(f.dir, "jargo.json")); err == nil {
			_ = json.Unmarshal(data, &f.said) // of another version, it may say nothing of a token
		}
	})
	return f.said.BypassToken
}

// isDraft reports whether a visitor's request is for a draft. One that asks for an
// entry to be rendered again is not, whatever cookies it has: all will see that.
func (s *site) isDraft(r *http.Request) bool {
	if r.Header["Cookie"] == nil || r.Header["X-Prerender-Revalidate"] != nil {
		return false
	}
	for _, c := range r.Cookies() {
		token := s.file.token()
		if c.Name == draftCookie && token != "" && subtle.ConstantTimeCompare([]byte(c.Value), []byte(token)) == 1 {
			return true
		}
	}
	return false
}

// keepPrivate keeps a draft out of every cache, whatever the page says.
func keepPrivate(h http.Header) {
	for _, name := range aboutCaching { // a cache may take the word of one for more than that of another
		h.Del(name)
	}
	h.Set("Cache-Control", "private, no-cache, no-store, max-age=0, must-revalidate")
}
