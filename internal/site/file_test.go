package site

import (
	"io/fs"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestCheckFile has names and modes of what a build might open.
func TestCheckFile(t *testing.T) {
	const (
		fileFix = "\n    remove it, or put a file in its place"
		nameFix = "\n    rename it: such a name cannot be built or deployed"
	)
	for _, tt := range []struct {
		name string
		mode fs.FileMode
		want string // "" when nothing is wrong
	}{
		{"public/a.txt", 0o644, ""},
		{"public/café.txt", 0, ""},
		{"public/a b", 0o755, ""},
		{"public/a", fs.ModeDir, "public/a: it is a directory or a link to one, but a file is needed" + fileFix},
		{"public/a", fs.ModeNamedPipe, "public/a: it is a named pipe or a link to one, but a file is needed" + fileFix},
		{"public/a", fs.ModeSocket, "public/a: it is a socket or a link to one, but a file is needed" + fileFix},
		{"public/a", fs.ModeDevice | fs.ModeCharDevice, "public/a: it is a device or a link to one, but a file is needed" + fileFix},
		{"public/caf\xe9.txt", 0, `"public/caf\xe9.txt": its name is not UTF-8` + nameFix},
		{"pages/tab\t.py", 0, `"pages/tab\t.py": its name contains a control character` + nameFix},
		{"public/\x1b[2Jdir", fs.ModeNamedPipe, `"public/\x1b[2Jdir": its name contains a control character` + nameFix},
		{"caf\xe9/x", 0, ""}, // it is said of the directory, once
	} {
		var diags diag.List
		ok, got := CheckFile(tt.name, tt.mode, &diags), ""
		if len(diags) > 0 {
			got = diags.Error()
		}
		if got != tt.want || ok != (tt.want == "") {
			t.Errorf("%q: %v, got\n%s\nwant\n%s", tt.name, ok, got, tt.want)
		}
	}
}
