package python

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

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
