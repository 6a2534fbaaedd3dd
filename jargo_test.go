package jargo_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jargo-dev/jargo"
)

func TestNotFound(t *testing.T) {
	wrapped := fmt.Errorf("post %q: %w", "hello", jargo.NotFound)
	if !errors.Is(wrapped, jargo.NotFound) {
		t.Error("a wrapped NotFound is not NotFound")
	}
	if got, want := wrapped.Error(), `post "hello": page not found`; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
	if errors.Is(jargo.Redirect("/", 0), jargo.NotFound) {
		t.Error("a redirect is NotFound")
	}
}

func TestRedirect(t *testing.T) {
	for _, tt := range []struct{ code, want int }{{0, 307}, {301, 301}, {308, 308}} {
		var target interface{ RedirectTo() (string, int) }
		err := fmt.Errorf("moved: %w", jargo.Redirect("/new", tt.code))
		if !errors.As(err, &target) {
			t.Fatalf("%v has no RedirectTo", err)
		}
		if url, code := target.RedirectTo(); url != "/new" || code != tt.want {
			t.Errorf("Redirect(/new, %d) is to %s with %d, want %d", tt.code, url, code, tt.want)
		}
	}
	if got, want := jargo.Redirect("/new", 0).Error(), `redirect to "/new" with status 307`; got != want {
		t.Errorf("message %q, want %q", got, want)
	}
}
