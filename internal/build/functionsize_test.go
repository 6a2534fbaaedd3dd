package build

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// TestFunctionSize checks the message for a function over the platform's limit. The
// files take no room: they are all hole.
func TestFunctionSize(t *testing.T) {
	dir, files := t.TempDir(), map[string]string{}
	sparse := func(name string, size int64) {
		files[name] = filepath.Join(dir, filepath.FromSlash(name))
		writeText(t, files[name], "")
		if err := os.Truncate(files[name], size); err != nil {
			t.Fatal(err)
		}
	}
	page := &site.Page{Source: diag.Pos{File: "pages/a.py", Line: 2, Col: 1}, Route: site.Route{{Name: "a"}}}
	var diags diag.List
	sparse("models/large/one", 150*1000*1000)
	sparse("models/large/two", 100*1000*1000)
	if err := checkFunctionSize(page, files, &diags); err != nil || len(diags) > 0 {
		t.Errorf("at the limit: %v, %v", err, diags)
	}
	for i := range 12 {
		sparse("data/"+string(rune('a'+i))+".bin", int64(i+1)*1000*1000)
	}
	if err := checkFunctionSize(page, files, &diags); err != nil {
		t.Fatal(err)
	}
	want := `pages/a.py:2:1: the function of /a is 328.0 MB: it can be 250.0 MB
    leave files out with excludeFiles in vercel.json, or move them out of the project; the largest are:
     250.0 MB  models/large/
      12.0 MB  data/l.bin
      11.0 MB  data/k.bin
      10.0 MB  data/j.bin
       9.0 MB  data/i.bin
       8.0 MB  data/h.bin
       7.0 MB  data/g.bin
       6.0 MB  data/f.bin
       5.0 MB  data/e.bin
       4.0 MB  data/d.bin`
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}
