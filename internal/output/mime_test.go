package output_test

import (
	"os"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// TestTypesOfPages checks that a page which sets no type needs no override: what
// it has is the type of its file.
func TestTypesOfPages(t *testing.T) {
	data, err := os.ReadFile("../../engine/testdata/types.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(data), "\n") {
		columns := strings.Split(line, "\t")
		if line == "" || line[0] == '#' || strings.HasPrefix(columns[2], "text/html") {
			continue
		}
		if got := output.ContentType(columns[0]); got != columns[2] {
			t.Errorf("%s: a file has type %q, a page %q", columns[0], got, columns[2])
		}
	}
}
