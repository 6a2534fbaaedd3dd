package jargo

import (
	"crypto/subtle"
	"net/http"
	"time"
)

// draftCookie is the cookie of a visitor who sees drafts, of the platform's name. Its
// value is the site's bypass token.
const draftCookie = "__prerender_bypass"

// Draft lets the visitor see drafts, until the browser is closed or [EndDraft]: every
// regenerated page is rendered for each of the visitor's requests, and nobody else sees
// the response. Data then gets the visitor's request, with the page's own path, and
// [InDraft] says so.
//
// It sets a cookie, so it is called in a Handler before the response begins. Whoever
// has the cookie can also have pages rendered again: let in only whom you trust. In a
// test, and in a site without regenerated pages, Draft does nothing.
func Draft(w http.ResponseWriter, r *http.Request) {
	if token := readSite().BypassToken; token != "" {
		http.SetCookie(w, bypassCookie(r, token))
	}
}

// EndDraft ends what [Draft] began.
func EndDraft(w http.ResponseWriter, r *http.Request) {
	c := bypassCookie(r, "")
	c.Expires = time.Unix(0, 0)
	http.SetCookie(w, c)
}

// InDraft reports whether the visitor sees drafts: the request carries what [Draft] has
// set. In a regenerated page it is true only of a response that nobody else sees.
func InDraft(r *http.Request) bool { return hasToken(r, readSite().BypassToken) }

func hasToken(r *http.Request, token string) bool {
	for _, c := range r.CookiesNamed(draftCookie) {
		if sameToken(c.Value, token) {
			return true
		}
	}
	return false
}

// sameToken compares in constant time. Without a token nothing is the same.
func sameToken(got, token string) bool {
	return token != "" && subtle.ConstantTimeCompare([]byte(got), []byte(token)) == 1
}

// bypassCookie has the attributes that the vendor's own framework gives it: other
// sites may show drafts in a frame, where there is TLS.
func bypassCookie(r *http.Request, token string) *http.Cookie {
	c := &http.Cookie{Name: draftCookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}
	if scheme(r) == "https" {
		c.SameSite, c.Secure = http.SameSiteNoneMode, true
	}
	return c
}

// scheme is that of the visitor's URL, as the host says.
func scheme(r *http.Request) string {
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		return "https"
	}
	return "http"
}
