package conformance_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/output"
)

// parameterTargets are targets of the pages with parameters in the examples.
var parameterTargets = map[string][]string{
	"kitchensink": {
		"/posts/none", "/live/go", "/live/c%2B%2B", "/live/golang", "/live/cobol", "/live/a&b", "/docs/guide/start", "/docs",
		"/search?q=jar", "/fresh?name=Ada", "/api/echo?x=1", "/files/notes.txt", "/files/none.txt", "/members/ada",
	},
	"mixed": {"/hello/ada", "/hello/nobody", "/hello/ada/more", "/notes/two", "/notes/none", "/notes/a+b"},
}

// elsewhere is what vercel.json says in the examples, and what asks for it.
var elsewhere = map[string]struct {
	properties string
	targets    []string
}{
	"kitchensink": {
		`"rewrites": [
			{"source": "/new/:id", "destination": "/docs/:id"},
			{"source": "/kept/:slug", "destination": "/live/:slug"},
			{"source": "/new/:id(\\d+)", "destination": "/docs/never/:id"}
		],
		"redirects": [{"source": "/old/:id", "destination": "/docs/:id"}],
		"headers": [{"source": "/docs/(.*)", "headers": [{"key": "X-Frame-Options", "value": "DENY"}]}]`,
		[]string{"/new/page", "/new/1", "/kept/go", "/old/page"},
	},
	"mixed": {
		`"rewrites": [{"source": "/hi/:name", "destination": "/hello/:name"}, {"source": "/kept/:slug", "destination": "/notes/:slug"}]`,
		[]string{"/hi/ada", "/hi/python", "/hi/nobody", "/kept/two", "/kept/none"},
	},
}

// TestVendorBuild has the vendor's own command build examples, twice in a row, with
// ours for its build command, and asks for everything: it is as our own build makes it,
// whatever the vendor adds.
func TestVendorBuild(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it builds sites with tools of others")
	}
	cli := needVendorCLI(t)
	for name, targets := range parameterTargets {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plain, vendors := copyExample(t, name), copyExample(t, name)
			for _, project := range []string{plain, vendors} {
				writeFile(t, filepath.Join(project, "vercel.json"), `{"buildCommand": "jargo build --arch `+runtime.GOARCH+`", `+elsewhere[name].properties+`}`)
				// Else each has another token.
				writeFile(t, filepath.Join(project, ".env"), "JARGO_BYPASS_TOKEN="+strings.Repeat("token", 10)+"\n")
			}
			buildInPlace(t, plain)
			writeFile(t, filepath.Join(vendors, ".vercel", "project.json"), `{"projectId": "prj_0", "orgId": "team_0", "settings": {"framework": null}}`)
			for range 2 {
				runVendorBuild(t, cli, vendors)
			}
			dir := filepath.Join(vendors, ".vercel", "output")
			if _, err := os.Stat(filepath.Join(dir, output.BuildsFile)); err != nil {
				t.Errorf("the vendor's own record is gone: %v", err)
			}
			outputs := accepted(t, dir)
			compareReaders(t, dir, outputs)
			checkErrorRoutes(t, dir, outputs)
			out, err := output.Read(filepath.Join(plain, ".vercel", "output"))
			if err != nil {
				t.Fatal(err)
			}
			requests := everyRequest(out, slices.Concat(targets, elsewhere[name].targets)...)
			comparison{apart: byHosts.apart}.compare(t, requests, askHTTP(servePrebuilt(t, plain)), askHTTP(servePrebuilt(t, vendors)))
		})
	}
}

// checkErrorRoutes checks that routes of the error phase lead to outputs: what becomes
// of the others is up to the host.
func checkErrorRoutes(t *testing.T, dir string, outputs map[string]string) {
	t.Helper()
	out, err := output.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	phase, n := "", 0
	for _, r := range out.Config.Routes {
		if r.Handle != "" {
			phase = r.Handle
		} else if phase == output.PhaseError {
			if n++; outputs[strings.TrimPrefix(r.Dest, "/")] == "" {
				t.Errorf("errors lead to %s, where nothing is", r.Dest)
			}
		}
	}
	if n < 3 {
		t.Errorf("there are %d error routes, want the vendor's and ours", n)
	}
}

// needVendorCLI returns the vendor's command, as a file that node runs. Without it
// the test is skipped, or fails in CI.
func needVendorCLI(t *testing.T) string {
	t.Helper()
	needValidator(t)
	cli, err := filepath.Abs(filepath.Join("cli", "node_modules", "vercel", "dist", "vc.js"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(cli); err != nil && os.Getenv("CI") != "" {
		t.Fatal(err)
	} else if err != nil {
		t.Skip("the vendor's command is not installed; run: npm ci --prefix conformance/cli")
	}
	return cli
}

// runVendorBuild builds a project with the vendor's command, for which this
// test binary is jargo.
func runVendorBuild(t *testing.T, cli, project string) {
	t.Helper()
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "jargo"), fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' \"$@\"\n", asJargo, os.Args[0]))
	if err := os.Chmod(filepath.Join(bin, "jargo"), 0o755); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "node", cli, "build", "--yes", "--global-config", t.TempDir())
	cmd.Dir = project
	cmd.Env = append(os.Environ(), "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "VERCEL_TELEMETRY_DISABLED=1", "CI=1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("vercel build: %v\n%s", err, out)
	} else if !strings.Contains(string(out), "ROUTE") {
		t.Errorf("vercel build has not run ours:\n%s", out)
	}
}

// copyExample copies an example, and makes it a module that uses this checkout.
func copyExample(t *testing.T, name string) string {
	t.Helper()
	checkout, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(checkout, "examples", name))); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, "go.mod"), siteModule(checkout))
	return dir
}
