package engine_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo"
	"github.com/jargo-dev/jargo/engine"
)

// component and node render as templ's and gomponents' values do.
type component string

func (c component) Render(ctx context.Context, w io.Writer) error {
	if ctx == nil {
		return errors.New("no context")
	}
	_, err := io.WriteString(w, string(c))
	return err
}

type node string

func (n node) Render(w io.Writer) error {
	_, err := io.WriteString(w, string(n))
	return err
}

// plainReader is nothing but an io.Reader.
type plainReader struct{ io.Reader }

type closer struct {
	io.Reader
	closed bool
}

func (c *closer) Close() error { c.closed = true; return nil }

func TestBodies(t *testing.T) {
	toClose := &closer{Reader: strings.NewReader("hello")}
	bodies := map[string]func(w *engine.Response, r *http.Request) error{
		"String":    func(w *engine.Response, _ *http.Request) error { return w.String("hello") },
		"Bytes":     func(w *engine.Response, _ *http.Request) error { return w.Bytes([]byte("hello")) },
		"WriterTo":  func(w *engine.Response, _ *http.Request) error { return w.WriterTo(strings.NewReader("hello")) },
		"Reader":    func(w *engine.Response, _ *http.Request) error { return w.Reader(bytes.NewBufferString("hello")) },
		"Closer":    func(w *engine.Response, _ *http.Request) error { return w.Reader(toClose) },
		"Component": func(w *engine.Response, r *http.Request) error { return w.Component(r.Context(), component("hello")) },
		"Node":      func(w *engine.Response, _ *http.Request) error { return w.Node(node("hello")) },
		"Write":     func(w *engine.Response, _ *http.Request) error { _, err := fmt.Fprint(w, "hello"); return err },
		"Hold": func(w *engine.Response, _ *http.Request) error {
			w.Hold()
			io.WriteString(w, "hel")
			w.Flush()
			io.WriteString(w, "lo")
			w.Info(0, nil)
			return nil
		},
	}
	for name, render := range bodies {
		a := serve(t, engine.Options{}, rendering(render)).get("/")
		a.want(t, 200, "hello")
		if typ := a.Header.Get("Content-Type"); typ != "text/html; charset=utf-8" {
			t.Errorf("%s: Content-Type %q", name, typ)
		}
		if name != "Closer" && a.ContentLength != 5 {
			t.Errorf("%s: Content-Length %d, want 5", name, a.ContentLength)
		}
	}
	if !toClose.closed {
		t.Error("the reader was not closed")
	}
}

func TestNilBodies(t *testing.T) {
	for name, render := range map[string]func(w *engine.Response) error{
		"WriterTo":  func(w *engine.Response) error { return w.WriterTo(nil) },
		"Reader":    func(w *engine.Response) error { return w.Reader(nil) },
		"Component": func(w *engine.Response) error { return w.Component(context.Background(), nil) },
		"Node":      func(w *engine.Response) error { return w.Node(nil) },
		"Buffer":    func(w *engine.Response) error { return w.Reader((*bytes.Buffer)(nil)) },
		"Strings":   func(w *engine.Response) error { return w.WriterTo((*strings.Reader)(nil)) },
	} {
		s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error { return render(w) }))
		if a := s.get("/"); a.StatusCode != 500 || !strings.Contains(s.logged(), "(pages/page.go): the body is nil") {
			t.Errorf("%s: status %d, log %q", name, a.StatusCode, s.logged())
		}
	}
	// Others may make sense of a nil; that it panics is no crash.
	s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error { return w.Node((*node)(nil)) }))
	if a := s.get("/"); a.StatusCode != 500 {
		t.Errorf("status %d, want 500", a.StatusCode)
	}
}

func TestInfo(t *testing.T) {
	s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error {
		w.Info(418, http.Header{"content-type": {"text/plain"}, "X-List": {"a", "b"}, "Content-Length": {"3"}, "Transfer-Encoding": {"gzip"}})
		return w.String("short and stout")
	}))
	a := s.get("/")
	a.want(t, 418, "short and stout")
	if a.Header.Get("Content-Type") != "text/plain" || len(a.Header["X-List"]) != 2 || a.ContentLength != 15 {
		t.Errorf("header %v", a.Header)
	}
	for _, status := range []int{204, 304} {
		s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error {
			w.Info(status, nil)
			return w.String(strings.Repeat("x", 100_000)) // HTTP has no place for it
		}))
		a := s.get("/")
		a.want(t, status, "")
		if a.Header.Get("Content-Type") != "" || s.logged() != "" {
			t.Errorf("%d: header %v, log %q", status, a.Header, s.logged())
		}
	}
}

// TestContentType reads the cases that other makers of types are tested with, too.
func TestContentType(t *testing.T) {
	data, err := os.ReadFile("testdata/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		columns := strings.Split(line, "\t")
		if line == "" || line[0] == '#' {
			continue
		}
		for _, k := range []engine.Kind{engine.Fresh, engine.Regenerated} {
			a := serve(t, engine.Options{}, text(columns[1], k, "it")).get(columns[0])
			a.want(t, 200, "it")
			if got := a.Header.Get("Content-Type"); got != columns[2] {
				t.Errorf("%s: a %s page has type %q, want %q", columns[1], k, got, columns[2])
			}
		}
	}
	// What is shown in the page's place is not of its type.
	s := serve(t, engine.Options{}, failing("/feed.xml", engine.Fresh, errors.New("no feed")))
	if got := s.get("/feed.xml").Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
		t.Errorf("the error page has type %q", got)
	}
}

func TestBadInfo(t *testing.T) {
	for want, info := range map[string]func(w *engine.Response){
		"status code 42 is not between 200 and 599":  func(w *engine.Response) { w.Info(42, nil) },
		"status code 101 is not between 200 and 599": func(w *engine.Response) { w.Info(101, nil) },
		"status code 600 is not between 200 and 599": func(w *engine.Response) { w.Info(600, nil) },
		"status code -1 is not between 200 and 599":  func(w *engine.Response) { w.Info(-1, nil) },
		`header name "a b" is not a token`:           func(w *engine.Response) { w.Info(0, http.Header{"a b": {"x"}}) },
		`header name "" is not a token`:              func(w *engine.Response) { w.Info(0, http.Header{"": {"x"}}) },
		`header X-A has a value with a line break`:   func(w *engine.Response) { w.Info(0, http.Header{"X-A": {"x\r\nSet-Cookie: y"}}) },
	} {
		s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error {
			info(w)
			w.String("x") // the page may ignore errors
			return nil
		}))
		if a := s.get("/"); a.StatusCode != 500 || !strings.Contains(s.logged(), want) {
			t.Errorf("status %d, log %q, want %q", a.StatusCode, s.logged(), want)
		}
	}
}

// An error that comes before too much was written is an error page.
func TestEarlyError(t *testing.T) {
	for _, written := range []int{0, 1, 4096, 64 << 10} {
		s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error {
			w.Info(201, http.Header{"X-Page": {"1"}})
			io.WriteString(w, strings.Repeat("x", written))
			return errors.New("too late?")
		}))
		a := s.get("/")
		if a.StatusCode != 500 || strings.Contains(a.body, "xx") || a.Header.Get("X-Page") != "" || a.ContentLength != int64(len(a.body)) {
			t.Errorf("after %d bytes: status %d, header %v", written, a.StatusCode, a.Header)
		}
	}
}

// A later one must not look like a complete response.
func TestLateError(t *testing.T) {
	pages := map[string]func(w *engine.Response, _ *http.Request) error{
		"error": func(w *engine.Response, _ *http.Request) error {
			for i := 0; i < 1000; i++ {
				io.WriteString(w, strings.Repeat("x", 100))
			}
			return errors.New("too late")
		},
		"panic": func(w *engine.Response, _ *http.Request) error {
			w.Write(make([]byte, 100_000))
			panic("too late")
		},
		"flush": func(w *engine.Response, _ *http.Request) error {
			w.Write([]byte("x"))
			w.Flush()
			return errors.New("too late")
		},
		"reader": func(w *engine.Response, _ *http.Request) error {
			return w.Reader(io.MultiReader(strings.NewReader("x"), plainReader{failingReader{errors.New("too late")}}))
		},
	}
	for name, render := range pages {
		s := serve(t, engine.Options{}, rendering(render))
		if a, err := s.try("GET", "/"); err == nil || a.Response != nil && a.StatusCode != 200 {
			t.Errorf("%s: error %v, want one, and status 200", name, err)
		}
		if !strings.Contains(s.logged(), "too late") {
			t.Errorf("%s: log %q", name, s.logged())
		}
	}
	missing := engine.Page{Pattern: "/404", Config: kind(engine.Fresh), Render: func(w *engine.Response, _ *http.Request) error {
		w.Write(make([]byte, 100_000))
		return jargo.NotFound
	}}
	if _, err := serve(t, engine.Options{}, missing).try("GET", "/"); err == nil {
		t.Error("a 404 page that fails late looks complete")
	}
	handler := engine.Page{Pattern: "/", Handler: func(w http.ResponseWriter, _ *http.Request) error {
		io.WriteString(w, "x")
		panic("too late")
	}}
	s := serve(t, engine.Options{}, handler)
	if _, err := s.try("GET", "/"); err == nil || !strings.Contains(s.logged(), "too late") {
		t.Errorf("handler: error %v, log %q", err, s.logged())
	}
}

type failingReader struct{ err error }

func (r failingReader) Read([]byte) (int, error) { return 0, r.err }

func TestLargeBodies(t *testing.T) {
	large := strings.Repeat("0123456789", 50_000)
	for name, tt := range map[string]struct {
		length int64
		render func(w *engine.Response, _ *http.Request) error
	}{
		"String": {500_000, func(w *engine.Response, _ *http.Request) error { return w.String(large) }},
		"Bytes":  {500_000, func(w *engine.Response, _ *http.Request) error { return w.Bytes([]byte(large)) }},
		"Write": {-1, func(w *engine.Response, _ *http.Request) error {
			for i := 0; i < len(large); i += 1000 {
				if _, err := io.WriteString(w, large[i:i+1000]); err != nil {
					return err
				}
			}
			return nil
		}},
		"Reader": {-1, func(w *engine.Response, _ *http.Request) error {
			return w.Reader(plainReader{strings.NewReader(large)})
		}},
		"Hold": {500_000, func(w *engine.Response, _ *http.Request) error {
			w.Hold()
			w.String(large)
			w.Info(0, nil)
			return nil
		}},
		"Info": {-1, func(w *engine.Response, _ *http.Request) error {
			w.Hold()
			w.Info(0, nil)
			for range 5 {
				io.WriteString(w, large[:len(large)/5])
			}
			return nil
		}},
	} {
		a := serve(t, engine.Options{}, rendering(tt.render)).get("/")
		if a.body != large || a.ContentLength != tt.length {
			t.Errorf("%s: %d bytes, Content-Length %d, want %d", name, len(a.body), a.ContentLength, tt.length)
		}
	}
}

// Hold keeps a late status possible, whatever was written and flushed before.
func TestHold(t *testing.T) {
	s := serve(t, engine.Options{}, rendering(func(w *engine.Response, _ *http.Request) error {
		w.Hold()
		w.Write(make([]byte, 200_000))
		w.Flush()
		w.Info(202, http.Header{"X-Late": {"1"}})
		return nil
	}))
	if a := s.get("/"); a.StatusCode != 202 || a.Header.Get("X-Late") != "1" || len(a.body) != 200_000 {
		t.Errorf("status %d, header %v, %d bytes", a.StatusCode, a.Header, len(a.body))
	}
}

// What a Reader returns, or what was flushed, arrives before there is more.
func TestStreaming(t *testing.T) {
	more := make(chan string)
	pages := []engine.Page{
		{Pattern: "/reader", Config: kind(engine.Fresh), Render: func(w *engine.Response, _ *http.Request) error {
			return w.Reader(channelReader(more))
		}},
		{Pattern: "/flush", Config: kind(engine.Fresh), Render: func(w *engine.Response, _ *http.Request) error {
			var _ http.Flusher = w
			for s := range more {
				io.WriteString(w, s)
				w.Flush()
			}
			return nil
		}},
	}
	for _, path := range []string{"/reader", "/flush"} {
		more = make(chan string, 1)
		pages[0].Render = func(w *engine.Response, _ *http.Request) error { return w.Reader(channelReader(more)) }
		s := serve(t, engine.Options{}, pages...)
		more <- "first"
		response, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		got := make([]byte, 5)
		if _, err := io.ReadFull(response.Body, got); err != nil || string(got) != "first" {
			t.Fatalf("%s: read %q, %v", path, got, err)
		}
		more <- "second"
		close(more)
		rest, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || string(rest) != "second" {
			t.Errorf("%s: read %q, %v", path, rest, err)
		}
	}
}

type channelReader <-chan string

func (c channelReader) Read(p []byte) (int, error) {
	s, ok := <-c
	if !ok {
		return 0, io.EOF
	}
	return copy(p, s), nil
}
