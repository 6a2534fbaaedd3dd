package engine_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/engine"
)

// A writer that outlives its page must not reach the next visitor's response.
func TestWriteAfterReturn(t *testing.T) {
	var kept *engine.Response
	h := engine.NewHandler([]engine.Page{rendering(func(w *engine.Response, _ *http.Request) error {
		kept = w
		return w.String("x")
	})}, engine.Options{})
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
	if _, err := kept.Write([]byte("y")); err == nil {
		t.Error("Write works after the page has returned")
	}
	if err := kept.String("y"); err == nil {
		t.Error("String works after the page has returned")
	}
	kept.Flush()
}

// Responses share buffers, never their contents.
func TestConcurrentResponses(t *testing.T) {
	s := serve(t, engine.Options{}, fresh("/{slug}", func(r *http.Request) (string, error) {
		n, _ := strconv.Atoi(r.PathValue("slug"))
		if n%7 == 0 {
			return "", errors.New("seven")
		}
		return strings.Repeat(r.PathValue("slug")+".", n*50), nil
	}))
	done := make(chan string)
	for i := 1; i <= 50; i++ {
		go func() {
			a, err := s.try("GET", "/"+strconv.Itoa(i))
			want := strings.Repeat(strconv.Itoa(i)+".", i*50)
			if err != nil || i%7 != 0 && a.body != want || i%7 == 0 && a.StatusCode != 500 {
				done <- fmt.Sprintf("page %d: %v, status %d, %d bytes", i, err, a.StatusCode, len(a.body))
			}
			done <- ""
		}()
	}
	for i := 1; i <= 50; i++ {
		if failed := receive(t, "response", done); failed != "" {
			t.Error(failed)
		}
	}
}
