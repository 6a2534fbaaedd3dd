package admin

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guestbook/pages/login"
	"example.com/guestbook/site"

	"github.com/jargo-dev/jargo"
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

// ask sends a form, or nothing, to a page behind the Middleware of all pages.
func ask(t *testing.T, page func(http.ResponseWriter, *http.Request) error, form url.Values, cookies ...*http.Cookie) (*http.Response, error) {
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
	var err error
	site.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err = page(w, r); err == nil {
			w.WriteHeader(http.StatusOK)
		}
	})).ServeHTTP(w, r)
	return w.Result(), err
}

// guarded is the page behind its own Middleware.
func guarded(w http.ResponseWriter, r *http.Request) (err error) {
	Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, err = Data(r) })).ServeHTTP(w, r)
	return err
}

func logIn(w http.ResponseWriter, r *http.Request) error {
	_, info, err := login.Data(r)
	maps.Copy(w.Header(), info.Header)
	if info.StatusCode != 0 {
		w.WriteHeader(info.StatusCode)
	}
	return err
}

func TestGuard(t *testing.T) {
	open(t)
	forged := &http.Cookie{Name: "session", Value: "9999999999.AAAA"}
	for _, cookies := range [][]*http.Cookie{nil, {forged}} {
		if got, err := ask(t, guarded, nil, cookies...); err != nil || got.StatusCode != 303 || got.Header.Get("Location") != "/login" {
			t.Errorf("%v sees %s, %v", cookies, got.Status, err)
		}
		if got, err := ask(t, guarded, url.Values{"id": {"1"}}, cookies...); err != nil || got.StatusCode != 403 {
			t.Errorf("%v removes: %s, %v", cookies, got.Status, err)
		}
	}
	if got, err := ask(t, logIn, url.Values{"password": {"wrong"}}); err != nil || got.StatusCode != 403 || len(got.Cookies()) > 0 {
		t.Errorf("a wrong password: %s, %v, %v", got.Status, got.Cookies(), err)
	}
	got, err := ask(t, logIn, url.Values{"password": {password}})
	if !errors.Is(err, jargo.Redirect("/admin", 303)) || len(got.Cookies()) != 1 {
		t.Fatalf("the password: %v, %v", got.Cookies(), err)
	}
	owner := got.Cookies()
	if got, err := ask(t, guarded, nil, owner...); err != nil || got.StatusCode != 200 {
		t.Errorf("the owner sees %s, %v", got.Status, err)
	}
	if _, err := ask(t, guarded, url.Values{"id": {"1"}}, owner...); !errors.Is(err, jargo.Redirect("/admin", 303)) {
		t.Errorf("the owner removes: %v", err)
	}
	if entries, err := site.Book.Newest(t.Context(), 1); err != nil || len(entries) > 0 {
		t.Errorf("what was removed is there: %v, %v", entries, err)
	}
	if _, err := ask(t, guarded, url.Values{"id": {"x"}}, owner...); !errors.Is(err, jargo.NotFound) {
		t.Errorf("the owner removes nothing: %v", err)
	}
}
