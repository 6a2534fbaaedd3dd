package serve

import (
	"testing"

	"github.com/jargo-dev/jargo/internal/host"
)

// TestSelection selects entries as people write their paths.
func TestSelection(t *testing.T) {
	for _, tt := range []struct {
		selection
		host, path string
		want       bool
	}{
		{selection{}, "a", "/b", true},
		{selection{}, "a", "", true},
		{selection{host: "a"}, "b", "/b", false},
		{selection{path: "/cr%C3%A8me"}, "a", "/cr%C3%A8me?page=2", true},
		{selection{path: "/crème"}, "a", "/cr%C3%A8me", true},
		{selection{path: "/b?page=1"}, "a", "/b?page=2", false},
		{selection{path: "/b?page=2", host: "a"}, "a", "/b?page=2", true},
		{selection{path: "/b"}, "a", "/bc", false},
		{selection{prefix: "/b"}, "a", "/bc", true},
		{selection{prefix: "/b/"}, "a", "/b", false},
		{selection{prefix: "/"}, "a", "", false},
	} {
		p := host.CachedPage{}
		p.Host, p.Path = tt.host, tt.path
		if got := tt.has(p); got != tt.want {
			t.Errorf("%+v has %s%s: %v", tt.selection, tt.host, tt.path, got)
		}
	}
}
