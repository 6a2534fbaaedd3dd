package build

import (
	"fmt"
	"regexp"
	"testing"
)

// TestImmutableRoutes checks that many paths become few routes, each no longer than
// the format allows, and that these match all of the paths and nothing else.
func TestImmutableRoutes(t *testing.T) {
	if routes := immutableRoutes(nil); len(routes) > 0 {
		t.Errorf("of nothing: %v", routes)
	}
	var paths []string
	for i := range 1000 {
		paths = append(paths, fmt.Sprintf("/images/an image (%d).0123456789ab.png", i))
	}
	routes := immutableRoutes(paths)
	if len(routes) > 40 {
		t.Errorf("there are %d routes", len(routes))
	}
	matched := func(path string) (n int) {
		for _, r := range routes {
			if len(r.Src) > maxSource {
				t.Fatalf("a route of %d bytes", len(r.Src))
			}
			if regexp.MustCompile(r.Src).MatchString(path) {
				n++
			}
		}
		return n
	}
	for path, want := range map[string]int{
		paths[0]: 1, paths[500]: 1, paths[999]: 1, "/images/an%20image%20%28999%29.0123456789ab.png": 1,
		"/images/an image (1).0123456789abXpng": 0, "/x" + paths[0]: 0, paths[0] + "x": 0,
	} {
		if got := matched(path); got != want {
			t.Errorf("%s is matched by %d routes, want %d", path, got, want)
		}
	}
}
