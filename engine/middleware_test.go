package engine_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo"
	"github.com/jargo-dev/jargo/engine"
)

type middleware = func(http.Handler) http.Handler

func wrapped(p engine.Page, by ...middleware) engine.Page {
	p.Middleware = by
	return p
}

type contextKey struct{}

// statusWriter notes the status, and tells what it wraps.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// noting adds its name to a header and to the request's context, and calls done with
// the status that it saw.
func noting(name string, done func(string)) middleware {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Add("X-Seen", name+" "+r.PathValue("slug"))
			w.Header().Add("Set-Cookie", name+"=1")
			ctx := context.WithValue(r.Context(), contextKey{}, fmt.Sprint(r.Context().Value(contextKey{}), name))
			s := &statusWriter{ResponseWriter: w}
			next.ServeHTTP(s, r.WithContext(ctx))
			done(fmt.Sprint(name, s.status))
		})
	}
}

// Middleware is around fresh pages and Handlers, the outer before the inner, and
// around the responses to their errors.
func TestMiddleware(t *testing.T) {
	seen := make(chan string, 100)
	done := func(s string) { seen <- s }
	around := []middleware{noting("outer", done), noting("inner", done)}
	s := serve(t, engine.Options{},
		wrapped(text("/404", engine.Fresh, "not here"), around...),
		wrapped(fresh("/page/{slug}", func(r *http.Request) (string, error) {
			switch slug := r.PathValue("slug"); slug {
			case "missing":
				return "", jargo.NotFound
			case "moved":
				return "", jargo.Redirect("/new", 303)
			case "panic":
				panic("the cause")
			}
			return fmt.Sprint(r.Method, " ", r.Context().Value(contextKey{})), nil
		}), around...),
		wrapped(engine.Page{Pattern: "/handler/{slug}", Handler: func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Type", "text/secret")
			w.Header().Set("X-Handler", "1")
			if r.PathValue("slug") == "panic" {
				panic("the cause")
			}
			return jargo.NotFound
		}}, around...),
		wrapped(text("/shared", engine.Regenerated, "shared"), around...),
	)
	for _, tt := range []struct {
		method, path string
		status       int
		body, header string
	}{
		{"GET", "/page/x", 200, "GET <nil>outerinner", "outer x,inner x"},
		{"POST", "/page/x", 200, "POST <nil>outerinner", "outer x,inner x"},
		{"HEAD", "/page/x", 200, "", "outer x,inner x"},
		{"GET", "/page/missing", 404, "not here", "outer missing,inner missing"},
		{"GET", "/page/moved", 303, "Redirecting...\n", "outer moved,inner moved"},
		{"GET", "/page/panic", 500, "", "outer panic,inner panic"},
		{"GET", "/handler/missing", 404, "not here", "outer missing,inner missing"},
		{"GET", "/handler/panic", 500, "", "outer panic,inner panic"},
		{"GET", "/404", 404, "not here", "outer,inner"},
		{"GET", "/shared", 200, "shared", ""},
		{"GET", "/nowhere", 404, "not here", ""},
	} {
		a := s.do(tt.method, tt.path)
		if a.StatusCode != tt.status || tt.body != "" && a.body != tt.body {
			t.Errorf("%s %s: status %d, body %q", tt.method, tt.path, a.StatusCode, a.body)
		}
		if got := strings.Join(a.Header["X-Seen"], ","); got != tt.header || a.Header.Get("Content-Type") == "text/secret" {
			t.Errorf("%s %s: header %v", tt.method, tt.path, a.Header)
		}
		if tt.header == "" {
			continue
		}
		if len(a.Header["Set-Cookie"]) != 2 {
			t.Errorf("%s %s: cookies %q", tt.method, tt.path, a.Header["Set-Cookie"])
		}
		want := fmt.Sprintf("inner%d outer%[1]d", tt.status)
		if got := receive(t, "inner", seen) + " " + receive(t, "outer", seen); got != want {
			t.Errorf("%s %s: seen %q, want %q", tt.method, tt.path, got, want)
		}
	}
	if n := strings.Count(s.logged(), "the cause"); n != 2 {
		t.Errorf("logged %q", s.logged())
	}
}

// A page may set cookies beside those of its Middleware.
func TestMiddlewareCookies(t *testing.T) {
	p := rendering(func(w *engine.Response, _ *http.Request) error {
		w.Info(0, http.Header{"Set-Cookie": {"b=2"}, "Vary": {"Accept"}, "Cache-Control": {"no-store"}})
		return w.String("x")
	})
	s := serve(t, engine.Options{}, wrapped(p, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Set-Cookie", "a=1")
			w.Header().Set("Vary", "Cookie")
			w.Header().Set("Cache-Control", "private")
			next.ServeHTTP(w, r)
		})
	}))
	h := s.get("/").Header
	if got := fmt.Sprint(h["Set-Cookie"], h["Vary"], h["Cache-Control"]); got != "[a=1 b=2] [Cookie Accept] [no-store]" {
		t.Errorf("header %s", got)
	}
}

// Middleware may answer itself, and write around the page.
func TestMiddlewareWrites(t *testing.T) {
	var made int
	around := func(next http.Handler) http.Handler {
		made++
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.RawQuery == "stop" {
				http.Error(w, "stopped", http.StatusForbidden)
				return
			}
			next.ServeHTTP(w, r)
			io.WriteString(w, " after")
		})
	}
	s := serve(t, engine.Options{}, wrapped(text("/", engine.Fresh, "page"), around))
	s.get("/").want(t, 200, "page after")
	s.get("/?stop").want(t, 403, "stopped\n")
	if made != 1 {
		t.Errorf("the chain is made %d times", made)
	}
}

// What is written reaches the visitor through a writer of Middleware that tells what
// it wraps, and so do the other abilities of a connection.
func TestMiddlewareStreams(t *testing.T) {
	done := func(string) {}
	next := make(chan bool)
	s := serve(t, engine.Options{},
		wrapped(engine.Page{Pattern: "/render", Config: kind(engine.Fresh), Render: func(w *engine.Response, r *http.Request) error {
			w.WriteString("first ")
			w.Flush()
			<-next
			return w.String("second")
		}}, noting("a", done)),
		wrapped(engine.Page{Pattern: "/handler", Handler: func(w http.ResponseWriter, r *http.Request) error {
			io.WriteString(w, "first ")
			w.(http.Flusher).Flush()
			<-next
			_, err := w.(io.ReaderFrom).ReadFrom(strings.NewReader("second"))
			return err
		}}, noting("a", done)),
		wrapped(engine.Page{Pattern: "/upgrade/{slug}", Handler: handler(upgrade)}, noting("a", done)),
	)
	for _, path := range []string{"/render", "/handler"} {
		response, err := http.Get(s.url + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		first := make([]byte, len("first "))
		if _, err := io.ReadFull(response.Body, first); err != nil || string(first) != "first " {
			t.Errorf("%s: read %q, %v", path, first, err)
		}
		next <- true
		if rest, err := io.ReadAll(response.Body); err != nil || string(rest) != "second" {
			t.Errorf("%s: read %q, %v", path, rest, err)
		}
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(patience))
	fmt.Fprint(conn, "GET /upgrade/conn HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nhello\n")
	in := bufio.NewReader(conn)
	if response, err := http.ReadResponse(in, nil); err != nil || response.StatusCode != 101 {
		t.Fatalf("upgrade: %v, %v", response, err)
	}
	if got, err := io.ReadAll(in); err != nil || string(got) != "echo hello\n" {
		t.Errorf("upgrade: read %q, %v", got, err)
	}
}

// What goes wrong in Middleware is the site's 500 page, and the log has the cause.
func TestMiddlewareFails(t *testing.T) {
	failing := func(h http.HandlerFunc) middleware { return func(http.Handler) http.Handler { return h } }
	page := func(pattern string, by middleware) engine.Page {
		return wrapped(text(pattern, engine.Fresh, "page"), by)
	}
	s := serve(t, engine.Options{}, text("/500", engine.Fresh, "sorry"),
		page("/panics", failing(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Secret", "1")
			panicInPage()
		})),
		page("/making", func(http.Handler) http.Handler { panic("no key") }),
		page("/nil", func(http.Handler) http.Handler { return nil }),
		page("/late", func(next http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				next.ServeHTTP(w, r)
				panic("too late")
			})
		}),
		page("/abort", failing(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })),
	)
	for path, want := range map[string]string{
		"/panics": "GET /panics (pages/panics/page.go): panic: runtime error: index out of range [5] with length 0\n\t",
		"/making": "GET /making (pages/making/page.go): panic: no key\n\t",
		"/nil":    "GET /nil (pages/nil/page.go): call Middleware: it returned nil",
	} {
		for range 2 { // also when it has failed before
			a := s.get(path)
			if a.want(t, 500, "sorry"); a.Header.Get("X-Secret") != "" {
				t.Errorf("%s: header %v", path, a.Header)
			}
		}
		if strings.Count(s.logged(), want) != 2 {
			t.Errorf("%s: logged %q", path, s.logged())
		}
	}
	if strings.Contains(s.logged(), "(*page).") {
		t.Errorf("the engine is in a stack: %s", s.logged())
	}
	for _, path := range []string{"/late", "/abort"} {
		if a, err := s.try("GET", path); err == nil {
			t.Errorf("%s: status %d, want no response", path, a.StatusCode)
		}
	}
	if log := s.logged(); !strings.Contains(log, "too late") || strings.Contains(log, "/abort") {
		t.Errorf("logged %q", log)
	}
}

// A deadline that Middleware sets is an error of the page, unlike a visitor who has left.
func TestMiddlewareDeadline(t *testing.T) {
	s := serve(t, engine.Options{}, wrapped(fresh("/", func(r *http.Request) (string, error) {
		<-r.Context().Done()
		return "", r.Context().Err()
	}), func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			ctx, cancel := context.WithTimeout(r.Context(), time.Millisecond)
			defer cancel()
			next.ServeHTTP(w, r.WithContext(ctx))
		})
	}))
	if a := s.get("/"); a.StatusCode != 500 || !strings.Contains(s.logged(), context.DeadlineExceeded.Error()) {
		t.Errorf("status %d, log %q", a.StatusCode, s.logged())
	}
}

// What Config cannot say is no reason to run a page's Middleware.
func TestMiddlewareOfNoKind(t *testing.T) {
	s := serve(t, engine.Options{}, wrapped(page("/", "", func(*http.Request) (string, error) { return "", errors.New("not reached") }),
		func(http.Handler) http.Handler { panic("not reached") }))
	if a := s.get("/"); a.StatusCode != 500 || strings.Contains(s.logged(), "not reached") {
		t.Errorf("status %d, log %q", a.StatusCode, s.logged())
	}
}
