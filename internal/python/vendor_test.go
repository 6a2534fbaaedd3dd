package python

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestCompiledPackages checks that the function gets packages that are not
// Python alone for its own Python, and the machine those for the machine's.
func TestCompiledPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	wheels := t.TempDir()
	offline(t, wheels)
	wheel(t, wheels, "fast", "1.0", "cp313-cp313-manylinux2014_aarch64", "ON = 'the function'\n")
	wheel(t, wheels, "fast", "1.0", machineTag(t), "ON = 'the machine'\n")
	p, diags := loadProject(t, project(t, `
-- requirements.txt --
fast
-- pages/index.py --
import fast
def render(): return fast.ON
def config(): return {"regenerate": {"every": 5}}
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/"] != "200 the machine" {
		t.Fatalf("got %v, %v", got, err)
	}
	for arch, want := range map[string]string{"arm64": "the function", "": "the machine"} {
		f, err := p.Function(t.Context(), arch)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := os.ReadFile(f.Files["_vendor/fast.py"]); err != nil || !strings.Contains(string(data), want) {
			t.Errorf("%q: %q, %v", arch, data, err)
		}
	}
}

// machineTag is the tag of a package for this machine's Python alone.
func machineTag(t *testing.T) string {
	t.Helper()
	v, err := pythonOutput(`import sys, sysconfig; v = "cp%d%d" % sys.version_info[:2]; print(v, v, sysconfig.get_platform().replace("-", "_").replace(".", "_"), sep="-")`)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestRuntimeOfCompiledPackages checks that a page cannot run on a Python which
// the packages are not for.
func TestRuntimeOfCompiledPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	wheels := t.TempDir()
	offline(t, wheels)
	wheel(t, wheels, "fast", "1.0", machineTag(t), "")
	_, diags := loadProject(t, project(t, `
-- requirements.txt --
fast
-- pages/index.py --
def render(): return ""
def config(): return {"fresh": {"python": "3.12"}}
`), t.Output())
	want := "pages/index.py:2:1: / runs on python3.12, but packages that are not Python alone are installed for python3.13\n" +
		"    leave python out, and name it for the whole site: --python 3.12"
	if err := diags.Err(); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}

// TestLinuxNames checks that packages for any Linux that the platform can run
// are found.
func TestLinuxNames(t *testing.T) {
	for _, tag := range []string{"manylinux_2_34", "manylinux_2_26", "manylinux_2_5", "manylinux2010", "manylinux1"} {
		if options := crossOptions("python3.13", "amd64"); !slices.Contains(options, tag+"_x86_64") {
			t.Errorf("%s is not among %v", tag, options)
		}
	}
}

// TestMarkers checks that packages which the function's Python needs and the
// machine's does not, or the other way round, are not left to chance.
func TestMarkers(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	wheels := t.TempDir()
	offline(t, wheels)
	wheel(t, wheels, "shouts", "1.0", "py3-none-any", "")
	here, err := pythonOutput(`import sys; print("%d.%d" % sys.version_info[:2])`)
	if err != nil {
		t.Fatal(err)
	}
	there := "3.13"
	if here == there {
		there = "3.14"
	}
	dir := project(t, fmt.Sprintf(`
-- requirements.txt --
shouts; python_version >= "3.9"
shouts; python_version == "%s"  # here
shouts ; sys_platform == "beos"
-r more.txt
-- more.txt --
gone; python_version == "%s"
-- pages/a.py --
def render(): return ""
def config(): return {"fresh": {}}
`, here, there))
	var diags diag.List
	p, err := Load(t.Context(), Options{Dir: dir, Runtime: there, Log: t.Output()}, &diags)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	list, _ := diags.Err().(diag.List)
	if len(list) != 2 {
		t.Fatal(diags)
	}
	want := fmt.Sprintf(`gone; python_version == "%[2]s": it is for Python %[2]s and not for %[1]s, but the site is built with %[1]s and its functions run on %[2]s`, here, there)
	if list[0].Pos.File != "more.txt" || list[0].Message != want {
		t.Errorf("got %v", list[0])
	}
	want = fmt.Sprintf(`shouts; python_version == "%[1]s": it is for Python %[1]s and not for %[2]s, but the site is built with %[1]s and its functions run on %[2]s`, here, there)
	if list[1].Pos.File != "requirements.txt" || list[1].Message != want {
		t.Errorf("got %v", list[1])
	}
}
