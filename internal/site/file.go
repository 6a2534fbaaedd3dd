package site

import (
	"errors"
	"io/fs"
	"path"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/jargo-dev/jargo/internal/diag"
)

// CheckFile reports to diags a file that a build must not open, for it may have
// no end, and one by a name that CheckName reports. name is below the project,
// with slashes; mode is that of what it links to, if it is a link.
func CheckFile(name string, mode fs.FileMode, diags *diag.List) bool {
	what := "a device"
	switch {
	case !CheckName(name, diags):
		return false
	case mode.IsRegular():
		return true
	case mode.IsDir():
		what = "a directory"
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	}
	diags.Add(diag.Pos{File: name}, "remove it, or put a file in its place", "it is %s or a link to one, but a file is needed", what)
	return false
}

// CheckName reports to diags a file or directory whose own name is not text: no
// deployment accepts it, nor does the Go tool.
func CheckName(name string, diags *diag.List) bool {
	if err := checkText(path.Base(name)); err != nil {
		diags.Add(diag.Pos{File: name}, "rename it: such a name cannot be built or deployed", "its name %v", err)
		return false
	}
	return true
}

// checkText reports why a name is not text.
func checkText(name string) error {
	switch {
	case !utf8.ValidString(name):
		return errors.New("is not UTF-8")
	case strings.ContainsFunc(name, unicode.IsControl):
		return errors.New("contains a control character")
	}
	return nil
}

// IsEnvironment reports whether a file of that name has what nobody else must see: it
// is in no output, nor by a link of another name.
func IsEnvironment(name string) bool { return name == ".env" || strings.HasPrefix(name, ".env.") }

// TimeStep is more than the precision of the times that file systems keep: what was
// written less than that before it was read may be written once more at the same time.
const TimeStep = 20 * time.Millisecond
