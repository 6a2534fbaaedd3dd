package python

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// read reads a requirements file, named as from the project, and those it
// includes into p.text, each once, and returns its own lines. What is not a
// file goes to diags.
func (p *packages) read(name string, diags *diag.List) ([]string, error) {
	file := filepath.Clean(name)
	if !filepath.IsAbs(name) {
		file = filepath.Join(p.launch.project, name)
	}
	if slices.Contains(p.files, file) {
		return nil, nil // pip reports a cycle
	}
	p.files = append(p.files, file)
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !site.CheckFile(filepath.ToSlash(name), info.Mode(), diags) {
		p.failed = true
		return nil, nil
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&p.text, "%s\n%s\n", name, data)
	if bytes.IndexByte(data, 0) >= 0 {
		p.cached = false // UTF-16: pip can read it
	}
	text := strings.ReplaceAll(strings.TrimPrefix(string(data), "\ufeff"), "\r\n", "\n")
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", "")) {
		line, _, _ = strings.Cut(line, " #")
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		lines = append(lines, line)
		if _, marker, ok := strings.Cut(line, ";"); ok && strings.Contains(marker, "python_") {
			p.marked = append(p.marked, marked{filepath.ToSlash(name), line})
		}
		l := readLine(line)
		if l.changing {
			p.cached = false
		}
		p.local = append(p.local, l.archives...)
		for _, links := range l.links { // pip tries both
			p.local = append(p.local, links, filepath.Join(filepath.Dir(name), links))
		}
		for _, more := range l.included {
			if !filepath.IsAbs(more) {
				more = filepath.Join(filepath.Dir(name), more)
			}
			// A missing one is for pip to report.
			if _, err := p.read(more, diags); err != nil {
				p.cached = false
			}
		}
	}
	return lines, nil
}

// Options of requirements files that name a file to include, those that name a
// directory of packages, and those whose text alone decides what is installed.
var (
	includeOptions = []string{"-r", "--requirement", "-c", "--constraint"}
	linksOptions   = []string{"-f", "--find-links"}
	plainOptions   = []string{
		"-i", "--index-url", "--extra-index-url", "--no-index", "--trusted-host",
		"--hash", "--no-binary", "--only-binary", "--pre", "--prefer-binary", "--require-hashes",
	}
)

// line is what a line of a requirements file leads to.
type line struct {
	included []string // files to include
	links    []string // directories of packages
	archives []string // packages
	changing bool     // what may change without a word here: a source tree, a variable
}

func readLine(text string) line {
	l := line{changing: strings.Contains(text, "${")}
	words := strings.Fields(text)
	for i := 0; i < len(words); i++ {
		word := words[i]
		if !strings.HasPrefix(word, "-") {
			if isArchive(word) {
				l.archives = append(l.archives, word)
			} else if isLocal(word) {
				l.changing = true
			}
			continue
		}
		option, value, _ := strings.Cut(word, "=")
		if !strings.HasPrefix(option, "--") && len(option) > 2 {
			option, value = word[:2], strings.TrimPrefix(word[2:], "=") // -rmore.txt
		}
		takesFile := slices.Contains(includeOptions, option) || slices.Contains(linksOptions, option)
		if takesFile && value == "" && i+1 < len(words) {
			i++
			value = words[i]
		}
		switch {
		case slices.Contains(includeOptions, option):
			l.included = append(l.included, value)
		case slices.Contains(linksOptions, option) && !strings.Contains(value, ":") && !strings.Contains(value, ".htm"):
			l.links = append(l.links, value)
		case !slices.Contains(plainOptions, option), isArchive(value), isLocal(value):
			l.changing = true
		}
	}
	return l
}

// isArchive reports whether a word of a requirement is the path of a package in
// one file.
func isArchive(word string) bool {
	return !strings.Contains(word, ":") &&
		slices.Contains([]string{".whl", ".zip", ".gz", ".bz2", ".xz", ".tar", ".tgz"}, path.Ext(word))
}

// isLocal reports whether a word of a requirement is, or may be, another path.
func isLocal(word string) bool {
	return strings.HasPrefix(word, ".") || strings.Contains(word, "file:") ||
		strings.ContainsAny(word, `/\`) && !strings.Contains(word, "://")
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

// normalName is the name of a package in the form in which names are compared.
func normalName(name string) string {
	return strings.NewReplacer("-", "_", ".", "_").Replace(strings.ToLower(name))
}
