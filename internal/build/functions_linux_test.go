package build_test

import (
	"os"
	"path/filepath"
	"testing"
)

// TestEqualLinks checks that the functions which are links to the same one are one link
// with several names, on a system where that is possible.
func TestEqualLinks(t *testing.T) {
	out := newDeveloped(t, "-- go.mod --\nmodule example.com/site\n\ngo 1.26\n"+
		"-- pages/a/page.go --\npackage a\n\nfunc Render() string { return \"\" }\n"+
		"-- pages/b/page.go --\npackage b\n\nfunc Render() string { return \"\" }\n"+
		"-- pages/c/page.go --\npackage c\n\nfunc Render() string { return \"\" }\n").build()
	var links []os.FileInfo
	for _, name := range []string{"b.func", "c.func"} {
		info, err := os.Lstat(filepath.Join(out, "functions", name))
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			t.Fatalf("%s is no link: %v, %v", name, info, err)
		}
		links = append(links, info)
	}
	if !os.SameFile(links[0], links[1]) {
		t.Error("two links say the same and are two files")
	}
}
