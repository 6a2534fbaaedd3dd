package python

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
)

// version is a version of Python: major and minor.
type version [2]int

// oldest is the first version that pages run on.
var oldest = version{3, 9}

func (v version) String() string { return fmt.Sprintf("%d.%d", v[0], v[1]) }

func (v version) less(w version) bool { return slices.Compare(v[:], w[:]) < 0 }

// runtimes are the versions that functions run on, as the platform names them.
// Source: validate-build-result.ts of @vercel/build-utils, 2026.
var runtimes = []string{"python3.12", "python3.13", "python3.14"}

// defaultRuntime is that of a site that names none.
const defaultRuntime = "python3.13"

// parseRuntime reads the name of a runtime, or its version alone: "3.12".
func parseRuntime(name string) (string, error) {
	full := "python" + strings.TrimPrefix(name, "python")
	if !slices.Contains(runtimes, full) {
		return "", fmt.Errorf("functions run on %s, not on %q", strings.Join(runtimes, ", "), name)
	}
	return full, nil
}

// lookPython finds the machine's Python.
func lookPython(diags *diag.List) (string, bool) {
	file, err := exec.LookPath("python3")
	if err != nil {
		diags.Add(diag.Pos{File: "pages"}, installPython, "the site has Python pages, but there is no python3 command on PATH")
	}
	return file, err == nil
}

const installPython = "install Python 3.9 or later from https://www.python.org/downloads and put it on PATH"

var versionLine = regexp.MustCompile(`^Python (\d+)\.(\d+)\S*`)

// command is a program that is terminated, with all that it has started, when ctx
// is done.
func command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	renderer.OwnGroup(cmd)
	cmd.Cancel = func() error { return renderer.EndGroup(cmd, syscall.SIGTERM) }
	cmd.WaitDelay = 2 * time.Second
	return cmd
}

// noPython says why python3 does not run build.py.
func noPython(ctx context.Context, file string) diag.Diagnostic {
	out, err := command(ctx, file, "--version").CombinedOutput()
	text := strings.TrimSpace(string(out))
	match := versionLine.FindStringSubmatch(text)
	if err != nil || match == nil {
		return diag.Diagnostic{Pos: diag.Pos{File: "pages"}, Message: "the site has Python pages, but python3 does not start",
			Fix: strings.TrimSpace("python3 --version says: " + text + "\n" + installPython)}
	}
	major, _ := strconv.Atoi(match[1])
	minor, _ := strconv.Atoi(match[2])
	if v := (version{major, minor}); v.less(oldest) {
		return diag.Diagnostic{Pos: diag.Pos{File: "pages"}, Fix: installPython,
			Message: fmt.Sprintf("the site has Python pages, but python3 is %s: they need %s or later", match[0], oldest)}
	}
	return diag.Diagnostic{Pos: diag.Pos{File: "pages"}, Fix: "what it printed is above",
		Message: fmt.Sprintf("the site has Python pages, but %s does not start", match[0])}
}
