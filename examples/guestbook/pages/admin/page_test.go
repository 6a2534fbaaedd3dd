package admin

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guestbook/pages/login"
	"example.com/guestbook/site"
)

const password = "a password for tests"

// open opens a site with one entry.
func open(t *testing.T) {
	t.Helper()
	t.Setenv("GUESTBOOK_DB", filepath.Join(t.TempDir(), "book.db"))
	t.Setenv("GUESTBOOK_PASSWORD", password)
	t.Setenv("GUESTBOOK_SECRET", "a secret for tests that is long enough")
	opened, err := site.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { opened.Close() })
	if err := site.Book.Add(t.Context(), "Ada", "Hello"); err != nil {
		t.Fatal(err)
	}
}

// ask sends a form, or nothing, to a page.
func ask(t *testing.T, page func(http.ResponseWriter, *http.Request) error, form url.Values, cookies ...*http.Cookie) *http.Response {
	t.Helper()
	r := httptest.NewRequest("GET", "/admin", nil)
	if form != nil {
		r = httptest.NewRequest("POST", "/admin", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	if err := page(w, r); err != nil {
		t.Fatal(err)
	}
	return w.Result()
}

// guarded is the page behind its Middleware.
func guarded(w http.ResponseWriter, r *http.Request) (err error) {
	Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { err = Handler(w, r) })).ServeHTTP(w, r)
	return err
}

func TestGuard(t *testing.T) {
	open(t)
	forged := &http.Cookie{Name: "session", Value: "9999999999.AAAA"}
	for _, cookies := range [][]*http.Cookie{nil, {forged}} {
		if got := ask(t, guarded, nil, cookies...); got.StatusCode != 303 || got.Header.Get("Location") != "/login" {
			t.Errorf("%v sees %s", cookies, got.Status)
		}
		if got := ask(t, guarded, url.Values{"id": {"1"}}, cookies...); got.StatusCode != 403 {
			t.Errorf("%v removes: %s", cookies, got.Status)
		}
	}
	if got := ask(t, login.Handler, url.Values{"password": {"wrong"}}); got.StatusCode != 403 || len(got.Cookies()) > 0 {
		t.Errorf("a wrong password: %s, %v", got.Status, got.Cookies())
	}
	got := ask(t, login.Handler, url.Values{"password": {password}})
	if got.StatusCode != 303 || len(got.Cookies()) != 1 {
		t.Fatalf("the password: %s, %v", got.Status, got.Cookies())
	}
	if got := ask(t, guarded, nil, got.Cookies()...); got.StatusCode != 200 {
		t.Errorf("the owner sees %s", got.Status)
	}
	if got := ask(t, guarded, url.Values{"id": {"1"}}, got.Cookies()...); got.StatusCode != 303 {
		t.Errorf("the owner removes: %s", got.Status)
	}
	if entries, err := site.Book.Newest(t.Context(), 1); err != nil || len(entries) > 0 {
		t.Errorf("what was removed is there: %v, %v", entries, err)
	}
	if got := ask(t, guarded, url.Values{"id": {"x"}}, got.Cookies()...); got.StatusCode != 400 {
		t.Errorf("the owner removes nothing: %s", got.Status)
	}
}
