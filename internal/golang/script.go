package golang

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// errUnusual says that a program, or a package of it, is not made in the one way
// that is known here: the Go tool has to make it.
var errUnusual = errors.New("only the Go tool can do this")

// script is what go build -n prints: the commands it would run, and the files it
// would write for them.
type script struct {
	files    map[string][]string // lines, by the file's name
	compiles map[string][]string // words of a command line, by the archive it makes
	link     []string
}

// parseScript reads the output of go build -n. What it does not know it leaves
// out: a command that needs it is then incomplete, or has words that are unusual.
func parseScript(output string) *script {
	s := &script{files: map[string][]string{}, compiles: map[string][]string{}}
	for lines := strings.Split(output, "\n"); len(lines) > 0; {
		line := lines[0]
		lines = lines[1:]
		if name, is := strings.CutPrefix(line, "cat >"); is {
			name, _, _ = strings.Cut(name, " << 'EOF'")
			if end := slices.IndexFunc(lines, endsFile); end >= 0 {
				last := strings.TrimSuffix(lines[end], "EOF")
				s.files[name], lines = append(lines[:end:end], last), lines[end+1:]
			}
			continue
		}
		words, err := splitWords(line)
		if err != nil || len(words) < 3 {
			continue
		}
		switch {
		case filepath.Base(words[0]) == "compile" && words[1] == "-o":
			s.compiles[words[2]] = words
		case words[0] == "GOROOT=''" && filepath.Base(words[1]) == "link":
			s.link = words[1:]
		}
	}
	return s
}

// endsFile reports whether a line is the last of a file: the text of one may end
// without a new line.
func endsFile(line string) bool { return strings.HasSuffix(line, "EOF") }

// splitWords splits a command line as the Go tool prints it: a word that needs it
// is quoted as in Go.
func splitWords(line string) ([]string, error) {
	var words []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		if line[0] != '"' {
			word, rest, _ := strings.Cut(line, " ")
			words, line = append(words, word), rest
			continue
		}
		quoted, err := strconv.QuotedPrefix(line)
		if err != nil {
			return nil, err
		}
		word, err := strconv.Unquote(quoted)
		if err != nil {
			return nil, err
		}
		words, line = append(words, word), line[len(quoted):]
	}
	return words, nil
}

// command is a program of the toolchain and those of its flags that stay the same.
type command struct {
	Program string
	Flags   []string
}

// newCommand takes a command line apart. What is made for this one command, by
// flag, is returned, and so are the words after the flags.
func newCommand(words []string, flags map[string]flagKind) (c command, own map[string]string, rest []string, err error) {
	if len(words) == 0 {
		return c, nil, nil, fmt.Errorf("%w: there is no such command", errUnusual)
	}
	c.Program, own = words[0], map[string]string{}
	for words = words[1:]; len(words) > 0 && strings.HasPrefix(words[0], "-"); {
		name, _, joined := strings.Cut(words[0], "=")
		n := 1
		if kind, known := flags[name]; !known {
			return c, nil, nil, fmt.Errorf("%w: %s with %s", errUnusual, filepath.Base(c.Program), words[0])
		} else if kind != flagAlone && !joined {
			n = min(2, len(words))
		}
		if flags[name] == flagOwn {
			own[name] = words[n-1]
		} else {
			c.Flags = append(c.Flags, words[:n]...)
		}
		words = words[n:]
	}
	return c, own, words, nil
}

// flagKind says what follows a flag.
type flagKind int

const (
	flagAlone flagKind = iota // nothing
	flagValue                 // a value, in a word of its own or after =
	flagOwn                   // likewise, with the names of what is made for the one command
)

// compileFlags are those that the Go tool compiles a package of Go source with,
// none of which asks for more than source and imports.
var compileFlags = map[string]flagKind{
	"-o": flagOwn, "-trimpath": flagOwn, "-importcfg": flagOwn, "-embedcfg": flagOwn,
	"-p": flagValue, "-lang": flagValue, "-buildid": flagValue, "-goversion": flagValue, "-c": flagValue,
	"-complete": flagAlone, "-dwarf": flagValue, "-l": flagAlone, "-nolocalimports": flagAlone, "-pack": flagAlone,
}

// linkFlags are those of a link that needs only archives.
var linkFlags = map[string]flagKind{
	"-o": flagOwn, "-importcfg": flagOwn,
	"-buildmode": flagValue, "-buildid": flagValue, "-extld": flagValue, "-X": flagValue,
	"-s": flagAlone, "-w": flagAlone,
}

// imports reads an import configuration: the archive of each package, and its
// other lines.
func (s *script) imports(file string) (archives map[string]string, others []string) {
	archives = map[string]string{}
	for _, line := range s.files[file] {
		if entry, is := strings.CutPrefix(line, "packagefile "); is {
			importPath, archive, _ := strings.Cut(entry, "=")
			archives[importPath] = archive
		} else {
			others = append(others, line)
		}
	}
	return archives, others
}

// compilation is how an archive is made of a package's Go files.
type compilation struct {
	command
	Root    string   // stands for the package's directory in stack traces
	Imports []string // import paths
	Config  []string // what else the import configuration says
	Embed   *embedConfig
}

// embedConfig is the file for compile -embedcfg.
type embedConfig struct {
	Patterns map[string][]string
	Files    map[string]string // where each file is
}

// compilation is how the Go tool would make the archive of a package, if it is of
// Go source alone.
func (s *script) compilation(archive string, p *listed) (*compilation, error) {
	unusual := fmt.Errorf("%w: compile %s", errUnusual, p.ImportPath)
	if s.compiles[archive] == nil {
		return nil, unusual
	}
	cmd, own, sources, err := newCommand(s.compiles[archive], compileFlags)
	if err != nil {
		return nil, err
	}
	// The first rule of -trimpath is that of the directory.
	rule, _, _ := strings.Cut(own["-trimpath"], ";")
	dir, root, _ := strings.Cut(rule, "=>")
	// The Go tool says -complete when no other file has a part in the package.
	if dir != p.Dir || root == "" || len(sources) != len(p.GoFiles) || !slices.Contains(cmd.Flags, "-complete") {
		return nil, unusual
	}
	c := &compilation{command: cmd, Root: root}
	archives, others := s.imports(own["-importcfg"])
	c.Imports, c.Config = slices.Sorted(maps.Keys(archives)), others
	if name := own["-embedcfg"]; name != "" {
		if err := json.Unmarshal([]byte(strings.Join(s.files[name], "\n")), &c.Embed); err != nil {
			return nil, fmt.Errorf("%w: embed in %s: %w", errUnusual, p.ImportPath, err)
		}
	}
	return c, nil
}
