// Package conformance_test lets the vendor's own packages judge what Jargo
// builds: validate.mjs says how. Our reader must see in each output what the
// vendor's sees.
package conformance_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/jargo-dev/jargo/internal/build"
	"github.com/jargo-dev/jargo/internal/cli"
	"github.com/jargo-dev/jargo/internal/output"
)

var update = flag.Bool("update", false, "rewrite what the sites are expected to become")

// asJargo makes the test binary behave as jargo.
const asJargo = "JARGO_TEST_AS_JARGO"

// TestMain keeps what the builds cache apart from the user's own, except for
// the Go tool's part of it.
// Started by a test, it is jargo.
func TestMain(m *testing.M) {
	if os.Getenv(asJargo) != "" {
		os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr))
	}
	os.Exit(func() int {
		flag.Parse()
		goCache, err := exec.Command("go", "env", "GOCACHE").Output()
		if err != nil {
			fmt.Fprintf(os.Stderr, "go env GOCACHE: %v\n", err)
			return 1
		}
		dir, err := os.MkdirTemp("", "conformance-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		os.Setenv("GOCACHE", strings.TrimSpace(string(goCache)))
		os.Setenv("XDG_CACHE_HOME", dir)
		return m.Run()
	}())
}

func TestExamples(t *testing.T) {
	needValidator(t)
	t.Setenv("GUESTBOOK_DB", filepath.Join(t.TempDir(), "book.db"))
	t.Setenv("GUESTBOOK_PASSWORD", "a password for tests")
	t.Setenv("GUESTBOOK_SECRET", "a secret for tests that is long enough")
	for _, name := range []string{"blog", "guestbook", "kitchensink"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := buildSite(t, filepath.Join("..", "examples", name), "amd64")
			compareReaders(t, dir, accepted(t, dir))
		})
	}
}

// TestSites builds testdata/site. The file "want" of a site has a line for each
// output: its path and type, and what its function is a link to.
func TestSites(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it builds many sites")
	}
	needValidator(t)
	files, err := filepath.Glob("testdata/site/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sites in testdata/site: %v", err)
	}
	var sites []*testSite
	t.Run("build", func(group *testing.T) {
		for _, file := range files {
			for _, arch := range []string{"amd64", "arm64"} {
				name, _ := strings.CutSuffix(filepath.Base(file), ".txtar")
				if arch == "arm64" && name != "limits" {
					continue // the function is all that differs, and one tells
				}
				s := newTestSite(t, name+"/"+arch, file)
				sites = append(sites, s)
				group.Run(s.name, func(t *testing.T) {
					t.Parallel()
					s.build(t, arch)
				})
			}
		}
	})
	if t.Failed() {
		return
	}
	dirs := make([]string, len(sites))
	for i, s := range sites {
		dirs[i] = s.output
	}
	outputs, wrong := validate(t, dirs...)
	if wrong != "" {
		t.Errorf("the vendor refuses outputs:\n%s", wrong)
	}
	for _, s := range sites {
		if accepted, ok := outputs[s.output]; ok {
			t.Run(s.name, func(t *testing.T) { s.compare(t, accepted) })
		}
	}
}

// testSite is one of testdata/site, and where it is built.
type testSite struct {
	name, file      string
	archive         *txtar.Archive
	project, output string
}

func newTestSite(t *testing.T, name, file string) *testSite {
	t.Helper()
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return &testSite{name: name, file: file, archive: archive, project: writeSite(t, archive), output: filepath.Join(t.TempDir(), "output")}
}

func (s *testSite) build(t *testing.T, arch string) {
	t.Helper()
	if _, err := build.Build(t.Context(), build.Options{Dir: s.project, Out: s.output, Arch: arch, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
}

// compare holds the outputs that the vendor found against our reader's, and
// against the file "want".
func (s *testSite) compare(t *testing.T, outputs map[string]string) {
	t.Helper()
	compareReaders(t, s.output, outputs)
	got, want := listing(t, s.output, outputs), fileOf(s.archive, "want")
	if got == string(want.Data) {
		return
	}
	if !*update {
		t.Fatalf("outputs are\n%swant\n%s(-update rewrites %s)", got, want.Data, s.file)
	}
	want.Data = []byte(got)
	if err := os.WriteFile(s.file, txtar.Format(s.archive), 0o644); err != nil {
		t.Fatal(err)
	}
}

// listing is the form of the file "want".
func listing(t *testing.T, dir string, outputs map[string]string) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(outputs)) {
		fmt.Fprintf(&b, "%s %s", name, outputs[name])
		if link, err := os.Readlink(filepath.Join(dir, "functions", name+".func")); err == nil {
			fmt.Fprintf(&b, " -> %s", link)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// compareReaders checks that output.Read finds what the vendor finds.
func compareReaders(t *testing.T, dir string, vendor map[string]string) {
	t.Helper()
	out, err := output.Read(dir)
	if err != nil {
		t.Fatalf("our reader refuses what the vendor's accepts: %v", err)
	}
	ours := map[string]string{}
	for name, entry := range out.Entries {
		switch entry.(type) {
		case *output.File:
			ours[name] = "FileFsRef"
		case *output.Function:
			ours[name] = "Lambda"
		case *output.Prerender:
			ours[name] = "Prerender"
		}
	}
	if !maps.Equal(ours, vendor) {
		t.Errorf("our reader finds\n%s\nthe vendor's\n%s", listing(t, dir, ours), listing(t, dir, vendor))
	}
	if err := out.Warnings.Err(); err != nil {
		t.Errorf("our reader warns of what the vendor's accepts: %v", err)
	}
}

// buildSite builds the site in project and returns the output directory.
func buildSite(t *testing.T, project, arch string) string {
	t.Helper()
	out := filepath.Join(t.TempDir(), "output")
	if _, err := build.Build(t.Context(), build.Options{Dir: project, Out: out, Arch: arch, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
	return out
}

// buildInPlace builds a site where jargo serve looks for its output, for this
// machine.
func buildInPlace(t *testing.T, project string) {
	t.Helper()
	if _, err := build.Build(t.Context(), build.Options{Dir: project, Arch: runtime.GOARCH, Log: t.Output()}); err != nil {
		t.Fatal(err)
	}
}

// writeSite writes the files of a site. One without a go.mod uses the Jargo of
// this checkout.
func writeSite(t *testing.T, archive *txtar.Archive) string {
	t.Helper()
	checkout, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "go.mod"), siteModule(checkout))
	for _, f := range archive.Files {
		if f.Name != "want" {
			writeFile(t, filepath.Join(dir, filepath.FromSlash(f.Name)), string(f.Data))
		}
	}
	return dir
}

// siteModule is the go.mod of a site that uses a checkout of Jargo.
func siteModule(checkout string) string {
	return "module example.com/site\n\ngo 1.26.0\n\nrequire github.com/jargo-dev/jargo v0.0.0\n\nreplace github.com/jargo-dev/jargo => " + checkout + "\n"
}

func writeFile(t *testing.T, name, data string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(data), 0o644); err != nil {
		t.Fatal(err)
	}
}

// fileOf is the file of that name, which is added when the archive has none.
func fileOf(archive *txtar.Archive, name string) *txtar.File {
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == name })
	if i < 0 {
		i = len(archive.Files)
		archive.Files = append(archive.Files, txtar.File{Name: name})
	}
	return &archive.Files[i]
}
