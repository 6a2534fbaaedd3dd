package golang

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestCompilerErrors has what the Go tool prints, and the diagnostics that it
// becomes. Lines that are no diagnostic are left out.
func TestCompilerErrors(t *testing.T) {
	tool := goTool{dir: filepath.FromSlash("/work/site")}
	for _, tt := range []struct{ name, output, want string }{
		{"one", "pages/a/page.go:3:31: undefined: missing\n", "pages/a/page.go:3:31: undefined: missing"},
		{"no column", "pages/a/page.go:3: syntax error\n", "pages/a/page.go:3: syntax error"},
		{"dot", "./pages/a.go:1:2: x\n", "pages/a.go:1:2: x"},
		{"elsewhere in the module", "../lib/lib.go:3:29: undefined: missing\n", "../lib/lib.go:3:29: undefined: missing"},
		{"absolute", "/work/site/pages/a.go:1:2: x\n/work/lib/b.go:1:2: y\n", "../lib/b.go:1:2: y\npages/a.go:1:2: x"},
		{"module files", "go.mod:5: unknown directive: frob\n../go.work:2: no\n", "../go.work:2: no\ngo.mod:5: unknown directive: frob"},
		{"a space in the name", "pages/a b/page.go:1:2: x\n", "pages/a b/page.go:1:2: x"},
		{"a colon in the message", "pages/a.go:1:2: b.go:3:4: x\n", "pages/a.go:1:2: b.go:3:4: x"},
		{"package line", "# example.com/site/pages/a\npages/a/page.go:4:9: too many return values\n\thave (string, int)\n\twant (string)\n",
			"pages/a/page.go:4:9: too many return values\n\thave (string, int)\n\twant (string)"},
		{"a dot-import", "pages/a/page.go:9:6: Data already declared through dot-import of package html (\"example.com/html\")\n\texample.com/html/html.go:2:6: other declaration of Data\n" +
			"pages/a/page.go:12:6: Div already declared through dot-import of package html (\"example.com/html\")\n",
			"pages/a/page.go:9:6: Data already declared through dot-import of package html (\"example.com/html\")\n\texample.com/html/html.go:2:6: other declaration of Data\n" +
				"    Jargo needs this name in the page's own package: import html without the dot,\n    or keep what uses it in a package of its own, such as _parts\n" +
				"pages/a/page.go:12:6: Div already declared through dot-import of package html (\"example.com/html\")"},
		{"indented, but of nothing", "\tindented\npages/a.go:1:2: x\nno place\n\tof no place\n", "pages/a.go:1:2: x"},
		{"several", "a.go:2:1: b\na.go:1:1: a\na.go:10:1: c\n", "a.go:1:1: a\na.go:2:1: b\na.go:10:1: c"},
		{"twice", "a.go:1:1: a\na.go:1:1: a\n", "a.go:1:1: a"},
		{"nothing", "", ""},
		{"no place", "go: cannot find main module\n", ""},
		{"no Go file", "page.js:1:2: x\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var diags diag.List
			tool.addCompilerErrors(tt.output, &diags)
			wantDiags(t, diags, tt.want)
		})
	}
}

// TestFailure has a Go command that failed: its own words stay.
func TestFailure(t *testing.T) {
	tool := goTool{dir: "/work/site"}
	failed := errors.New("exit status 1")
	for _, tt := range []struct{ output, want string }{
		{"# example.com/site\npages/a.go:1:2: x\nmore\n", "pages/a.go:1:2: x"},
		{"go: updates to go.mod needed\n\n", "go list: exit status 1\ngo: updates to go.mod needed"},
		{"", "go list: exit status 1\n"},
	} {
		err := tool.failure(t.Context(), "go list", failed, tt.output)
		if err.Error() != tt.want {
			t.Errorf("%q: got %q, want %q", tt.output, err, tt.want)
		}
		if _, is := err.(diag.List); is == errors.Is(err, failed) {
			t.Errorf("%q: it is neither the mistakes nor what failed: %#v", tt.output, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	stopped := errors.New("stopped")
	cancel(stopped)
	if err := tool.failure(ctx, "go list", failed, "a.go:1:2: x"); err != stopped {
		t.Errorf("of a build that was stopped: %v", err)
	}
}

// TestAddErrors has packages as go list describes them.
func TestAddErrors(t *testing.T) {
	dir := writeSite(t, `
-- pages/gen/gen.go --
//go:build ignore

package main
-- pages/c/page.go --
package c

import "C"
-- pages/windows/page_windows.go --
package windows
`)
	at := func(place string) string { return filepath.Join(dir, filepath.FromSlash(place)) }
	wrong := func(pos, text string) *struct{ Pos, Err string } { return &struct{ Pos, Err string }{pos, text} }
	packages := []*listed{
		{ImportPath: "right", Dir: at("pages/right"), GoFiles: []string{"page.go"}},
		{ImportPath: "placed", Dir: at("pages/placed"), GoFiles: []string{"page.go"}, Error: wrong("pages/placed/page.go:3:8", "no required module provides package")},
		{ImportPath: "compiled", Dir: at("pages/compiled"), GoFiles: []string{"page.go"}, Error: wrong("", "# compiled\npages/compiled/page.go:3:31: undefined: missing")},
		{ImportPath: "vague", Dir: at("pages/vague"), GoFiles: []string{"page.go"}, Error: wrong("", "found packages a and b\n")},
		{ImportPath: "outside", Dir: filepath.Join(filepath.Dir(dir), "lib"), GoFiles: []string{"lib.go"}, Error: wrong("", "import cycle not allowed")},
		{ImportPath: "gen", Dir: at("pages/gen"), Ignored: []string{"gen.go"}, Error: wrong("", "build constraints exclude all Go files")},
		{ImportPath: "windows", Dir: at("pages/windows"), Ignored: []string{"page_windows.go"}, Error: wrong("", "build constraints exclude all Go files")},
		{ImportPath: "c", Dir: at("pages/c"), Ignored: []string{"page.go"}, Error: wrong("", "build constraints exclude all Go files")},
	}
	const (
		vague = `../lib: import cycle not allowed
pages/compiled/page.go:3:31: undefined: missing
pages/placed/page.go:3:8: no required module provides package
pages/vague: found packages a and b`
		cgo = `pages/c/page.go:3:8: the package uses cgo, which is off
    set CGO_ENABLED=1 in the environment; a function must then find its C libraries on the platform`
	)
	for enabled, want := range map[string]string{
		"0": strings.Replace(vague, "pages/compiled", cgo+"\npages/compiled", 1),
		"1": vague,
	} {
		tool := goTool{dir: dir, env: goEnvironment(map[string]string{"CGO_ENABLED": enabled})}
		byPath := map[string]*listed{}
		for _, p := range packages {
			byPath[p.ImportPath] = p
		}
		var diags diag.List
		tool.addErrors(byPath, &diags)
		wantDiags(t, diags, want)
	}
}

// goEnvironment is what go env would say if only these variables were set.
func goEnvironment(values map[string]string) goEnv {
	env := make(goEnv, len(goVariables))
	for i, name := range goVariables {
		env[i] = values[name]
	}
	return env
}

// TestGoTool checks the environment and the flags of Go commands.
func TestGoTool(t *testing.T) {
	dir := writeSite(t, "-- go.mod --\nmodule example.com/site\n")
	for _, tt := range []struct{ cgo, goflags, wantCgo, wantFlags string }{
		{"", "", "CGO_ENABLED=0", "-trimpath -buildvcs=false"},
		{"1", "-tags=x", "CGO_ENABLED=1", "-trimpath -buildvcs=false"},
		{"", "-tags=x -mod=mod", "CGO_ENABLED=0", "-trimpath -buildvcs=false -mod=readonly"},
		{"", "-mod=vendor", "CGO_ENABLED=0", "-trimpath -buildvcs=false"},
	} {
		t.Setenv("CGO_ENABLED", tt.cgo)
		t.Setenv("GOFLAGS", tt.goflags)
		tool, err := newGoTool(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if got := tool.env.get("GOMOD"); got != filepath.Join(dir, "go.mod") {
			t.Errorf("the module is %s", got)
		}
		if got := strings.Join(tool.buildFlags(), " "); got != tt.wantFlags {
			t.Errorf("with GOFLAGS=%s: %s, want %s", tt.goflags, got, tt.wantFlags)
		}
		tool.os, tool.arch = "plan9", "arm"
		cmd := tool.command(t.Context(), "version")
		env := "\n" + strings.Join(cmd.Environ(), "\n") + "\n"
		for _, want := range []string{tt.wantCgo, "GOOS=plan9", "GOARCH=arm", "PWD=" + dir} {
			if !strings.Contains(env, "\n"+want+"\n") {
				t.Errorf("with CGO_ENABLED=%q: there is no %s", tt.cgo, want)
			}
		}
		if cmd.Dir != dir {
			t.Errorf("it runs in %s", cmd.Dir)
		}
	}
}

// TestNoGoTool lacks the go command, and a module.
func TestNoGoTool(t *testing.T) {
	_, err := newGoTool(t.Context(), t.TempDir())
	if err == nil || err.Error() != `go.mod: there is no go.mod here or in a directory above
    make the directory a module: go mod init example.com/mysite` {
		t.Errorf("without a module: %v", err)
	}
	bin := t.TempDir()
	t.Setenv("PATH", bin)
	_, err = newGoTool(t.Context(), t.TempDir())
	if err == nil || err.Error() != `pages: the site has Go pages, but there is no go command on PATH
    install Go from https://go.dev/dl and put its bin directory on PATH` {
		t.Errorf("without a go command: %v", err)
	}
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte("#!/bin/sh\necho no such version >&2\nexit 7\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	_, err = newGoTool(t.Context(), t.TempDir())
	if err == nil || err.Error() != "go env: exit status 7\nno such version\n" {
		t.Errorf("with a go command that fails: %v", err)
	}
}

func TestRelative(t *testing.T) {
	tool := goTool{dir: "/work/site"}
	for file, want := range map[string]string{
		"/work/site/pages/a.go":  "pages/a.go",
		"/work/site":             ".",
		"/work/lib/a.go":         "../lib/a.go",
		"pages/a.go":             "pages/a.go",
		"./pages/../pages/a.go":  "pages/a.go",
		"../lib/a.go":            "../lib/a.go",
		"/usr/lib/go/src/x/x.go": "../../usr/lib/go/src/x/x.go",
	} {
		if got := tool.relative(file); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
}
