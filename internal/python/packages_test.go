package python

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
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
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
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
	maps.Copy(f.Files, p.Files())
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

// TestDevelopedPackages checks that a function which is developed imports packages from
// where they are installed.
func TestDevelopedPackages(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	wheels := t.TempDir()
	offline(t, wheels)
	wheel(t, wheels, "shouts", "1.0", "py3-none-any", "def loud(text): return text.upper()\n")
	wheel(t, wheels, "whispers", "0.1", "py3-none-any", "SOFT = 'psst'\n")
	dir := project(t, packagesSite)
	var diags diag.List
	p, err := Load(t.Context(), Options{Dir: dir, Cache: dir + ".cache", Dev: true, Log: t.Output()}, &diags)
	if err := errors.Join(err, diags.Err()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	f, err := p.Function(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	function := t.TempDir()
	for name, file := range f.Files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(function, name), data)
	}
	if entries, err := os.ReadDir(function); err != nil || len(entries) != 2 {
		t.Errorf("the function has %v, %v", entries, err)
	}
	cmd := exec.Command("python3", "-c", `import base64, jargo_handler; print(base64.b64decode(jargo_handler.handler({"body": "{}"}, None)["body"]).decode())`)
	cmd.Dir = function
	cmd.Env = append(os.Environ(), "JARGO_DEV="+dir)
	for name, value := range f.Environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "PSST\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

// TestOwnWheels checks that projects with packages of their own, which they name
// in the same words, do not get each other's, and get new ones when they are
// there.
func TestOwnWheels(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	for name, settings := range map[string]struct{ lines, findLinks string }{
		"in the file":        {"-rlinks.txt\n", ""},
		"in the environment": {"", "wheels"},
	} {
		t.Run(name, func(t *testing.T) {
			offline(t, settings.findLinks)
			projects := []string{"one", "two"}
			if settings.findLinks != "" {
				projects = projects[1:] // that they differ between projects is not the settings' matter
			}
			for _, text := range projects {
				dir := project(t, "-- requirements.txt --\n"+settings.lines+`shouts
-- links.txt --
--find-links wheels
-- pages/index.py --
import shouts
def render(): return shouts.TEXT
`)
				versions := []string{text}
				if text == "two" {
					versions = append(versions, "two again")
				}
				for _, text := range versions {
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

// TestOwnWheelsOnce checks that packages of the project are installed once, and
// again when one of them, a constraint or the Python of the target is another.
func TestOwnWheelsOnce(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	offline(t, "")
	dir := project(t, `
-- requirements.txt --
--find-links wheels
-c limits.txt
shouts
./own/whispers-0.1-py3-none-any.whl
-- limits.txt --
shouts<2
-- pages/index.py --
import shouts, whispers
def render(): return shouts.TEXT + whispers.TEXT
`)
	wheels, own := filepath.Join(dir, "wheels"), filepath.Join(dir, "own")
	wheel(t, wheels, "shouts", "1.0", "py3-none-any", "TEXT = 'one '\n")
	wheel(t, own, "whispers", "0.1", "py3-none-any", "TEXT = 'soft'\n")
	for _, step := range []struct {
		change    func()
		want      string
		installed bool
	}{
		{func() {}, "200 one soft", true},
		{func() {}, "200 one soft", false},
		{func() { wheel(t, wheels, "shouts", "1.1", "py3-none-any", "TEXT = 'new '\n") }, "200 new soft", true},
		{func() { wheel(t, own, "whispers", "0.1", "py3-none-any", "TEXT = 'softer'\n") }, "200 new softer", true},
		{func() { writeFile(t, filepath.Join(dir, "limits.txt"), []byte("shouts<1.1\n")) }, "200 one softer", true},
		{func() { writeFile(t, filepath.Join(wheels, "README"), []byte("x")) }, "200 one softer", true}, // it might be a package
		{func() {}, "200 one softer", false},
	} {
		step.change()
		var log bytes.Buffer
		p, diags := loadProject(t, dir, &log)
		got, more := renderAll(t, p)
		if err := append(diags, more...).Err(); err != nil || got["/"] != step.want || (log.Len() > 0) != step.installed {
			t.Errorf("got %v, %v, %s, want %s, installed: %v", got, err, &log, step.want, step.installed)
		}
		p.Close()
	}
	l := &packages{launch: launch{project: dir}}
	if l.digest("3.12 linux-x86_64") == l.digest("3.13 linux-x86_64") {
		t.Error("the version of Python does not count")
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
	if p.Files()["marko/__init__.py"] == "" {
		t.Errorf("the function has %v", p.Files())
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
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	offline(t, t.TempDir())
	_, diags := loadProject(t, project(t, packagesSite), t.Output())
	if len(diags) != 1 || diags[0].Pos.String() != "requirements.txt" || !strings.HasPrefix(diags[0].Message, "pip install failed: exit status") ||
		!strings.HasSuffix(diags[0].Fix, "ERROR: No matching distribution found for whispers") {
		t.Errorf("got %v", diags)
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
	script := "#!/bin/sh\nif [ \"$1\" = -m ]; then sleep 600 & echo $! > " + pid + "; wait; fi\necho '{}'\n"
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

// TestPipUser checks that a setting of pip's which does not go with --target
// does no harm.
func TestPipUser(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it installs packages")
	}
	wheels := t.TempDir()
	offline(t, wheels)
	t.Setenv("PIP_USER", "1")
	wheel(t, wheels, "shouts", "1.0", "py3-none-any", "")
	_, diags := loadProject(t, project(t, "-- requirements.txt --\nshouts\n-- pages/a.py --\nimport shouts\ndef render(): return ''\n"), t.Output())
	if err := diags.Err(); err != nil {
		t.Error(err)
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
