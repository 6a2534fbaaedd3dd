package build

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/vercel"
)

// TestInclude has globs and the files that they include.
func TestInclude(t *testing.T) {
	project, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a.txt", "a[1]/b.txt", "a[1]/c/d.txt", "e/f.txt"} {
		writeText(t, filepath.Join(project, filepath.FromSlash(name)), "")
	}
	for glob, want := range map[string]string{
		"a.txt":              "a.txt",
		"*.txt":              "a.txt",
		"**/*.txt":           "a.txt a[1]/b.txt a[1]/c/d.txt e/f.txt",
		"e/f.txt":            "e/f.txt",
		"{e,a.txt}/**":       "a.txt e/f.txt",
		`a\[1\]/**`:          "a[1]/b.txt a[1]/c/d.txt",
		`a\[1\]/*`:           "a[1]/b.txt",
		`a\[1\]/b.txt`:       "a[1]/b.txt",
		`a\[1\]/c/d.txt`:     "a[1]/c/d.txt",
		`{e/*,a\[1\]/b.txt}`: "a[1]/b.txt e/f.txt",
	} {
		var diags diag.List
		i := &includer{project: project, diags: &diags, found: map[*vercel.FunctionRule]map[string]string{}}
		files, err := i.find(&vercel.FunctionRule{IncludeFiles: glob})
		if got := strings.Join(slices.Sorted(maps.Keys(files)), " "); got != want || err != nil || len(diags) > 0 {
			t.Errorf("%s: %s, want %s\n%v %v", glob, got, want, err, diags)
		}
	}
}

// TestIncludeNames has a directory of a name that no deployment accepts.
func TestIncludeNames(t *testing.T) {
	project, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	writeText(t, filepath.Join(project, "content", "\x1b[2Jdir", "a.txt"), "")
	writeText(t, filepath.Join(project, "content", "b.txt"), "")
	var diags diag.List
	i := &includer{project: project, diags: &diags, found: map[*vercel.FunctionRule]map[string]string{}}
	files, err := i.find(&vercel.FunctionRule{IncludeFiles: "content/**/*.txt"})
	const want = `"content/\x1b[2Jdir": its name contains a control character
    rename it: such a name cannot be built or deployed`
	if got := diags.Err(); err != nil || len(files) != 1 || got == nil || got.Error() != want {
		t.Errorf("%v, %v, %v", files, got, err)
	}
}
