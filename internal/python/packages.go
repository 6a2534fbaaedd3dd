package python

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
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
	text    []byte // requirements.txt and the files it includes
	cached  bool   // it says all there is to know
	machine string // "3.11 linux-x86_64"
	dir     string // the packages; "" for none
	tmp     []string
	failed  bool // what went wrong is a diagnostic
}

func (p *packages) close() {
	for _, dir := range p.tmp {
		_ = os.RemoveAll(dir)
	}
}

// install installs the packages of requirements.txt, unless they are in the
// project already. What pip has to say goes to diags.
func install(ctx context.Context, l launch, diags *diag.List) (packages, error) {
	p := packages{launch: l, cached: true}
	lines, err := p.read("requirements.txt")
	if errors.Is(err, fs.ErrNotExist) {
		return packages{}, nil
	}
	if err != nil {
		return p, err
	}
	if installedIn(l.project, lines) {
		return packages{}, nil
	}
	const ask = `import sys, sysconfig; print("%d.%d" % sys.version_info[:2], sysconfig.get_platform())`
	out, err := exec.CommandContext(ctx, l.python, "-I", "-S", "-c", ask).CombinedOutput()
	if err != nil {
		addNoPython(ctx, l.python, diags)
		p.failed = true
		return p, ctx.Err()
	}
	p.machine = strings.TrimSpace(string(out))
	p.dir, err = p.installFor(ctx, p.machine)
	if list := (diag.List{}); errors.As(err, &list) {
		p.failed = true
		return p, diags.Merge(err)
	}
	return p, err
}

// read reads a requirements file and those it includes into p.text, and returns
// its own lines.
func (p *packages) read(name string) ([]string, error) {
	data, err := os.ReadFile(filepath.Join(p.launch.project, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	p.text = append(p.text, data...)
	var lines []string
	for line := range strings.Lines(string(data)) {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		lines = append(lines, line)
		if included := includedFile(line); included != "" {
			// A missing one is for pip to report.
			if _, err := p.read(path.Join(path.Dir(name), included)); err != nil {
				p.cached = false
			}
		}
		// What a path leads to may change without a word here.
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "/") || strings.HasPrefix(line, "-e") || strings.Contains(line, "file:") {
			p.cached = false
		}
	}
	return lines, nil
}

// includedFile is the file that a line such as "-r more.txt" includes, or "".
func includedFile(line string) string {
	for _, option := range []string{"-r", "-c", "--requirement", "--constraint"} {
		if rest, ok := strings.CutPrefix(line, option); ok && strings.TrimLeft(rest, " =\t") != rest {
			return strings.TrimLeft(rest, " =\t")
		}
	}
	return ""
}

// installedIn reports whether pip install --target has put all packages of
// these lines into the project, as the documents of Jar say.
func installedIn(project string, lines []string) bool {
	installed := map[string]bool{}
	infos, _ := filepath.Glob(filepath.Join(project, "*.dist-info")) // the pattern is right
	for _, dir := range infos {
		name, _, _ := strings.Cut(filepath.Base(dir), "-")
		installed[normalName(name)] = true
	}
	return !slices.ContainsFunc(lines, func(line string) bool {
		end := strings.IndexFunc(line, func(r rune) bool { return strings.ContainsRune(" \t[<>=!~;@", r) })
		if end < 0 {
			end = len(line)
		}
		return !installed[normalName(line[:end])]
	})
}

// normalName spells the name of a package as they are compared.
func normalName(name string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
}

// installFor installs the packages for a target and returns their directory.
// That is in the user's cache, by the digest of all that decides about them.
func (p *packages) installFor(ctx context.Context, target string, options ...string) (string, error) {
	base, err := os.UserCacheDir()
	if err != nil || !p.cached {
		base, err = os.MkdirTemp("", "jargo-packages-")
		if err != nil {
			return "", err
		}
		p.tmp = append(p.tmp, base)
	}
	base = filepath.Join(base, "jargo", "packages")
	dir := filepath.Join(base, p.digest(target))
	now := time.Now()
	if os.Chtimes(dir, now, now) == nil { // it is there, and in use
		return dir, nil
	}
	if err := os.MkdirAll(base, 0o755); err != nil {
		return "", err
	}
	removeUnused(base, now)
	stage, err := os.MkdirTemp(base, "new-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(stage)
	if err := p.pip(ctx, stage, options); err != nil {
		return "", err
	}
	// Another build may have been faster; then its packages are as good.
	if err := os.Rename(stage, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("keep the packages: %w", err)
	}
	return dir, nil
}

func (p *packages) digest(target string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", target, p.text)
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return !strings.HasPrefix(v, "PIP_") })
	slices.Sort(env)
	fmt.Fprintf(h, "%s\n", strings.Join(env, "\n"))
	return hex.EncodeToString(h.Sum(nil)[:12])
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
	args := append([]string{"-m", "pip", "install", "--target", dir, "--no-compile", "-r", "requirements.txt"}, options...)
	cmd := exec.CommandContext(ctx, p.launch.python, args...)
	cmd.Dir = p.launch.project
	cmd.Env = append(os.Environ(), "PIP_DISABLE_PIP_VERSION_CHECK=1", "PIP_NO_INPUT=1", "PIP_ROOT_USER_ACTION=ignore", "PIP_PROGRESS_BAR=off", "PYTHONUTF8=1")
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var diags diag.List
		diags.Add(diag.Pos{File: "requirements.txt"}, lastLines(out.String(), 10), "pip install failed: %v", err)
		return diags.Err()
	}
	// For the workers; the function gets none of it.
	_ = exec.CommandContext(ctx, p.launch.python, "-m", "compileall", "-q", dir).Run()
	return nil
}

func lastLines(text string, n int) string {
	lines := slices.DeleteFunc(strings.Split(text, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// addTo adds the packages to a function's files.
func (p *packages) addTo(t *tree) error { return addPackageFiles(t, p.dir) }

func addPackageFiles(t *tree, dir string) error {
	if dir == "" {
		return nil
	}
	skip := func(_, name string, isDir bool) bool {
		base := path.Base(name)
		// direct_url.json says where on this machine a package came from.
		return isDir && (base == "__pycache__" || name == packagesName+"/bin") || base == "direct_url.json"
	}
	if err := t.add(dir, packagesName, skip, nil); err != nil {
		return fmt.Errorf("list the packages: %w", err)
	}
	return nil
}

// addPackages adds the packages to the function's files, for Linux on arch or
// for this machine when arch is "". Packages in Python alone are the same
// everywhere; others are installed for the function's own Python.
func (p *Pages) addPackages(ctx context.Context, arch string, files map[string]string) error {
	dir := p.packages.dir
	if arch != "" && p.packages.compiled() && p.packages.machine != platform(p.runtime, arch) {
		var err error
		if dir, err = p.packages.installFor(ctx, platform(p.runtime, arch), crossOptions(p.runtime, arch)...); err != nil {
			return err
		}
	}
	return addPackageFiles(&tree{files, map[string]int64{}}, dir)
}

// platform is where a function runs, as packages.machine spells it.
func platform(runtime, arch string) string {
	return strings.TrimPrefix(runtime, "python") + " linux-" + machine(arch)
}

func machine(arch string) string {
	if arch == "arm64" {
		return "aarch64"
	}
	return "x86_64"
}

// crossOptions make pip choose packages for another Python than its own.
func crossOptions(runtime, arch string) []string {
	v := strings.TrimPrefix(runtime, "python")
	options := []string{"--only-binary=:all:", "--implementation", "cp", "--python-version", v}
	for _, abi := range []string{"cp" + strings.ReplaceAll(v, ".", ""), "abi3", "none"} {
		options = append(options, "--abi", abi)
	}
	for _, libc := range []string{"manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014"} {
		options = append(options, "--platform", libc+"_"+machine(arch))
	}
	return options
}

// compiled reports whether a package has parts that are not Python.
func (p *packages) compiled() bool {
	if p.dir == "" {
		return false
	}
	wheels, _ := filepath.Glob(filepath.Join(p.dir, "*.dist-info", "WHEEL")) // the pattern is right
	return slices.ContainsFunc(wheels, func(file string) bool {
		data, err := os.ReadFile(file)
		return err == nil && !bytes.Contains(data, []byte("-none-any"))
	})
}

// checkRuntimes reports pages that name a Python which the packages are not
// for: they are installed once.
func (p *packages) checkRuntimes(pages *Pages, diags *diag.List) {
	if !p.compiled() {
		return
	}
	for _, page := range pages.sitePages {
		if r := page.Limits.Runtime; r != "" && r != pages.runtime {
			diags.Add(page.ConfigAt, "leave python out, and name it for the whole site: --python "+strings.TrimPrefix(r, "python"),
				"%s runs on %s, but packages that are not Python alone are installed for %s", page.Route, r, pages.runtime)
		}
	}
}
