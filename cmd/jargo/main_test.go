package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/gotooltest"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jargo-dev/jargo/internal/cli"
)

var update = flag.Bool("update", false, "rewrite what the scripts expect")

func TestMain(m *testing.M) {
	testscript.Main(withFixtures{m}, map[string]func(){
		"jargo": func() { os.Exit(cli.Main(os.Args[1:], os.Stdout, os.Stderr)) },
	})
}

// fixtures is a directory for what tests make once and share.
var fixtures string

// withFixtures runs the tests while there are fixtures.
type withFixtures struct{ tests *testing.M }

func (w withFixtures) Run() int {
	dir, err := os.MkdirTemp("", "jargo-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	fixtures = dir
	return w.tests.Run()
}

// shortScripts are those that run with -short: one for each thing that a command
// is there for.
var shortScripts = []string{
	"testdata/script/build_report.txtar",
	"testdata/script/diag_all_at_once.txtar",
	"testdata/script/diag_compile_error.txtar",
	"testdata/script/python_diag_all_at_once.txtar",
	"testdata/script/serve_explain.txtar",
	"testdata/script/usage.txtar",
}

// TestScripts runs the command line as a user does. A script whose site needs
// no go.mod of its own kind gets the plain one.
func TestScripts(t *testing.T) {
	t.Parallel()
	checkout, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	modCache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	params := testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, ".cache"))
			env.Setenv("CHECKOUT", checkout)
			env.Setenv("MODCACHE", strings.TrimSpace(string(modCache)))
			env.Setenv("GOFLAGS", "")
			// Most of the time goes to the Go tool and its linker, which have
			// memory enough.
			env.Setenv("GOGC", "400")
			return nil
		},
		Cmds: commands,
	}
	if testing.Short() {
		params.Dir, params.Files = "", shortScripts
	}
	if err := gotooltest.Setup(&params); err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, params)
}
