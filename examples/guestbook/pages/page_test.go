package pages

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"example.com/guestbook/book"
	"example.com/guestbook/site"
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

// send sends a request through the Middleware to the page.
func send(t *testing.T, r *http.Request) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := Handler(w, r); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(w, r)
	return w
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
	w := send(t, sign("Zoë <b>", "Hello & <script>alert(1)</script>"))
	if w.Code != 303 || w.Header().Get("Location") != "/" {
		t.Fatalf("%d to %q:\n%s", w.Code, w.Header().Get("Location"), w.Body)
	}
	cookie, err := http.ParseSetCookie(w.Header().Get("Set-Cookie"))
	if err != nil || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookie is %v, %v", cookie, err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(cookie)
	body := send(t, r).Body.String()
	for _, want := range []string{
		`value="Zoë &lt;b&gt;"`,
		"<b>Zoë &lt;b&gt;</b>",
		"Hello &amp; &lt;script&gt;alert(1)&lt;/script&gt;",
		`data-last="1"`,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is not in\n%s", want, body)
		}
	}
}

func TestRefused(t *testing.T) {
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
		{"no name", sign("", "Hello <i>"), 422, "a name has 1 to 60 characters"},
		{"what was written is kept", sign("", "Hello <i>"), 422, ">Hello &lt;i&gt;</textarea>"},
		{"a long message", sign("Ada", strings.Repeat("a", 1001)), 422, "a message has 1 to 1000 characters"},
		{"a long form", sign("Ada", strings.Repeat("a", 20_000)), 413, "too long"},
		{"no form", httptest.NewRequest("POST", "/", strings.NewReader("name=Ada&message=Hello")), 422, "a name has"},
		{"another site's form", foreign, 403, "cross-origin request"},
		{"another origin's form", other, 403, "cross-origin request"},
		{"another method", httptest.NewRequest("PUT", "/", nil), 405, ""},
	} {
		w := send(t, tt.request)
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
	w := send(t, sign("Ada", "once more"))
	if w.Code != 429 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "once more</textarea>") {
		t.Errorf("%d, %v\n%s", w.Code, w.Header(), w.Body)
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
