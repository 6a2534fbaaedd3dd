package jargo

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

const testToken = "0123456789abcdef0123456789abcdef"

// TestDraftCookie compares the cookies with those of the vendor's own framework.
func TestDraftCookie(t *testing.T) {
	for proto, end := range map[string]string{"": "SameSite=Lax", "http": "SameSite=Lax", "https": "Secure; SameSite=None"} {
		r := httptest.NewRequest("POST", "/draft", nil)
		r.Header.Set("X-Forwarded-Proto", proto)
		if got, want := bypassCookie(r, testToken).String(), "__prerender_bypass="+testToken+"; Path=/; HttpOnly; "+end; got != want {
			t.Errorf("%q: got %s, want %s", proto, got, want)
		}
		w := httptest.NewRecorder()
		EndDraft(w, r)
		if got, want := w.Header().Get("Set-Cookie"), "__prerender_bypass=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; "+end; got != want {
			t.Errorf("%q: got %s, want %s", proto, got, want)
		}
	}
	w := httptest.NewRecorder()
	if Draft(w, httptest.NewRequest("POST", "/draft", nil)); len(w.Header()) > 0 {
		t.Errorf("in a test Draft sets %v", w.Header())
	}
}

func TestHasToken(t *testing.T) {
	for _, tt := range []struct {
		cookie, token string
		want          bool
	}{
		{"__prerender_bypass=" + testToken, testToken, true},
		{"a=b; __prerender_bypass=x; __prerender_bypass=" + testToken, testToken, true},
		{"__prerender_bypass=" + testToken + "0", testToken, false},
		{"__prerender_bypass=" + testToken[1:], testToken, false},
		{"__prerender_bypass=" + strings.ToUpper(testToken), testToken, false},
		{"bypass=" + testToken, testToken, false},
		{"__prerender_bypass=", "", false},
		{"", testToken, false},
	} {
		r := &http.Request{Header: http.Header{"Cookie": {tt.cookie}}}
		if got := hasToken(r, tt.token); got != tt.want {
			t.Errorf("%s: got %v", tt.cookie, got)
		}
	}
}
