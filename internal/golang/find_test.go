package golang

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/diag"
)

// writeSite writes a txtar archive into a new directory, whose path has no
// symbolic links.
func writeSite(t *testing.T, archive string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	files, err := txtar.FS(txtar.Parse([]byte(archive)))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestFind has directories below pages/ with Go files: those that can be pages,
// and what is said of the others.
func TestFind(t *testing.T) {
	const (
		page      = "" // nothing is wrong
		private   = "private"
		rename    = "\n    rename it"
		directory = "\n    rename the directory"
	)
	project := t.TempDir()
	tests := map[string]string{ // what is said of each place
		"":                 page,
		"about":            page,
		"blog/slug_":       page,
		"docs/path__":      page,
		"feed.xml":         page,
		"a-b.c~d+e":        page,
		"404":              page,
		"internal":         page, // the program may import it: it is in pages/ itself
		"public":           page,
		"node_modules":     page,
		"_private":         private,
		".hidden":          private,
		"testdata":         private,
		"about/_parts/sub": private,

		"[slug]":             `a page cannot be named "[slug]"` + "\n    a parameter is spelled with an underscore at the end: rename it to slug_",
		"optional/[[...x]]":  `a page cannot be named "[[...x]]"` + "\n    a catch-all is spelled with two underscores at the end: rename it to x__",
		"documents/[...all]": `a page cannot be named "[...all]"` + "\n    a catch-all is spelled with two underscores at the end: rename it to all__",
		"(group)":            `a page cannot be named "(group)"` + "\n    there are no groups: every directory between pages/ and a page is part of its route",
		"$id":                `a page cannot be named "$id"` + "\n    a parameter is spelled with an underscore at the end: rename it to id_",
		"a b":                `"a b" cannot be a part of a URL: it contains ' '` + "\n    use letters, digits and - . _ ~ + only",
		"all__/more": `the catch-all "all__" is not the last segment of its route` +
			"\n    spell it all_ to make it a parameter of one segment, or move what is below it",
		"id_/id_":       `the route has two parameters named "id"` + "\n    give one of the two another name",
		"index":         `a page cannot be named "index": the name means the directory's own page` + rename,
		"old.html":      `a page cannot be named "old.html": the name ends in .html, which URLs leave out` + rename,
		"x.func":        `a page cannot be named "x.func": the name ends in .func, which the output reserves` + rename,
		"é":             "Go cannot import a package from pages/é: invalid char 'é'" + directory,
		"dot.":          "Go cannot import a package from pages/dot.: trailing dot in path element" + directory,
		"con":           `Go cannot import a package from pages/con: "con" disallowed as path element component on Windows` + directory,
		"deep/internal": `Go gives directories named "internal" a meaning of their own and forbids importing this page` + directory,
		"vendor":        `Go gives directories named "vendor" a meaning of their own and forbids importing this page` + directory,
	}
	for place := range tests {
		writeTestFile(t, filepath.Join(project, "pages", place, "page.go"))
	}
	for _, file := range []string{"test/page_test.go", "text/page.txt", "ignored/_page.go", "ignored/.page.go", "dir/page.go/README", "empty/sub/README"} {
		writeTestFile(t, filepath.Join(project, "pages", file))
	}
	var diags diag.List
	candidates, err := find(project, nil, &diags)
	if err != nil {
		t.Fatal(err)
	}
	var found, want []string
	for _, c := range candidates {
		if c.dir() != strings.TrimSuffix("pages/"+c.place, "/") {
			t.Errorf("the directory of %s is %s", c.place, c.dir())
		}
		found = append(found, c.place)
	}
	said := map[string][]string{}
	for _, d := range diags {
		said[d.Pos.String()] = append(said[d.Pos.String()], d.String())
	}
	for place, message := range tests {
		at := strings.ReplaceAll("pages/"+place+"/page.go:1:1", "//", "/")
		switch got := strings.Join(said[at], "\n"); {
		case message == page || message == private:
			if got != "" {
				t.Errorf("%q: got\n%s", place, got)
			}
			if message == page {
				want = append(want, place)
			}
		case got != at+": "+message:
			t.Errorf("%q: got\n%s\nwant\n%s: %s", place, got, at, message)
		}
		delete(said, at)
	}
	for at := range maps.Keys(said) {
		t.Errorf("something is said of %s: %s", at, said[at])
	}
	slices.Sort(found)
	slices.Sort(want)
	if !slices.Equal(found, want) {
		t.Errorf("the candidates are %q, want %q", found, want)
	}
}

// TestFindTempl has directories with files of templ: one diagnostic for each that
// lacks what is generated.
func TestFindTempl(t *testing.T) {
	project := t.TempDir()
	for _, file := range []string{
		"page.go", "done.templ", "done_templ.go", "shop/page.go", "shop/cart.templ", "shop/item.templ", "shop/done.templ", "shop/done_templ.go",
		"only/view.templ", "_parts/private.templ", "dir.templ/page.go",
	} {
		writeTestFile(t, filepath.Join(project, "pages", file))
	}
	var diags diag.List
	if _, err := find(project, nil, &diags); err != nil {
		t.Fatal(err)
	}
	const fix = "\n    run the generator, and again after each change: templ generate"
	wantDiags(t, diags, "pages/only/view.templ: no Go code is generated from it: there is no view_templ.go"+fix+
		"\npages/shop/cart.templ: no Go code is generated from it: there is no cart_templ.go"+fix)
}

func writeTestFile(t *testing.T, file string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestFindNothing has a project without pages/.
func TestFindNothing(t *testing.T) {
	var diags diag.List
	if found, err := find(t.TempDir(), nil, &diags); err == nil || len(found) > 0 {
		t.Errorf("found %v, %v", found, err)
	}
}

// TestHidden has names of files with nothing that could be read to an end: what
// the Go tool would open is hidden from it, and reported.
func TestHidden(t *testing.T) {
	project := writeSite(t, `
-- pages/page.go --
-- pages/only/README --
-- pages/mixed/page.go --
-- lib/README --
-- .git/README --
-- web/node_modules/README --
`)
	pipes := []string{
		"pages/only/page.go", "pages/mixed/page_test.go", "pages/mixed/sum.s", "lib/lib.c", // hidden
		"pages/_page.go", "pages/.page.go", "pages/notes", "lib/data.txt", ".git/x.go", "web/node_modules/x.go",
	}
	for _, name := range pipes {
		if err := syscall.Mkfifo(filepath.Join(project, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"pages/zero.go": "/dev/zero", "lib/linked.go": "../pages/page.go", "lib/gone.go": "nowhere"} {
		if err := os.Symlink(target, filepath.Join(project, name)); err != nil {
			t.Fatal(err)
		}
	}
	var diags diag.List
	s := pageSet{tool: goTool{dir: project}, cache: cache{t.TempDir()}}
	left, err := s.hide([]candidate{{place: ""}, {place: "only"}, {place: "mixed"}}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 2 || left[0].place != "" || left[1].place != "mixed" {
		t.Errorf("the candidates are %v", left)
	}
	wantDiags(t, diags, `lib/lib.c: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
pages/mixed/page_test.go: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
pages/mixed/sum.s: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
pages/only/page.go: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
pages/zero.go: it is a device or a link to one, but a file is needed
    remove it, or put a file in its place`)
	overlay, err := os.ReadFile(s.tool.overlay)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range diags {
		if want := `"` + filepath.Join(project, d.Pos.File) + `":""`; !strings.Contains(string(overlay), want) {
			t.Errorf("%s is not in the overlay: %s", want, overlay)
		}
	}
}

// TestModuleFilesArePipes has no files where the Go tool looks for a module.
func TestModuleFilesArePipes(t *testing.T) {
	dir := writeSite(t, "-- site/pages/page.go --\n-- go.work.sum --\n")
	project := filepath.Join(dir, "site")
	var diags diag.List
	if !checkModuleFiles(project, &diags) {
		t.Error(diags)
	}
	for _, name := range []string{"go.mod", "go.sum", "site/go.work"} {
		if err := syscall.Mkfifo(filepath.Join(dir, name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if checkModuleFiles(project, &diags) {
		t.Error("nothing is wrong")
	}
	wantDiags(t, diags, `../go.mod: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
../go.sum: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
go.work: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place`)
}
