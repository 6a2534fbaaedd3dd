package function

import (
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestEnviron has the host be a program that is a function itself: what that was told is not
// for others.
func TestEnviron(t *testing.T) {
	for _, name := range []string{"PORT", "VERCEL_IPC_PATH", "JARGO_FUNCTION_DIR"} {
		t.Setenv(name, "the host's")
	}
	t.Setenv("OTHER", "the user's")
	env := NewSet(Options{}).environ(&output.Function{}, "PORT=1")
	if !slices.Contains(env, "OTHER=the user's") || !slices.Contains(env, "PORT=1") {
		t.Errorf("a variable is missing: %q", env)
	}
	for _, v := range env {
		if _, value, _ := strings.Cut(v, "="); value == "the host's" {
			t.Errorf("a function has %s", v)
		}
	}
}
