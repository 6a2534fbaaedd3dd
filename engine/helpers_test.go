package engine_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/engine"
)

// patience is how long a test waits for what must happen. Nothing waits for it
// to pass.
const patience = 30 * time.Second

// site is a running handler and its log.
type site struct {
	t   *testing.T
	url string

	mu  sync.Mutex
	log []string
}

func serve(t *testing.T, o engine.Options, pages ...engine.Page) *site {
	t.Helper()
	s := &site{t: t}
	o.Log = func(_ context.Context, message string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.log = append(s.log, message)
	}
	server := httptest.NewServer(engine.NewHandler(pages, o))
	server.Config.ErrorLog = nil
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *site) logged() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Join(s.log, "\n")
}

// answer is a response with its body read.
type answer struct {
	*http.Response
	body string
}

// do sends a request and follows no redirect. header are pairs.
func (s *site) do(method, target string, header ...string) answer {
	s.t.Helper()
	a, err := s.try(method, target, header...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *site) get(target string) answer { s.t.Helper(); return s.do("GET", target) }

func (s *site) try(method, target string, header ...string) (answer, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.url+target, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return answer{response, string(body)}, err
}

// want fails the test unless the answer has the status and the body.
func (a answer) want(t *testing.T, status int, body string) {
	t.Helper()
	if a.StatusCode != status || a.body != body {
		t.Errorf("%s %s: status %d, body %q; want %d, %q",
			a.Request.Method, a.Request.URL, a.StatusCode, a.body, status, body)
	}
}

func kind(k engine.Kind) func() engine.Config {
	return func() engine.Config { return engine.Config{Kind: k} }
}

// fresh is a page that shows what render returns.
func fresh(pattern string, render func(r *http.Request) (string, error)) engine.Page {
	return page(pattern, engine.Fresh, render)
}

func page(pattern string, k engine.Kind, render func(r *http.Request) (string, error)) engine.Page {
	return engine.Page{Pattern: pattern, Name: name(pattern), Source: "pages" + pattern + "/page.go", Config: kind(k),
		Render: func(w *engine.Response, r *http.Request) error {
			body, err := render(r)
			if err != nil {
				return err
			}
			return w.String(body)
		}}
}

// text is a page with a fixed body.
func text(pattern string, k engine.Kind, body string) engine.Page {
	return page(pattern, k, func(*http.Request) (string, error) { return body, nil })
}

// rendering is a fresh page "/" with the given Render.
func rendering(render func(w *engine.Response, r *http.Request) error) engine.Page {
	return engine.Page{Pattern: "/", Name: "index", Source: "pages/page.go", Config: kind(engine.Fresh), Render: render}
}

// handler is the Handler of a page that cannot fail.
func handler(h http.HandlerFunc) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		h(w, r)
		return nil
	}
}

// name is the output path of a pattern.
func name(pattern string) string {
	if pattern == "/" {
		return "index"
	}
	parts := strings.Split(pattern[1:], "/")
	for i, p := range parts {
		if n := strings.Trim(p, "{}"); n != p {
			parts[i] = "[" + n + "]"
			if c, ok := strings.CutSuffix(n, "..."); ok {
				parts[i] = "[..." + c + "]"
			}
		}
	}
	return strings.Join(parts, "/")
}

// seen shows what a request carries.
func seen(r *http.Request) (string, error) {
	return fmt.Sprintf("%s %s path=%s query=%s slug=%s pattern=%s host=%q remote=%q headers=%d",
		r.Method, r.RequestURI, r.URL.Path, r.URL.RawQuery, r.PathValue("slug"), r.Pattern, r.Host, r.RemoteAddr, len(r.Header)), nil
}

func receive[T any](t testing.TB, what string, c <-chan T) T {
	t.Helper()
	select {
	case v, ok := <-c:
		if !ok {
			t.Fatalf("%s: closed", what)
		}
		return v
	case <-time.After(patience):
		t.Fatalf("%s: nothing came", what)
	}
	panic("unreachable")
}
