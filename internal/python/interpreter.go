package python

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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

// interpreter is a Python of the machine.
type interpreter struct {
	file    string // the program
	machine string // its version and platform, "3.11 linux-x86_64"; "" if it was not asked
	lookup  string // what it was found by
}

// lookPython finds the machine's Python, for a project. Where python3 is a script of a
// version manager, it is in development the program that this chooses: the script takes
// longer to start, but to ask it takes as long, once.
func (s *Session) lookPython(ctx context.Context, o Options, diags *diag.List) (interpreter, bool) {
	file, err := exec.LookPath("python3")
	if err != nil {
		diags.Add(diag.Pos{File: "pages"}, installPython, "the site has Python pages, but there is no python3 command on PATH")
		return interpreter{}, false
	}
	lookup := strings.Join(append(os.Environ(), file, versionsAt(o.Dir)), "\n")
	if _, err := os.Stat(s.found.file); err == nil && s.found.lookup == lookup {
		return s.found, true
	}
	s.found = interpreter{file: file, lookup: lookup}
	if o.Dev && isScript(file) {
		if a, err := s.found.ask(ctx, o.Dir); err == nil && a.isWhole() {
			s.found.file, s.found.machine = a.Executable, a.Machine
		}
	}
	return s.found, true
}

// versionsAt is what the files say by which version managers choose in a directory.
func versionsAt(dir string) string {
	var files []string
	for {
		files = append(files, filepath.Join(dir, ".python-version"), filepath.Join(dir, ".tool-versions"))
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	if home, err := os.UserHomeDir(); err == nil {
		files = append(files, filepath.Join(home, ".tool-versions"), filepath.Join(home, ".pyenv", "version"))
	}
	if root := os.Getenv("PYENV_ROOT"); root != "" {
		files = append(files, filepath.Join(root, "version"))
	}
	text := ""
	for _, file := range files {
		data, _ := readFile(file) // most are not there
		text += string(data)
	}
	return text
}

// state tells whether a process of the interpreter that is started now is as one that was
// started before, by its packages and the .pth files that it runs first.
func (i interpreter) state() string {
	real, _ := filepath.EvalSymlinks(i.file)
	var files []string
	for _, file := range []string{i.file, real} {
		base := filepath.Dir(filepath.Dir(file))
		for _, pattern := range []string{"pyvenv.cfg", "lib/python3*/site-packages", "lib/python3*/dist-packages", "local/lib/python3*/dist-packages"} {
			found, _ := filepath.Glob(filepath.Join(base, pattern)) // the pattern is right
			files = append(files, found...)
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		found, _ := filepath.Glob(filepath.Join(home, ".local/lib/python3*/site-packages"))
		files = append(files, found...)
	}
	for _, dir := range slices.Clone(files) {
		found, _ := filepath.Glob(filepath.Join(dir, "*.pth"))
		files = append(files, found...)
	}
	text := ""
	for _, file := range append(files, real) {
		if info, err := os.Stat(file); err == nil {
			text += fmt.Sprintln(file, info.Size(), info.ModTime().UnixNano())
		}
	}
	return text
}

func isScript(file string) bool {
	f, err := os.Open(file)
	if err != nil {
		return false
	}
	defer f.Close()
	head := make([]byte, 2)
	n, _ := f.Read(head)
	return string(head[:n]) == "#!"
}

// answer is what an interpreter says of itself.
type answer struct {
	Executable  string            `json:"executable"`
	Machine     string            `json:"machine"`
	Environment map[string]string `json:"environment"` // what decides how programs start
}

// isWhole reports whether the executable, started by itself, is all that the script was
// which has started it.
func (a answer) isWhole() bool {
	for variable, value := range a.Environment {
		if os.Getenv(variable) != value {
			return false
		}
	}
	_, err := os.Stat(a.Executable)
	return err == nil
}

// ask asks the interpreter what it is.
func (i interpreter) ask(ctx context.Context, project string) (a answer, err error) {
	const question = `
import json, os, sys, sysconfig
print(json.dumps({
    "executable": sys.executable,
    "machine": "%d.%d %s" % (*sys.version_info[:2], sysconfig.get_platform()),
    "environment": {k: v for k, v in os.environ.items() if k.startswith(("PYTHON", "LD_", "DYLD_"))},
}))`
	cmd := command(ctx, i.file, "-I", "-S", "-c", question)
	cmd.Dir = project // by which version managers choose
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, &a)
	}
	return a, err
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
