package build

import (
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestFindAssets has a public/ with files, links, and what is neither: links are
// followed to files, and nothing else is opened.
func TestFindAssets(t *testing.T) {
	project := t.TempDir()
	public := filepath.Join(project, "public")
	for _, name := range []string{
		"elsewhere.txt", "public/plain.txt", "public/sub/deep.txt", "public/café.txt", "public/.well-known/security.txt",
		"public/caf\xe9.txt", "public/\x1b[2Jdir/one.txt", "public/\x1b[2Jdir/two.txt", "pages/page.go", ".env", "public/.env.local",
	} {
		writeText(t, filepath.Join(project, name), name)
	}
	for link, target := range map[string]string{
		"gone.txt": "nowhere", "linked.txt": "../elsewhere.txt", "folder": "../pages", "zero": "/dev/zero", "loop": "loop", "settings.txt": "../.env",
	} {
		if err := os.Symlink(target, filepath.Join(public, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(public, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	assets, err := findAssets(public, &diags)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, a := range assets {
		if a.File != filepath.Join(public, a.Path) {
			t.Errorf("%s is at %s", a.Path, a.File)
		}
		found = append(found, a.Path)
	}
	if want := []string{".well-known/security.txt", "café.txt", "linked.txt", "plain.txt", "sub/deep.txt"}; !slices.Equal(found, want) {
		t.Errorf("found %q, want %q", found, want)
	}
	want := `"public/\x1b[2Jdir": its name contains a control character
    rename it: such a name cannot be built or deployed
public/.env.local: every visitor could read this environment
    move it to the project's root: .env and .env.local are read there, and never copied
"public/caf\xe9.txt": its name is not UTF-8
    rename it: such a name cannot be built or deployed
public/folder: it is not a file, or a link to one
    replace it with the file itself
public/gone.txt: it is not a file, or a link to one
    replace it with the file itself
public/loop: it is not a file, or a link to one
    replace it with the file itself
public/pipe: it is a named pipe or a link to one, but a file is needed
    remove it, or put a file in its place
public/settings.txt: every visitor could read the environment that it leads to
    remove the link
public/zero: it is a device or a link to one, but a file is needed
    remove it, or put a file in its place`
	if err := diags.Err(); err == nil {
		t.Error("nothing is said")
	} else if got := err.Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestAssetsAreInADirectory has a file in the place of public/.
func TestAssetsAreInADirectory(t *testing.T) {
	public := filepath.Join(t.TempDir(), "public")
	if err := os.WriteFile(public, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var diags diag.List
	assets, err := findAssets(public, &diags)
	const want = "public: it is not a directory\n    make it one: the files in it are served from /"
	if got := diags.Err(); err != nil || len(assets) > 0 || got == nil || got.Error() != want {
		t.Errorf("got %v, %v, %v; want %s", assets, got, err, want)
	}
}

// TestNoAssets has a project without public/.
func TestNoAssets(t *testing.T) {
	var diags diag.List
	assets, err := findAssets(filepath.Join(t.TempDir(), "public"), &diags)
	if err != nil || len(assets) > 0 || len(diags) > 0 {
		t.Errorf("found %v, %v, %v", assets, diags, err)
	}
}
