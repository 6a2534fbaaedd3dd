package python

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestFiles checks what of a project goes into the function.
func TestFiles(t *testing.T) {
	dir := project(t, `
-- pages/index.py --
def render(): return ""
def config(): return {"fresh": {}}
-- pages/page.go --
-- pages/_part.html --
-- lib/deep/data.bin --
-- lib/deep/module.pyc --
-- lib/public/kept.txt --
-- lib/go.mod --
-- README --
-- go.mod --
-- go.sum --
-- vercel.json --
-- main.go --
-- public/style.css --
-- node_modules/x/x.js --
-- lib/node_modules/x.js --
-- lib/__pycache__/x.cpython-313.pyc --
-- env/pyvenv.cfg --
-- env/lib/python3.13/site-packages/x.py --
-- .venv/pyvenv.cfg --
-- .git/config --
-- .vercel/output/config.json --
-- .env --
-- out/site/config.json --
-- out/site/functions/index.func/pages/index.py --
-- out/.jargo-123/output/static/x --
-- out/output-123.tmp/notes.txt --
-- out/kept.txt --
-- earlier/config.json --
{"version": 3, "routes": []}
-- earlier/static/index.html --
-- settings/config.json --
{"version": 3}
-- other/config.json --
{"version": "3"}
-- other/static/x --
`)
	outside := t.TempDir()
	writeFile(t, filepath.Join(outside, "linked.txt"), nil)
	for link, target := range map[string]string{
		"linked": outside, "lib/file": filepath.Join(outside, "linked.txt"), "lib/up": dir, "broken": "nothing", "settings.txt": ".env",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	var diags diag.List
	p, err := Load(t.Context(), Options{Dir: dir, Out: filepath.Join(dir, "out", "site"), Log: t.Output()}, &diags)
	if err != nil || len(diags) > 0 {
		t.Fatal(err, diags)
	}
	defer p.Close()
	got := slices.Sorted(maps.Keys(p.Files()))
	want := strings.Fields("README lib/deep/data.bin lib/file lib/go.mod lib/public/kept.txt linked/linked.txt other/config.json other/static/x out/kept.txt out/output-123.tmp/notes.txt pages/_part.html pages/index.py settings/config.json")
	if !slices.Equal(got, want) {
		t.Errorf("the function has %v, want %v", got, want)
	}
}
