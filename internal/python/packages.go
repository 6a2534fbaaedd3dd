package python

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
)

// packages is what requirements.txt asks for, installed for this machine. The
// zero value is that of a project without it.
type packages struct {
	launch  launch
	files   []string     // requirements.txt and those it includes
	text    bytes.Buffer // their content
	marked  []marked     // those of their lines which depend on the version of Python
	local   []string     // the packages of the machine that they name, and directories of such
	cached  bool         // this alone decides what is installed
	machine string       // "3.11 linux-x86_64"
	cache   string       // the directory where the packages of the project are
	dir     string       // the packages; "" for none
	failed  bool         // what went wrong is a diagnostic
}

// marked is a requirement with a marker: marko; python_version < "3.12".
type marked struct{ file, line string }

// install installs the packages of requirements.txt into cache, unless they are
// in the project already. What pip has to say goes to diags.
func install(ctx context.Context, l launch, cache string, diags *diag.List) (packages, error) {
	p := packages{launch: l, cache: cache, cached: true}
	lines, err := p.read("requirements.txt", diags)
	if errors.Is(err, fs.ErrNotExist) {
		return packages{}, nil
	}
	if err != nil || p.failed {
		return p, err
	}
	if installedIn(l.project, lines) {
		return packages{}, nil
	}
	if p.machine = l.machine; p.machine == "" {
		a, err := l.ask(ctx, l.project)
		if err != nil {
			*diags = append(*diags, noPython(ctx, l.file))
			p.failed = true
			return p, ctx.Err()
		}
		p.machine = a.Machine
	}
	p.dir, err = p.installFor(ctx, p.machine)
	if list := (diag.List{}); errors.As(err, &list) {
		p.failed = true
		return p, diags.Merge(err)
	}
	return p, err
}

// installFor installs the packages for a target and returns their directory. Its
// name is the digest of all that decides what is installed: unless something else
// does, too, what an earlier build has installed there is valid.
func (p *packages) installFor(ctx context.Context, target string, options ...string) (string, error) {
	dir := filepath.Join(p.cache, p.digest(target))
	now := time.Now()
	if p.cached && os.Chtimes(dir, now, now) == nil { // it is there, and in use
		return dir, nil
	}
	if err := os.MkdirAll(p.cache, 0o755); err != nil {
		return "", err
	}
	removeUnused(p.cache, now)
	stage := filepath.Join(p.cache, "new")
	if err := errors.Join(os.RemoveAll(stage), os.RemoveAll(dir)); err != nil {
		return "", err
	}
	if err := os.Mkdir(stage, 0o755); err != nil {
		return "", err
	}
	if err := p.pip(ctx, stage, options); err != nil {
		return "", err
	}
	if err := os.Rename(stage, dir); err != nil {
		return "", fmt.Errorf("keep the packages: %w", err)
	}
	return dir, nil
}

// digest names what is installed for a target.
func (p *packages) digest(target string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q %q\n", target, p.text.Bytes())
	for _, file := range p.local {
		fmt.Fprintf(h, "%q\n", file)
		p.describeFile(h, file)
	}
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return !strings.HasPrefix(v, "PIP_") })
	slices.Sort(env)
	for _, v := range env {
		fmt.Fprintf(h, "%q\n", v)
		name, value, _ := strings.Cut(v, "=")
		switch name {
		case "PIP_CONFIG_FILE", "PIP_CONSTRAINT", "PIP_FIND_LINKS", "PIP_REQUIREMENT":
			for _, file := range append(strings.Fields(value), value) {
				p.describeFile(h, file)
			}
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:12])
}

// describeFile writes the content of a file; of a package, which may be large, and of
// those in a directory, size and time. What cannot be read, such as a URL, adds
// nothing.
func (p *packages) describeFile(w io.Writer, name string) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(p.launch.project, name)
	}
	files := []string{name}
	if entries, err := os.ReadDir(name); err == nil {
		files = nil
		for _, e := range entries {
			files = append(files, filepath.Join(name, e.Name()))
		}
	} else if data, err := readFile(name); err == nil && !isArchive(name) {
		fmt.Fprintf(w, "%q\n", data)
		return
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil {
			fmt.Fprintf(w, "%q %d %d\n", filepath.Base(file), info.Size(), info.ModTime().UnixNano())
		}
	}
}

// unusedAfter is how long packages are kept that no build asks for.
const unusedAfter = 30 * 24 * time.Hour

// removeUnused removes what no build has used for long. What cannot be removed
// stays: a cache is not worth failing a build for.
func removeUnused(base string, now time.Time) {
	entries, err := os.ReadDir(base)
	if err != nil {
		return
	}
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.ModTime().Before(now.Add(-unusedAfter)) {
			_ = os.RemoveAll(filepath.Join(base, e.Name()))
		}
	}
}

// pip installs the packages into dir. Its options and environment are the
// user's; its failure is a diagnostic with its own last lines.
func (p *packages) pip(ctx context.Context, dir string, options []string) error {
	fmt.Fprintln(p.launch.log, "installing the packages of requirements.txt")
	args := append([]string{"-m", "pip", "install", "--target", dir, "--no-compile", "-r", "requirements.txt"}, options...)
	cmd := command(ctx, p.launch.file, args...)
	cmd.Dir = p.launch.project
	cmd.Env = append(os.Environ(), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_USER=0", "PIP_ROOT_USER_ACTION=ignore", "PIP_PROGRESS_BAR=off", "PYTHONUTF8=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		fix := lastLines(out.String(), 10)
		if strings.Contains(fix, "No module named pip") {
			fix += "\ninstall pip: https://pip.pypa.io/en/stable/installation"
		}
		var diags diag.List
		diags.Add(diag.Pos{File: "requirements.txt"}, fix, "pip install failed: %v", err)
		return diags.Err()
	}
	// For the build's processes; the function gets none of it.
	_ = command(ctx, p.launch.file, "-m", "compileall", "-q", dir).Run()
	return nil
}

func lastLines(text string, n int) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
