package golang

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

// goTool runs the Go command for one project.
type goTool struct {
	dir     string   // the project
	env     goEnv    // what the Go command says of its environment
	os      string   // GOOS
	arch    string   // GOARCH
	overlay string   // file that hides what the tool must not see; "" when there is nothing
	quick   bool     // packages are compiled for the next change, not for speed
	mod     []string // the -mod flag that keeps go.mod as it is, if one is needed
}

// buildFlags are the flags under which pages are analysed and compiled: the
// same for both, so that one compile serves both, and free of all that differs
// between directories and machines.
func (g goTool) buildFlags() []string {
	flags := append([]string{"-trimpath", "-buildvcs=false"}, g.mod...)
	if g.quick {
		// Nobody debugs the program, and without what a debugger needs there is a quarter
		// less to link. No function of the project is compiled into its callers, so a
		// change of what one does leaves them as they are.
		flags = append(flags, "-gcflags=all=-dwarf=false", "-gcflags=./...=-l -dwarf=false")
	}
	return flags
}

// command makes a Go command line that runs in the project. cgo is off unless
// the user asks for it: a function must not depend on the libraries of the
// machine that built it.
func (g goTool) command(ctx context.Context, args ...string) *exec.Cmd {
	return g.program(ctx, "go", args...)
}

// program makes a command line of a program of the toolchain, as command does.
func (g goTool) program(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	// Interrupted, it removes its temporary files.
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	cmd.Dir = g.dir
	// The tool believes PWD, which may lead here through a symbolic link.
	cmd.Env = append(os.Environ(), "PWD="+g.dir, "GOOS="+g.os, "GOARCH="+g.arch)
	if os.Getenv("CGO_ENABLED") == "" {
		cmd.Env = append(cmd.Env, "CGO_ENABLED=0")
	}
	return cmd
}

// newGoTool finds the Go command and the project's module. What is missing is
// a diagnostic.
func newGoTool(ctx context.Context, dir string) (goTool, error) {
	g := goTool{dir: dir, os: runtime.GOOS, arch: runtime.GOARCH}
	var diags diag.List
	if _, err := exec.LookPath("go"); err != nil {
		diags.Add(diag.Pos{File: "pages"}, "install Go from https://go.dev/dl and put its bin directory on PATH",
			"the site has Go pages, but there is no go command on PATH")
		return g, diags.Err()
	}
	cmd := g.command(ctx, append([]string{"env"}, goVariables...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return g, fmt.Errorf("go env: %w\n%s", err, stderr.Bytes())
	}
	g.env = strings.Split(string(out), "\n")
	if mod := g.env.get("GOMOD"); mod == "" || mod == os.DevNull {
		diags.Add(diag.Pos{File: "go.mod"}, "make the directory a module: go mod init example.com/mysite",
			"there is no go.mod here or in a directory above")
		return g, diags.Err()
	}
	if slices.Contains(strings.Fields(g.env.get("GOFLAGS")), "-mod=mod") {
		g.mod = []string{"-mod=readonly"}
	}
	return g, nil
}

// goVariables are the settings that decide which packages the Go command finds
// and what types they have.
var goVariables = []string{"GOMOD", "GOWORK", "GOFLAGS", "GOMODCACHE", "GOVERSION", "GOROOT",
	"GOOS", "GOARCH", "GOEXPERIMENT", "GODEBUG", "GO111MODULE", "GOPATH", "CGO_ENABLED"}

// goEnv has a line for each of goVariables.
type goEnv []string

func (e goEnv) get(name string) string { return e[slices.Index(goVariables, name)] }

// listed is one package, as go list describes it.
type listed struct {
	ImportPath string
	Dir        string
	Name       string
	GoFiles    []string
	CgoFiles   []string
	Imports    []string
	Ignored    []string `json:"IgnoredGoFiles"` // by their build constraints
	EmbedFiles []string // that patterns of go:embed chose

	EmbedPatterns []string
	Export        string // file with the package's export data
	Standard      bool
	Module        *struct {
		Main  bool
		GoMod string
	}
	Error *struct{ Pos, Err string }
}

// list compiles the packages in dirs and all they import, and describes them
// by import path.
func (g goTool) list(ctx context.Context, dirs []string) (map[string]*listed, error) {
	list, err := g.listInOrder(ctx, dirs)
	packages := map[string]*listed{}
	for _, p := range list {
		packages[p.ImportPath] = p
	}
	return packages, err
}

// listInOrder is list with a package after those it imports.
func (g goTool) listInOrder(ctx context.Context, dirs []string) ([]*listed, error) {
	args := append([]string{"list", "-e", "-export", "-deps",
		"-json=ImportPath,Dir,Name,GoFiles,CgoFiles,Imports,IgnoredGoFiles,EmbedPatterns,EmbedFiles,Export,Standard,Module,Error"}, g.buildFlags()...)
	if g.overlay != "" {
		args = append(args, "-overlay", g.overlay)
	}
	cmd := g.command(ctx, append(append(args, "--"), dirs...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, g.failure(ctx, "go list", err, stderr.String())
	}
	var packages []*listed
	for dec := json.NewDecoder(&stdout); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return packages, nil
		} else if err != nil {
			return nil, fmt.Errorf("read go list: %w", err)
		}
		packages = append(packages, &p)
	}
}

// failure makes an error of a Go command that failed: diagnostics when its
// output has positions, its own message otherwise.
func (g goTool) failure(ctx context.Context, step string, err error, output string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var diags diag.List
	g.addCompilerErrors(output, &diags)
	if len(diags) > 0 {
		return diags.Err()
	}
	return fmt.Errorf("%s: %w\n%s", step, err, strings.TrimSpace(output))
}

// addErrors reports the errors of packages as the Go tool words them.
func (g goTool) addErrors(packages map[string]*listed, diags *diag.List) {
	for _, p := range packages {
		if p.Error == nil || g.excluded(p, diags) {
			continue
		}
		text := p.Error.Err
		if p.Error.Pos != "" {
			text = p.Error.Pos + ": " + text
		}
		before := len(*diags)
		g.addCompilerErrors(text, diags)
		if len(*diags) == before {
			diags.Add(diag.Pos{File: g.relative(p.Dir)}, "", "%s", strings.TrimSpace(text))
		}
	}
}

// excluded reports whether a package has no file for this machine, which is no
// mistake, unless cgo is what its files lack.
func (g goTool) excluded(p *listed, diags *diag.List) bool {
	if len(p.GoFiles)+len(p.CgoFiles) > 0 || len(p.Ignored) == 0 {
		return false
	}
	src := parse(g.relative(p.Dir), p.Dir, p.Ignored)
	for _, f := range src.files {
		for _, spec := range f.Imports {
			if spec.Path.Value == `"C"` && g.env.get("CGO_ENABLED") != "1" {
				diags.Add(src.at(spec.Pos()), "set CGO_ENABLED=1 in the environment; a function must then find its C libraries on the platform",
					"the package uses cgo, which is off")
			}
		}
	}
	return true
}

// positioned is the first line of an error of the Go compiler or the Go tool:
// file.go:line:col: text, relative to the directory the tool ran in.
var positioned = regexp.MustCompile(`^(\S.*?\.(?:go|mod|work)):(\d+)(?::(\d+))?: (.*)$`)

// addCompilerErrors splits the Go tool's output into diagnostics. Lines that
// follow a position and are indented belong to it.
func (g goTool) addCompilerErrors(output string, diags *diag.List) {
	open := false
	for line := range strings.SplitSeq(strings.TrimRight(output, "\n"), "\n") {
		if m := positioned.FindStringSubmatch(line); m != nil {
			row, _ := strconv.Atoi(m[2])
			col, _ := strconv.Atoi(m[3])
			diags.Add(diag.Pos{File: g.relative(m[1]), Line: row, Col: col}, dotImportFix(m[4]), "%s", m[4])
			open = true
		} else if open && strings.HasPrefix(line, "\t") {
			(*diags)[len(*diags)-1].Message += "\n" + line
		} else {
			open = false
		}
	}
}

// relative is file below the project, with slashes. A file elsewhere in the
// module starts with "../".
func (g goTool) relative(file string) string {
	if filepath.IsAbs(file) {
		if rel, err := filepath.Rel(g.dir, file); err == nil {
			file = rel
		}
	}
	return filepath.ToSlash(filepath.Clean(file))
}
