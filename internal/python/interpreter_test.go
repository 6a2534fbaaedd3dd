package python

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

func TestRuntimes(t *testing.T) {
	dir := project(t, "-- pages/index.py --\nrender = lambda: ''\nconfig = lambda: {'fresh': {}}\n")
	for name, want := range map[string]string{"": "python3.13", "3.12": "python3.12", "python3.14": "python3.14"} {
		var diags diag.List
		p, err := Load(t.Context(), Options{Dir: dir, Runtime: name}, &diags)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if f, err := p.Function(t.Context(), "amd64"); err != nil || f.Runtime != want {
			t.Errorf("%q: %q, %v, want %q", name, f.Runtime, err, want)
		}
	}
	if _, err := Load(t.Context(), Options{Dir: dir, Runtime: "3.9"}, new(diag.List)); err == nil || !strings.Contains(err.Error(), "python3.12, python3.13, python3.14") {
		t.Errorf("3.9: %v", err)
	}
}

// pythonOutput is what the machine's Python prints.
func pythonOutput(program string) (string, error) {
	out, err := exec.Command("python3", "-c", program).Output()
	return strings.TrimSpace(string(out)), err
}

// TestOldPython checks the message for a Python that is too old.
func TestOldPython(t *testing.T) {
	bin := t.TempDir()
	script := filepath.Join(bin, "python3")
	t.Setenv("PATH", bin)
	const more = "\n    install Python 3.9 or later from https://www.python.org/downloads and put it on PATH"
	for version, want := range map[string]string{
		"echo Python 3.8.10":  "pages: the site has Python pages, but python3 is Python 3.8.10: they need 3.9 or later" + more,
		"echo Python 2.7 >&2": "pages: the site has Python pages, but python3 is Python 2.7: they need 3.9 or later" + more,
		"echo Python 3.13.1":  "pages: the site has Python pages, but Python 3.13.1 does not start\n    what it printed is above",
		"echo none; exit 1":   "pages: the site has Python pages, but python3 does not start\n    python3 --version says: none" + more,
	} {
		writeFile(t, script, []byte("#!/bin/sh\nif [ \"$1\" = --version ]; then "+version+"; else exit 1; fi\n"))
		if err := os.Chmod(script, 0o755); err != nil {
			t.Fatal(err)
		}
		_, diags := loadProject(t, project(t, "-- pages/a.py --\n"), t.Output())
		if err := diags.Err(); err == nil || err.Error() != want {
			t.Errorf("%s: got\n%v\nwant\n%s", version, err, want)
		}
	}
}
