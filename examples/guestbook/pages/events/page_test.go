package events

import (
	"bufio"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"

	"example.com/guestbook/book"
	"example.com/guestbook/site"
)

// events is a server with this page, and a book with one entry.
func events(t *testing.T) string {
	t.Helper()
	opened, err := book.Open(t.Context(), filepath.Join(t.TempDir(), "book.db"))
	if err != nil {
		t.Fatal(err)
	}
	site.Book = opened
	add(t, "Ada", "one")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := Handler(w, r); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close) // waits for the responses, which end with the book
	t.Cleanup(func() { opened.Close() })
	return server.URL
}

func add(t *testing.T, name, message string) {
	t.Helper()
	if err := site.Book.Add(t.Context(), name, message); err != nil {
		t.Fatal(err)
	}
}

// listen is the stream of events after an entry.
func listen(t *testing.T, url string, header http.Header) *bufio.Scanner {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = header
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	if got := response.Header.Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("%s, %s", response.Status, got)
	}
	return bufio.NewScanner(response.Body)
}

func expect(t *testing.T, lines *bufio.Scanner, want ...string) {
	t.Helper()
	for _, line := range want {
		if !lines.Scan() || len(lines.Text()) < len(line) || lines.Text()[:len(line)] != line {
			t.Errorf("got %q, %v, want %q", lines.Text(), lines.Err(), line)
		}
	}
}

func TestEvents(t *testing.T) {
	url := events(t)
	all := listen(t, url, nil)
	expect(t, all, "id: 1", `data: {"id":1,"name":"Ada","message":"one","created":"2`, "")
	later := listen(t, url+"?after=1", nil)
	again := listen(t, url+"?after=0", http.Header{"Last-Event-Id": {"1"}})
	add(t, "Grace", "two\nlines")
	for _, stream := range []*bufio.Scanner{all, later, again} {
		expect(t, stream, "id: 2", `data: {"id":2,"name":"Grace","message":"two\nlines","created":"2`, "")
	}
	if err := site.Book.Close(); err != nil {
		t.Fatal(err)
	}
	if all.Scan() || all.Err() != nil {
		t.Errorf("after the end: %q, %v", all.Text(), all.Err())
	}
}

func TestNoNumber(t *testing.T) {
	w := httptest.NewRecorder()
	if err := Handler(w, httptest.NewRequest("GET", "/events?after=x", nil)); err != nil || w.Code != 400 {
		t.Errorf("%d, %v", w.Code, err)
	}
}
