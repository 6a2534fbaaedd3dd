package pages

import (
	"cmp"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guestbook/book"
	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
)

// open opens a site with an empty book.
func open(t *testing.T) {
	t.Helper()
	t.Setenv("GUESTBOOK_DB", filepath.Join(t.TempDir(), "book.db"))
	t.Setenv("GUESTBOOK_PASSWORD", "a password for tests")
	t.Setenv("GUESTBOOK_SECRET", "a secret for tests that is long enough")
	opened, err := Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
}

// send sends a request through the Middleware to Data. The view is what the template
// gets, if err is nil.
func send(t *testing.T, r *http.Request) (w *httptest.ResponseRecorder, v View, err error) {
	t.Helper()
	w = httptest.NewRecorder()
	Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var info jargo.Info
		v, info, err = Data(r)
		maps.Copy(w.Header(), info.Header)
		if err == nil {
			w.WriteHeader(cmp.Or(info.StatusCode, http.StatusOK))
		}
	})).ServeHTTP(w, r)
	return w, v, err
}

func sign(name, message string) *http.Request {
	form := url.Values{"name": {name}, "message": {message}}
	r := httptest.NewRequest("POST", "/", strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func entries(t *testing.T) []book.Entry {
	t.Helper()
	entries, err := site.Book.Newest(t.Context(), 100)
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

func TestSign(t *testing.T) {
	open(t)
	w, _, err := send(t, sign("Zoë <b>", "Hello & <script>alert(1)</script>"))
	if !errors.Is(err, jargo.Redirect("/", 303)) {
		t.Fatalf("after signing: %v", err)
	}
	cookie, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
	if err != nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookie is %v, %v", cookie, err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(cookie)
	w, v, err := send(t, r)
	if err != nil || w.Code != 200 || w.Header().Get("Cache-Control") != "private, no-store" {
		t.Errorf("the book: %d, %v, %v", w.Code, w.Header(), err)
	}
	if v.Name != "Zoë <b>" || v.Last != 1 || len(v.Entries) != 1 {
		t.Fatalf("the view is %+v", v)
	}
	if e := v.Entries[0]; e.Name != v.Name || e.Message != "Hello & <script>alert(1)</script>" {
		t.Errorf("the entry is %+v", e)
	}
}

func TestRefused(t *testing.T) {
	open(t)
	for _, tt := range []struct {
		what    string
		request *http.Request
		status  int
		want    error
	}{
		{"no name", sign("", "Hello <i>"), 422, book.ErrName},
		{"a long message", sign("Ada", strings.Repeat("a", 1001)), 422, book.ErrMessage},
		{"no form", httptest.NewRequest("POST", "/", strings.NewReader("name=Ada&message=Hello")), 422, book.ErrName},
	} {
		w, v, err := send(t, tt.request)
		if err != nil || w.Code != tt.status || !errors.Is(v.Mistake, tt.want) {
			t.Errorf("%s: %d, %v, %v, want %d, %v", tt.what, w.Code, v.Mistake, err, tt.status, tt.want)
		}
		if got, want := v.Message, tt.request.PostForm.Get("message"); got != want {
			t.Errorf("%s: of what was written is left %q, want %q", tt.what, got, want)
		}
	}
	if written := entries(t); len(written) > 0 {
		t.Errorf("there are entries: %v", written)
	}
}

// TestMiddleware sends what Data must not see.
func TestMiddleware(t *testing.T) {
	open(t)
	foreign := sign("Ada", "Hello")
	foreign.Header.Set("Sec-Fetch-Site", "cross-site")
	other := sign("Ada", "Hello")
	other.Header.Set("Origin", "https://other.example")
	for _, tt := range []struct {
		what    string
		request *http.Request
		status  int
		want    string
	}{
		{"a long form", sign("Ada", strings.Repeat("a", 20_000)), 413, "too long"},
		{"another site's form", foreign, 403, "cross-origin request"},
		{"another origin's form", other, 403, "cross-origin request"},
		{"another method", httptest.NewRequest("PUT", "/", nil), 405, ""},
	} {
		w, _, _ := send(t, tt.request)
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s: %d, want %d with %q:\n%s", tt.what, w.Code, tt.status, tt.want, w.Body)
		}
	}
	if written := entries(t); len(written) > 0 {
		t.Errorf("there are entries: %v", written)
	}
}

func TestBusy(t *testing.T) {
	open(t)
	for range book.PerMinute {
		send(t, sign("Ada", "Hello"))
	}
	w, v, err := send(t, sign("Ada", "once more"))
	if err != nil || w.Code != 429 || w.Header().Get("Retry-After") == "" || !errors.Is(v.Mistake, book.ErrBusy) || v.Message != "once more" {
		t.Errorf("%d, %v\n%q, %v, %v", w.Code, w.Header(), v.Message, v.Mistake, err)
	}
	if n := len(entries(t)); n != book.PerMinute {
		t.Errorf("%d entries", n)
	}
}

func TestOpen(t *testing.T) {
	t.Setenv("GUESTBOOK_DB", "book.db")
	t.Setenv("GUESTBOOK_PASSWORD", "short")
	t.Setenv("GUESTBOOK_SECRET", "")
	_, err := Open(t.Context())
	want := `GUESTBOOK_DB is "book.db": it needs a whole path, for a function runs in a directory that each build replaces
GUESTBOOK_PASSWORD needs 12 characters or more
GUESTBOOK_SECRET needs 32 characters or more`
	if err == nil || err.Error() != want {
		t.Errorf("opened with %v, want\n%s", err, want)
	}
}
