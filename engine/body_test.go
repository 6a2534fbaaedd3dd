package engine_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

// TestBodyIsAStream has a fresh page and a handler read a request of which the
// rest is sent when they have seen its beginning: nothing keeps a body for them.
func TestBodyIsAStream(t *testing.T) {
	begun := make(chan struct{}, 1)
	read := func(r *http.Request) (string, error) {
		first := make([]byte, len("begin"))
		if _, err := io.ReadFull(r.Body, first); err != nil {
			return "", err
		}
		begun <- struct{}{}
		rest, err := io.ReadAll(r.Body)
		return string(first) + string(rest), err
	}
	s := serve(t, engine.Options{}, fresh("/page", read), engine.Page{Pattern: "/handler", Name: "handler",
		Handler: handler(func(w http.ResponseWriter, r *http.Request) {
			if text, err := read(r); err == nil {
				io.WriteString(w, text)
			}
		})})
	for _, path := range []string{"/page", "/handler"} {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		body, rest := io.Pipe()
		go func() {
			io.WriteString(rest, "begin")
			select {
			case <-begun:
				io.WriteString(rest, " and end")
				rest.Close()
			case <-ctx.Done():
				rest.CloseWithError(errors.New("the page does not see the beginning"))
			}
		}()
		r, err := http.NewRequestWithContext(ctx, "POST", s.url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		text, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		cancel()
		if err != nil || resp.StatusCode != 200 || string(text) != "begin and end" {
			t.Errorf("%s: %s %q, %v", path, resp.Status, text, err)
		}
	}
}
