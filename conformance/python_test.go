package conformance_test

import (
	"path/filepath"
	"testing"
)

// TestPythonExamples has the vendor judge the sites with Python pages.
func TestPythonExamples(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	needValidator(t)
	for _, name := range []string{"python", "mixed"} {
		dir := buildSite(t, filepath.Join("..", "examples", name), "arm64")
		compareReaders(t, dir, accepted(t, dir))
	}
}
