package python

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestOwnFutures checks that the handler's own future imports do not reach the
// pages: under them, what does not exist could stand in an annotation.
func TestOwnFutures(t *testing.T) {
	_, diags := loadProject(t, project(t, "-- pages/it.py --\ndef render(x: nothing = 1): return ''\n"), t.Output())
	if len(diags) != 1 || !strings.Contains(diags[0].Message, "NameError") {
		t.Errorf("got %v", diags)
	}
}

// TestEncodings checks that pages are in any encoding that Python reads.
func TestEncodings(t *testing.T) {
	dir := t.TempDir()
	for name, source := range map[string]string{
		"bom":    "\ufeffdef render(): return 'é'\n",
		"latin":  "# -*- coding: latin-1 -*-\ndef render(): return '\xe9'\n",
		"crlf":   "def render():\r\n    return 'é'\r\n",
		"wrong":  "X = 1\ndef render(): return '\xe9'\n",
		"cookie": "# coding: klingon\ndef render(): return ''\n",
	} {
		writeFile(t, filepath.Join(dir, "pages", name+".py"), []byte(source))
	}
	p, diags := loadProject(t, dir, t.Output())
	got, more := renderAll(t, p)
	for _, path := range []string{"/bom", "/latin", "/crlf"} {
		if got[path] != "200 é" {
			t.Errorf("%s: %q", path, got[path])
		}
	}
	list, _ := diags.Err().(diag.List)
	if len(list) != 2 || len(more) > 0 {
		t.Fatal(diags, more)
	}
	if d := list[0]; d.Pos.File != "pages/cookie.py" || d.Message != "/cookie: SyntaxError: unknown encoding: klingon" {
		t.Errorf("got %v", d)
	}
	// Where in the line, and what exactly, differs between versions.
	if d := list[1]; d.Pos.File != "pages/wrong.py" || d.Pos.Line != 2 || !strings.HasPrefix(d.Message, "/wrong: SyntaxError: (unicode error) 'utf-8' codec can't decode byte 0xe9") {
		t.Errorf("got %v", d)
	}
}

// TestMissingModules checks that only what may be a package is called one.
func TestMissingModules(t *testing.T) {
	_, diags := loadProject(t, project(t, `
-- lib/words.py --
-- helper.py --
-- pages/a.py --
import marko.inline
-- pages/b.py --
import lib.gone
-- pages/c.py --
import xml.gone
-- pages/d.py --
import helper.gone
`), t.Output())
	const want = `pages/a.py:1:1: /a: ModuleNotFoundError: No module named 'marko'
    if marko is a package, add it to requirements.txt
pages/b.py:1:1: /b: ModuleNotFoundError: No module named 'lib.gone'
pages/c.py:1:1: /c: ModuleNotFoundError: No module named 'xml.gone'
pages/d.py:1:1: /d: ModuleNotFoundError: No module named 'helper.gone'; 'helper' is not a package`
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

// TestLinkedPages checks that symbolic links to directories are followed, but
// not in circles.
func TestLinkedPages(t *testing.T) {
	dir := project(t, `
-- site/index.py --
def render(): return "home"
-- more/post.py --
def render(): return "post"
-- README --
`)
	for link, target := range map[string]string{
		"pages": "site", "site/blog": "../more", "more/up": "../site", "site/_drafts": "../more", "site/broken": "nothing",
	} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	p, diags := loadProject(t, dir, t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || len(got) != 2 || got["/"] != "200 home" || got["/blog/post"] != "200 post" {
		t.Errorf("got %v, %v", got, err)
	}
}
