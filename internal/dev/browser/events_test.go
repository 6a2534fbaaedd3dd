package browser

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// listener is an open page.
type listener struct {
	t     *testing.T
	lines *bufio.Reader
	close func() error
}

// listen opens the connection of a page of state at, and waits until it is there.
func listen(t *testing.T, url, at string) listener {
	t.Helper()
	response := send(t, "GET", url+eventsPath+"?at="+at, "", "Accept", "text/event-stream")
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || kind != "text/event-stream" {
		t.Fatalf("%s, %s", response.Status, kind)
	}
	l := listener{t, bufio.NewReader(response.Body), response.Body.Close}
	if line := l.line(); line != ": connected" {
		t.Fatalf("the first line is %q", line)
	}
	l.line()
	return l
}

func (l listener) line() string {
	l.t.Helper()
	line, err := l.lines.ReadString('\n')
	if err != nil {
		l.t.Fatal(err)
	}
	return strings.TrimSuffix(line, "\n")
}

// event waits for the next event.
func (l listener) event() event {
	l.t.Helper()
	data, ok := strings.CutPrefix(l.line(), "data: ")
	var e event
	if err := json.Unmarshal([]byte(data), &e); !ok || err != nil || l.line() != "" {
		l.t.Fatalf("%q is no event: %v", data, err)
	}
	return e
}

// at is the state that a page says it is of.
func at(t *testing.T, url string) string {
	t.Helper()
	_, body := get(t, url)
	_, rest, _ := strings.Cut(body, `<script data-at="`)
	name, _, ok := strings.Cut(rest, `"`)
	if !ok {
		t.Fatalf("the page has no script\n%s", body)
	}
	return name
}

func page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, "a page")
}

// TestEvents: what an open page is told of each change.
func TestEvents(t *testing.T) {
	b, url := serve(t, page)
	for _, name := range []string{"style.css", "a b.PNG", "data.txt"} {
		write(t, b, "public/"+name, "")
	}
	b.Changed(nil)
	l := listen(t, url, at(t, url))
	for i, tt := range []struct {
		change func()
		swap   []string
	}{
		{func() { b.Changed([]string{"public/style.css"}) }, []string{"/style.css"}},
		{func() { b.Changed([]string{"public/style.css", "public/a b.PNG"}) }, []string{"/a b.PNG", "/style.css"}},
		{func() { b.Changed([]string{"public/style.css", "pages/page.go"}) }, nil},
		{func() { b.Changed([]string{"public/data.txt"}) }, nil},
		{func() { b.Changed([]string{"style.css"}) }, nil},
		{func() { b.Changed([]string{"public/removed.css"}) }, nil},
		{func() { b.Changed(nil) }, nil},
		{func() { b.Failed(nil, errors.New("it broke")) }, nil},
		{func() { b.Changed([]string{"public/style.css"}) }, nil}, // what is seen is a report
		{func() { b.Changed([]string{"public/style.css"}) }, []string{"/style.css"}},
	} {
		tt.change()
		if e := l.event(); !slices.Equal(e.Swap, tt.swap) || e.At != at(t, url) {
			t.Errorf("change %d: %+v, want %q at %s", i, e, tt.swap, at(t, url))
		}
	}
}

// TestMissed: a page that was not connected, or not there yet, is told all that has
// changed since, at once.
func TestMissed(t *testing.T) {
	b, url := serve(t, page)
	write(t, b, "public/a.css", "")
	write(t, b, "public/b.css", "")
	b.Changed(nil)
	old := at(t, url)
	b.Changed([]string{"public/b.css"})
	between := at(t, url)
	b.Changed([]string{"public/a.css"})
	b.Changed([]string{"public/a.css"})
	now := at(t, url)
	missed := func(from string, want ...string) {
		t.Helper()
		l := listen(t, url, from)
		defer l.close()
		if e := l.event(); e.At != now || !slices.Equal(e.Swap, want) {
			t.Errorf("from %s: %+v, want %q at %s", from, e, want, now)
		}
	}
	missed(old, "/a.css", "/b.css")
	missed(between, "/a.css")
	for _, other := range []string{"", "x", b.run + ".9", b.run + ".-1", "another." + strings.Split(now, ".")[1]} {
		missed(other)
	}
	b.Changed(nil)
	now = at(t, url)
	missed(old)
	for range maxHistory + 1 {
		b.Changed([]string{"public/a.css"})
	}
	from := now
	now = at(t, url)
	missed(from) // too long ago to know
}

// TestMissedWhileRendered: a page that was asked for before a change is of before it.
func TestMissedWhileRendered(t *testing.T) {
	var b *Browser
	b, url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			b.Changed(nil)
		}
		page(w, r)
	})
	b.Changed(nil)
	l := listen(t, url, at(t, url+"/slow"))
	if e := l.event(); e.Swap != nil || e.At != at(t, url) {
		t.Errorf("%+v, want a reload", e)
	}
}

// TestRestart: a page of an earlier process is loaded again, once there is a build.
func TestRestart(t *testing.T) {
	old, oldURL := serve(t, page)
	old.Changed(nil)
	b, url := serve(t, page)
	l := listen(t, url, at(t, oldURL))
	b.Changed(nil)
	if e := l.event(); e.Swap != nil || e.At != b.run+".1" {
		t.Errorf("%+v", e)
	}
}

// TestSlowListeners: whoever does not read keeps nobody waiting.
func TestSlowListeners(t *testing.T) {
	b, url := serve(t, page)
	b.Changed(nil)
	first := at(t, url)
	name := strings.Repeat("a very long name ", 12) + ".css"
	write(t, b, "public/"+name, "")
	for range 100 { // that read nothing
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "GET "+eventsPath+"?at="+first+" HTTP/1.1\r\nHost: test\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	l := listen(t, url, first)
	for range 3000 { // more than buffers hold
		b.Changed([]string{"public/" + name})
	}
	last := at(t, url)
	for e := (event{}); e.At != last; {
		e = l.event()
	}
}

// TestClose: open pages do not keep a server from its end, and do not make it fail.
func TestClose(t *testing.T) {
	b := New(http.HandlerFunc(page), Options{Dir: t.TempDir()})
	server := httptest.NewServer(b)
	server.Config.RegisterOnShutdown(b.Close)
	l := listen(t, server.URL, "")
	if err := server.Config.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if rest, err := io.ReadAll(l.lines); err != nil || len(rest) > 0 {
		t.Errorf("the end is %q, %v", rest, err)
	}
	b.Close()
	b.Changed(nil)
}
