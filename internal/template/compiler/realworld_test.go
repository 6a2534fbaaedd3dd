package compiler

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// realWorld is what real sites do that was once taken for a mistake, or was slow.
var realWorld = []mistake{
	{
		// Go can take the address of what is behind an embedded pointer, of a value, too.
		name: "pointer method of a field behind an embedded pointer",
		page: "{{.Inner.Title}} {{with .Inner}}{{.Title}}{{end}}",
		code: `type Page struct{ *Shown }
type Shown struct{ *Object }
type Object struct{ Inner }
type Inner struct{ Name string }

func (i *Inner) Title() string { return i.Name }
`,
	},
	{
		name: "pointer method of a field behind an unexported embedded pointer",
		page: "{{.Inner.Title}}",
		code: `type Page struct{ *shown }
type shown struct{ Inner Inner }
type Inner struct{ Name string }

func (i *Inner) Title() string { return i.Name }
`,
	},
}

func TestRealWorld(t *testing.T) {
	imports := importStandard(t)
	for _, row := range realWorld {
		t.Run(strings.ReplaceAll(row.name, " ", "_"), func(t *testing.T) {
			t.Parallel()
			result := Compile(row.load(t, imports))
			for _, m := range result.Mistakes {
				t.Errorf("a false alarm: %v", m.Diagnostic)
			}
			if result.Code == "" {
				t.Errorf("it is not compiled: %v", result.Why)
			}
		})
	}
}

// TestManyVariables checks that a page with many variables that get values of several
// types is walked a few times, and not once for each.
func TestManyVariables(t *testing.T) {
	var page strings.Builder
	for i := range 300 {
		fmt.Fprintf(&page, "{{$v%d := \"\"}}{{if .Count}}{{$v%[1]d = .Count}}{{end}}{{if $v%[1]d}}<p>{{.Title}}</p>{{end}}\n", i)
	}
	row := mistake{page: page.String(), code: "type Page struct { Title string; Count int }"}
	loaded := row.load(t, importStandard(t))
	start := time.Now()
	result := Compile(loaded)
	if taken := time.Since(start); taken > 2*time.Second {
		t.Errorf("it took %v", taken)
	}
	if len(result.Mistakes) > 0 || result.Code == "" {
		t.Errorf("mistakes %v, not compiled: %v", result.Mistakes, result.Why)
	}
}
