package markup

import (
	"maps"
	"slices"
	"testing"

	"github.com/jargo-dev/jargo/internal/template/compiler"
)

// TestFunctions checks that templates have the functions against which they are checked.
func TestFunctions(t *testing.T) {
	have, checked := slices.Sorted(maps.Keys(functions())), slices.Sorted(maps.Keys(compiler.OwnFuncs(nil)))
	if !slices.Equal(have, checked) {
		t.Errorf("templates have %v, and are checked against %v", have, checked)
	}
}
