package python

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
)

func addPackageFiles(t *tree, dir string) error {
	if dir == "" {
		return nil
	}
	skip := func(_, name string, isDir bool) bool {
		base := path.Base(name)
		// direct_url.json says where on this machine a package came from.
		return isDir && (base == "__pycache__" || name == packagesName+"/bin") || base == "direct_url.json"
	}
	if err := t.add(dir, packagesName, skip, nil); err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	return nil
}

// addPackages adds the packages to the function's files, for Linux on arch or
// for this machine when arch is "". Packages in Python alone are the same
// everywhere; others are installed for the function's own Python.
func (p *Pages) addPackages(ctx context.Context, arch string, files map[string]string) error {
	dir := p.packages.dir
	if arch != "" && p.packages.compiled() && p.packages.machine != platform(p.runtime, arch) {
		var err error
		if dir, err = p.packages.installFor(ctx, platform(p.runtime, arch), crossOptions(p.runtime, arch)...); err != nil {
			return err
		}
	}
	return addPackageFiles(&tree{files, new(diag.List)}, dir)
}

// platform is where a function runs, as packages.machine spells it.
func platform(runtime, arch string) string {
	return strings.TrimPrefix(runtime, "python") + " linux-" + machine(arch)
}

func machine(arch string) string {
	if arch == "arm64" {
		return "aarch64"
	}
	return "x86_64"
}

// crossOptions make pip choose packages for another Python than its own.
func crossOptions(runtime, arch string) []string {
	v := strings.TrimPrefix(runtime, "python")
	options := []string{"--only-binary=:all:", "--implementation", "cp", "--python-version", v}
	for _, abi := range []string{"cp" + strings.ReplaceAll(v, ".", ""), "abi3", "none"} {
		options = append(options, "--abi", abi)
	}
	// Amazon Linux 2023, on which functions run, has glibc 2.34.
	for minor := 34; minor >= 5; minor-- {
		options = append(options, "--platform", fmt.Sprintf("manylinux_2_%d_%s", minor, machine(arch)))
	}
	for _, libc := range []string{"manylinux2014", "manylinux2010", "manylinux1"} { // their older names
		options = append(options, "--platform", libc+"_"+machine(arch))
	}
	return options
}

// compiled reports whether a package has parts that are not Python.
func (p *packages) compiled() bool {
	if p.dir == "" {
		return false
	}
	wheels, _ := filepath.Glob(filepath.Join(p.dir, "*.dist-info", "WHEEL")) // the pattern is right
	return slices.ContainsFunc(wheels, func(file string) bool {
		data, err := os.ReadFile(file)
		return err == nil && !bytes.Contains(data, []byte("-none-any"))
	})
}

// markersProgram prints the indexes of those requirements that are asked for on
// one of two versions of Python only, and whether on the first.
const markersProgram = `
import sys
from pip._vendor.packaging.requirements import Requirement
for i, line in enumerate(sys.argv[3:]):
    try:
        marker = Requirement(line).marker
    except Exception:
        continue  # for pip to say
    here, there = (bool(marker is None or marker.evaluate({"python_version": v, "python_full_version": v + ".0"})) for v in sys.argv[1:3])
    if here != there:
        print(i, int(here))
`

// checkMarkers reports requirements that are evaluated differently for the
// function's Python than for the machine's, which pip uses.
func (p *packages) checkMarkers(ctx context.Context, runtime string, diags *diag.List) {
	here, _, _ := strings.Cut(p.machine, " ")
	there := strings.TrimPrefix(runtime, "python")
	if p.dir == "" || len(p.marked) == 0 || here == there {
		return
	}
	args := []string{"-c", markersProgram, here, there}
	for _, m := range p.marked {
		requirement, _, _ := strings.Cut(m.line, " --") // --hash and others
		args = append(args, requirement)
	}
	out, _ := command(ctx, p.launch.file, args...).Output() // a pip without it cannot tell
	for line := range strings.Lines(string(out)) {
		var i, wanted int
		if _, err := fmt.Sscan(line, &i, &wanted); err != nil || i >= len(p.marked) {
			return
		}
		on, not := here, there
		if wanted == 0 {
			on, not = there, here
		}
		fix := "build the site with python" + there + ", or leave the marker out"
		if slices.Contains(runtimes, "python"+here) {
			fix = "run the functions on the Python of this machine: --python " + here
		}
		diags.Add(diag.Pos{File: p.marked[i].file}, fix, "%s: it is for Python %s and not for %s, but the site is built with %s and its functions run on %s",
			p.marked[i].line, on, not, here, there)
	}
}

// checkRuntimes reports pages that name a Python which the packages are not
// for: they are installed once.
func (p *packages) checkRuntimes(pages *Pages, diags *diag.List) {
	if !p.compiled() {
		return
	}
	for _, page := range pages.Pages() {
		if r := page.Runtime; r != "" && r != pages.runtime {
			diags.Add(page.ConfigAt, "leave python out, and name it for the whole site: --python "+strings.TrimPrefix(r, "python"),
				"%s runs on %s, but packages that are not Python alone are installed for %s", page.Route, r, pages.runtime)
		}
	}
}
