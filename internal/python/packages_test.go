package python

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

// wheel writes a package of one module into dir. tag is its platform:
// "py3-none-any" for one in Python alone.
func wheel(t *testing.T, dir, name, version, tag, source string) {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	info := name + "-" + version + ".dist-info/"
	for _, f := range [][2]string{
		{name + ".py", source},
		{info + "METADATA", "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n"},
		{info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + tag + "\n"},
		{info + "RECORD", ""},
	} {
		out, err := w.Create(f[0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := out.Write([]byte(f[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, name+"-"+version+"-"+tag+".whl"), b.Bytes())
}

// offline lets pip find packages in dir only.
func offline(t *testing.T, dir string) {
	t.Helper()
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "PIP_") {
			t.Setenv(name, value) // to be restored
			os.Unsetenv(name)
		}
	}
	t.Setenv("PIP_NO_INDEX", "1")
	t.Setenv("PIP_FIND_LINKS", dir)
}

const packagesSite = `
-- requirements.txt --
# A comment.
-r more.txt
shouts == 1.0  # another
-- more.txt --
whispers
-- pages/index.py --
import shouts, whispers
def render(): return shouts.loud(whispers.SOFT)
-- pages/fresh.py --
def render(): return ""
def config(): return {"fresh": {}}
`

func TestRequirements(t *testing.T) {
	wheels := t.TempDir()
	offline(t, wheels)
	wheel(t, wheels, "shouts", "1.0", "py3-none-any", "def loud(text): return text.upper()\n")
	wheel(t, wheels, "whispers", "0.1", "py3-none-any", "SOFT = 'psst'\n")
	dir := project(t, packagesSite)
	p, diags := loadProject(t, dir, t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/"] != "200 PSST" {
		t.Fatalf("got %v, %v", got, err)
	}
	f, err := p.Function(t.Context(), "amd64")
	if err != nil {
		t.Fatal(err)
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(f.Files)), func(name string) bool { return strings.Contains(name, "dist-info") })
	want := "_vendor/shouts.py _vendor/whispers.py jargo_handler.py jargo_pages.json more.txt pages/fresh.py pages/index.py requirements.txt"
	if strings.Join(names, " ") != want {
		t.Errorf("the function has %v", names)
	}
	p.Close()

	// The same file is not installed again; nor was the project changed.
	var log bytes.Buffer
	p, diags = loadProject(t, dir, &log)
	if got, more := renderAll(t, p); len(diags)+len(more) > 0 || got["/"] != "200 PSST" || log.Len() > 0 {
		t.Errorf("the second time got %v, %v, %v, %s", got, diags, more, &log)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("the project has %v, %v", entries, err)
	}

	// Another one is.
	if err := os.RemoveAll(wheels); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "more.txt"), []byte("whispers==0.1\n"))
	if _, diags := loadProject(t, dir, t.Output()); len(diags) != 1 || diags[0].Pos.File != "requirements.txt" {
		t.Errorf("with another file: %v", diags)
	}
}

// TestOwnWheels checks that projects with packages of their own, which they name
// in the same words, do not get each other's.
func TestOwnWheels(t *testing.T) {
	for name, settings := range map[string]struct{ lines, findLinks string }{
		"in the file":        {"-rlinks.txt\n", ""},
		"in the environment": {"", "wheels"},
	} {
		t.Run(name, func(t *testing.T) {
			offline(t, settings.findLinks)
			for _, text := range []string{"one", "two"} {
				dir := project(t, "-- requirements.txt --\n"+settings.lines+`shouts
-- links.txt --
--find-links wheels
-- pages/index.py --
import shouts
def render(): return shouts.TEXT
`)
				for _, text := range []string{text, text + " again"} {
					wheel(t, filepath.Join(dir, "wheels"), "shouts", "1.0", "py3-none-any", "TEXT = '"+text+"'\n")
					p, diags := loadProject(t, dir, t.Output())
					if err := diags.Err(); err != nil {
						t.Fatal(err)
					}
					if got, more := renderAll(t, p); len(more) > 0 || got["/"] != "200 "+text {
						t.Errorf("got %v, %v, want %s", got, more, text)
					}
				}
			}
		})
	}
}

// TestPipConfig checks that packages are installed again for other settings.
func TestPipConfig(t *testing.T) {
	offline(t, "")
	config := filepath.Join(t.TempDir(), "pip.conf")
	t.Setenv("PIP_CONFIG_FILE", config)
	l := launch{project: t.TempDir()}
	digests := map[string]bool{}
	for _, text := range []string{"[global]\n", "[global]\nindex-url = https://example.org\n"} {
		writeFile(t, config, []byte(text))
		digests[(&packages{launch: l}).digest("")] = true
	}
	if len(digests) != 2 {
		t.Error("the content of PIP_CONFIG_FILE does not count")
	}
}

// TestPackagesInProject checks that what pip install --target . has put into
// the project is used as it is.
func TestPackagesInProject(t *testing.T) {
	offline(t, t.TempDir()) // pip would find nothing
	p, diags := loadProject(t, project(t, `
-- requirements.txt --
Big-Marko[extra]>=2,<3 ; python_version > "3"
-- big_marko-2.1.dist-info/METADATA --
-- marko/__init__.py --
X = "kept"
-- pages/index.py --
import marko
def render(): return marko.X
def config(): return {"regenerate": {"every": 5}}
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/"] != "200 kept" {
		t.Errorf("got %v, %v", got, err)
	}
	f, err := p.Function(t.Context(), "amd64")
	if err != nil || f.Files["marko/__init__.py"] == "" {
		t.Errorf("the function has %v, %v", f.Files, err)
	}
}

// TestPackageRaises checks that an exception in a package is placed where the
// user's own file called it.
func TestPackageRaises(t *testing.T) {
	_, diags := loadProject(t, project(t, `
-- marko-2.1.dist-info/RECORD --
marko/__init__.py,sha256=x,1
-- marko/__init__.py --
def convert(text): raise ValueError("no text")
-- pages/index.py --
import marko
HTML = marko.convert("")
`), t.Output())
	if err := diags.Err(); err == nil || err.Error() != "pages/index.py:2:1: /: ValueError: no text" {
		t.Errorf("got %v", err)
	}
}

func TestPipFails(t *testing.T) {
	offline(t, t.TempDir())
	_, diags := loadProject(t, project(t, packagesSite), t.Output())
	if len(diags) != 1 || diags[0].Pos.String() != "requirements.txt" || !strings.HasPrefix(diags[0].Message, "pip install failed: exit status") ||
		!strings.HasSuffix(diags[0].Fix, "ERROR: No matching distribution found for whispers") {
		t.Errorf("got %v", diags)
	}
}

// TestCompiledPackages checks that the function gets packages that are not
// Python alone for its own Python, and the machine those for the machine's.
func TestCompiledPackages(t *testing.T) {
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

func TestRequirementLines(t *testing.T) {
	for _, tt := range []struct {
		files  string
		cached bool
	}{
		{"-- requirements.txt --\nmarko\n", true},
		{"-- requirements.txt --\n-c limits.txt\nmarko\n-- limits.txt --\nmarko<3\n", true},
		{"-- requirements.txt --\n./local\n", false},
		{"-- requirements.txt --\n-e .\n", false},
		{"-- requirements.txt --\nlocal @ file:///x\n", false},
		{"-- requirements.txt --\n--requirement=gone.txt\n", false},
		{"-- requirements.txt --\n-clow.txt\r\n-r\thigh.txt\n-- low.txt --\nmarko<3\n-- high.txt --\nmarko>1\n", true},
		{"-- requirements.txt --\n-rmore.txt\n-- more.txt --\n./local\n", false},
		{"-- requirements.txt --\n--pre -r more.txt\n-- more.txt --\n./local\n", false},
		{"-- requirements.txt --\n-r sub/more.txt\n-- sub/more.txt --\n-c limits.txt\n-- sub/limits.txt --\nmarko<3\n", true},
		{"-- requirements.txt --\n--no-index --find-links wheels\n", false},
		{"-- requirements.txt --\n--find-l wheels\n", false},
		{"-- requirements.txt --\nmarko @ ${HERE}\n", false},
		{"-- requirements.txt --\nwheels/marko-1.0.tar.gz\n", false},
		{"-- requirements.txt --\nmarko-1.0-py3-none-any.whl\n", false},
		{"-- requirements.txt --\n-r requirements.txt\nmarko\n", true},
		{"-- requirements.txt --\n-r a.txt\n-- a.txt --\n-r ./b.txt\n-- b.txt --\n-r a.txt\n", true},
		{"-- requirements.txt --\n-i https://example.org/simple\nmarko[extra]>=2 ; python_version > '3'\n", true},
		{"-- requirements.txt --\n\ufeff./local\n", false},
		{"-- requirements.txt --\nmarko \\\n  --hash=sha256:abc\n", true},
	} {
		p := packages{launch: launch{project: project(t, tt.files)}, cached: true}
		if _, err := p.read("requirements.txt", new(diag.List)); err != nil || p.cached != tt.cached {
			t.Errorf("%s: cached %v, %v", tt.files, p.cached, err)
		}
	}
}

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
		"linked": outside, "lib/file": filepath.Join(outside, "linked.txt"), "lib/up": dir, "broken": "nothing",
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
	got := slices.Sorted(maps.Keys(p.function))
	want := strings.Fields("README lib/deep/data.bin lib/file lib/go.mod lib/public/kept.txt linked/linked.txt other/config.json other/static/x out/kept.txt out/output-123.tmp/notes.txt pages/_part.html pages/index.py settings/config.json")
	if !slices.Equal(got, want) {
		t.Errorf("the function has %v, want %v", got, want)
	}
}

// TestTooLarge checks the message for a function over the platform's limit. The
// files take no room: they are all hole.
func TestTooLarge(t *testing.T) {
	dir := project(t, `
-- pages/index.py --
def render(): return ""
def config(): return {"fresh": {}}
`)
	for i := range 12 {
		sparse(t, filepath.Join(dir, "data", string(rune('a'+i))+".bin"), int64(i+1)*1000*1000)
	}
	sparse(t, filepath.Join(dir, "models", "large", "one"), 150*1000*1000)
	sparse(t, filepath.Join(dir, "models", "large", "two"), 50*1000*1000)
	_, diags := loadProject(t, dir, t.Output())
	want := `.: the function of the Python pages is 278.0 MB: it can be 250.0 MB
    leave files out, or move them out of the project; the largest are:
     200.0 MB  models/large/
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

func sparse(t *testing.T, name string, size int64) {
	t.Helper()
	writeFile(t, name, nil)
	if err := os.Truncate(name, size); err != nil {
		t.Fatal(err)
	}
}

// TestCancelPip ends a build while pip runs, with what pip has started.
func TestCancelPip(t *testing.T) {
	offline(t, "")
	bin := t.TempDir()
	pid := filepath.Join(bin, "pid")
	if err := syscall.Mkfifo(pid, 0o600); err != nil {
		t.Fatal(err)
	}
	script := "#!/bin/sh\nif [ \"$1\" = -m ]; then sleep 600 & echo $! > " + pid + "; wait; fi\necho 3.11 linux\n"
	writeFile(t, filepath.Join(bin, "python3"), []byte(script))
	if err := os.Chmod(filepath.Join(bin, "python3"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	ctx, cancel := context.WithCancel(t.Context())
	started := make(chan string, 1)
	go func() {
		data, _ := os.ReadFile(pid) // returns when pip has started it
		started <- string(data)
		cancel()
	}()
	begun := time.Now()
	var diags diag.List
	if _, err := Load(ctx, Options{Dir: project(t, packagesSite), Log: t.Output()}, &diags); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, %v", err, diags)
	}
	if took := time.Since(begun); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	awaitEnd(t, <-started)
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

// TestPipUser checks that a setting of pip's which does not go with --target
// does no harm.
func TestPipUser(t *testing.T) {
	wheels := t.TempDir()
	offline(t, wheels)
	t.Setenv("PIP_USER", "1")
	wheel(t, wheels, "shouts", "1.0", "py3-none-any", "")
	_, diags := loadProject(t, project(t, "-- requirements.txt --\nshouts\n-- pages/a.py --\nimport shouts\ndef render(): return ''\n"), t.Output())
	if err := diags.Err(); err != nil {
		t.Error(err)
	}
}

// TestMarkers checks that packages which the function's Python needs and the
// machine's does not, or the other way round, are not left to chance.
func TestMarkers(t *testing.T) {
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

// TestRemoveUnused checks that packages which no build has asked for go.
func TestRemoveUnused(t *testing.T) {
	base, now := t.TempDir(), time.Now()
	for name, age := range map[string]time.Duration{"old": 31 * 24 * time.Hour, "young": 29 * 24 * time.Hour, "new-1": 0} {
		dir := filepath.Join(base, name)
		writeFile(t, filepath.Join(dir, "marko.py"), nil)
		if err := os.Chtimes(dir, now, now.Add(-age)); err != nil {
			t.Fatal(err)
		}
	}
	removeUnused(base, now)
	entries, err := os.ReadDir(base)
	if err != nil || len(entries) != 2 || entries[0].Name() != "new-1" || entries[1].Name() != "young" {
		t.Errorf("there is %v, %v", entries, err)
	}
	removeUnused(filepath.Join(base, "nowhere"), now)
}
