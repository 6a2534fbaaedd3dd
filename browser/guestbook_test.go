package browser_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const ownersPassword = "a password for tests"

// TestGuestbook has several people use one guestbook, one after another.
func TestGuestbook(t *testing.T) {
	needBrowser(t)
	for way, serve := range ways {
		t.Run(way, func(t *testing.T) {
			book := serve(t, "guestbook",
				"GUESTBOOK_DB="+filepath.Join(t.TempDir(), "book.db"),
				"GUESTBOOK_PASSWORD="+ownersPassword,
				"GUESTBOOK_SECRET=a secret for tests that is long enough")
			t.Run("visitors", func(t *testing.T) { guestbookVisitors(t, site{t, book.url}) })
			t.Run("refused", func(t *testing.T) { guestbookRefused(t, site{t, book.url}) })
			t.Run("owner", func(t *testing.T) { guestbookOwner(t, site{t, book.url}) })
		})
	}
}

// guestbookVisitors has three sign an empty book: what one writes, the others see at
// once.
func guestbookVisitors(t *testing.T, book site) {
	book.counts("0")
	grace := book.visit("/")
	if got := grace.text(".empty"); got != "Nobody has signed yet. Be the first." {
		t.Errorf("an empty book says %q", got)
	}
	grace.do(chromedp.Evaluate[chromedp.Void]("window.loaded = 'once'"))

	ada := book.visit("/")
	const message = `Howverylongawordcanbebeforeitiswiderthanthepageofasmallphone! It's <b>lovely</b> here <img src=x onerror="document.title = 'broken'">`
	ada.sign("Zoë & Ada", message)
	if got := ada.text(".entries li:only-child .message"); got != message {
		t.Errorf("Ada sees %q", got)
	}
	if got := evaluate[string](ada, "document.querySelector('input[name=name]').value"); got != "Zoë & Ada" {
		t.Errorf("the form remembers %q", got)
	}
	if got := evaluate[string](ada, "document.cookie"); got != "" {
		t.Errorf("scripts see the cookies %q", got)
	}
	if got := grace.text(".entries li:only-child .message"); got != message {
		t.Errorf("Grace sees %q", got)
	}
	book.counts("1")

	// Somebody without a browser is as good as another.
	book.post("/", "name=Alan&message=Hello", "")
	for _, v := range []visitor{ada, grace} {
		if got := v.text(".entries li:first-child:nth-last-child(2) .message"); got != "Hello" {
			t.Errorf("what Alan wrote is %q", got)
		}
	}
	if got := evaluate[string](grace, "window.loaded + ', ' + document.title"); got != "once, Guestbook" {
		t.Errorf("Grace's page was loaded %s", got)
	}
	book.counts("2")
}

// guestbookRefused tries what only the owner may do, and what other sites may not.
func guestbookRefused(t *testing.T, book site) {
	response, body := book.get("/admin")
	if response.StatusCode != 303 || response.Header.Get("Location") != "/login" || strings.Contains(body, "Hello") {
		t.Errorf("without a session: %s\n%s", response.Status, body)
	}
	for _, tt := range []struct{ path, from string }{{"/admin", ""}, {"/", "cross-site"}} {
		if response := book.post(tt.path, "id=1&name=Eve&message=Hello", tt.from); response.StatusCode != 403 {
			t.Errorf("POST %s from %q: %s", tt.path, tt.from, response.Status)
		}
	}
	book.counts("2")
}

// guestbookOwner logs in, removes the newest entry and logs out.
func guestbookOwner(t *testing.T, book site) {
	owner := book.visit("/admin")
	if got := owner.text("h1"); got != "Log in" {
		t.Fatalf("the owner without a session sees %q", got)
	}
	owner.do(chromedp.SendKeys(chromedp.CSS("input[name=password]"), ownersPassword))
	if status, url := owner.follow("button"); status != 200 || url != book.url+"/admin" {
		t.Fatalf("after the login: %s, %d", url, status)
	}
	if got := owner.text(".entries li:first-child:nth-last-child(2) .message"); got != "Hello" {
		t.Errorf("the owner sees %q", got)
	}
	owner.follow(`button[name="id"]`)
	if got := owner.text(".entries li:only-child b"); got != "Zoë & Ada" {
		t.Errorf("the entry that is left is by %q", got)
	}
	book.counts("1")
	owner.fits(book, "/", "/counts", "/admin")
	owner.follow(".end button")
	owner.do(chromedp.Navigate(book.url + "/admin"))
	if got := owner.text("h1"); got != "Log in" {
		t.Errorf("after the logout the owner sees %q", got)
	}
}

// counts asks for the regenerated page, which has to be up to date without being asked
// for twice.
func (s site) counts(entries string) {
	s.t.Helper()
	if response, body := s.get("/counts"); !strings.Contains(body, `<dd id="entries">`+entries+`</dd>`) {
		s.t.Errorf("there are %s entries, and the counts (%s) are\n%s", entries, response.Header.Get("X-Vercel-Cache"), body)
	}
}

// sign fills the form in and sends it.
func (v visitor) sign(name, message string) {
	v.t.Helper()
	v.do(
		chromedp.SendKeys(chromedp.CSS("input[name=name]"), name),
		chromedp.SendKeys(chromedp.CSS("textarea"), message),
	)
	if status, _ := v.follow(".sign button"); status != 200 {
		v.t.Fatalf("after signing: %d", status)
	}
}

// post sends a form without a browser, from a page of another site if it is
// "cross-site".
func (s site) post(path, form, from string) *http.Response {
	s.t.Helper()
	request, err := http.NewRequest(http.MethodPost, s.url+path, strings.NewReader(form))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if from != "" {
		request.Header.Set("Sec-Fetch-Site", from)
	}
	response, _ := s.send(request)
	return response
}
