package jargo_test

import (
	"encoding/json"
	"errors"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/jargo-dev/jargo"

// mayImport lists, for each package of the module, the others it may import:
// the arrows of ARCHITECTURE.md. A package that is not listed fails the test.
var mayImport = map[string][]string{
	".":                       {},
	"engine":                  {}, // compiled, as those below it, into sites that do not require this module
	"engine/escape":           {},
	"engine/sitefile":         {},
	"engine/template":         {},
	"cmd/jargo":               {"internal/cli"},
	"internal/cli":            {"internal/image", "driver/acme", "driver/redis", "internal/tracing", "internal/asynclog", "internal/program", "internal/supervisor", "internal/scratch", "internal/build", "internal/serve", "internal/markup", "internal/dev", "internal/site", "internal/output", "internal/host", "internal/diag"},
	"driver/redis":            {}, // drivers know nothing of the host: it has copies
	"internal/imagetest":      {},
	"internal/redistest":      {},
	"driver/acme":             {}, // drivers know nothing of the host: it has copies
	"internal/dev":            {"internal/dev/browser", "internal/build", "internal/host", "internal/output", "internal/scratch", "internal/diag"},
	"internal/build":          {"engine", "internal/pack", "internal/golang", "internal/markup", "internal/template", "internal/python", "internal/renderer", "internal/site", "internal/links", "internal/vercel", "internal/output", "internal/scratch", "internal/lock", "internal/diag"},
	"internal":                {}, // has the source of others, of which it imports none
	"internal/program":        {"engine", "internal/program/start", "internal/serve", "internal/host", "internal/host/function", "internal/output"},
	"internal/program/start":  {"internal/host/function", "internal/output", "internal/scratch"},
	"internal/supervisor":     {"internal/host", "internal/host/function", "internal/output", "internal/pack", "internal/program", "internal/program/start", "internal/scratch", "internal/serve"},
	"internal/pack":           {"internal/program", "internal/program/start", "internal/host/wire", "internal/output"},
	"internal/golang":         {"internal", "engine", "engine/template", "internal/renderer", "internal/site", "internal/template", "internal/template/compiler", "internal/diag"},
	"internal/markup":         {"engine", "engine/sitefile", "engine/template", "internal/renderer", "internal/site", "internal/template", "internal/template/compiler", "internal/diag"},
	"internal/template":       {"engine/template", "internal/site", "internal/diag"},
	"internal/python":         {"engine", "internal/renderer", "internal/site", "internal/output", "internal/diag"},
	"internal/renderer":       {"engine", "internal/site", "internal/diag"},
	"internal/site":           {"engine", "internal/diag"},
	"internal/serve":          {"internal/asynclog", "internal/jsonlog", "internal/host", "internal/host/metrics", "internal/host/prerender"},
	"internal/host":           {"internal/host/function", "internal/host/header", "internal/host/lru", "internal/host/metrics", "internal/host/prerender", "internal/host/router", "internal/host/throttle", "internal/host/wire", "internal/cron", "internal/output", "internal/scratch", "internal/diag"},
	"internal/host/lru":       {},
	"internal/host/metrics":   {},
	"internal/host/throttle":  {},
	"internal/host/function":  {"internal/host/throttle", "internal/output", "internal/diag"},
	"internal/host/prerender": {"internal/host/lru", "internal/host/throttle"},
	"internal/host/router":    {"internal/host/header", "internal/output", "internal/diag"},
	"internal/host/header":    {},
	"internal/host/wire":      {"internal/host/header", "internal/host/lru"},
	"internal/output":         {"internal/diag"},
	"internal/vercel":         {"internal/cron", "internal/output", "internal/diag"},
	"internal/cron":           {},
	"internal/dev/browser":    {"engine", "internal/diag"},
	"internal/diag":           {},
	"internal/image":          {},

	"internal/template/compiler": {"engine/template", "internal/diag"},

	"internal/scratch":  {"internal/lock"},
	"tools/vulncheck":   {},
	"internal/lock":     {},
	"internal/links":    {},
	"internal/tracing":  {},
	"internal/asynclog": {},
	"internal/jsonlog":  {},
}

// standardOnly lists the packages that sites link: they import nothing but the
// standard library, so that a site gains no third-party module.
var standardOnly = []string{".", "engine", "engine/escape", "engine/sitefile", "engine/template"}

type listed struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	var list []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

// name is a package's directory in the module: "." for the root.
func name(importPath string) (string, bool) {
	rest, ok := strings.CutPrefix(importPath+"/", module+"/")
	if rest == "" {
		return ".", ok
	}
	return strings.TrimSuffix(rest, "/"), ok
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		from, _ := name(p.ImportPath)
		if strings.HasPrefix(from, "examples/") || len(p.GoFiles) == 0 {
			continue
		}
		allowed, known := mayImport[from]
		if !known {
			t.Errorf("%s is a new package: say in mayImport what it may import", from)
			continue
		}
		for _, path := range p.Imports {
			to, own := name(path)
			if own && !slices.Contains(allowed, to) {
				t.Errorf("%s imports %s, which is no arrow of the design", from, to)
			}
			if !own && strings.Contains(path, ".") && slices.Contains(standardOnly, from) {
				t.Errorf("%s imports %s, but sites gain no third-party module", from, path)
			}
		}
	}
}

// TestPackageComments checks that every package has one package comment.
func TestPackageComments(t *testing.T) {
	for _, p := range packages(t) {
		var with []string
		for _, file := range p.GoFiles {
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, file), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if f.Doc != nil {
				with = append(with, file)
			}
		}
		if len(with) != 1 && len(p.GoFiles) > 0 {
			t.Errorf("%s has %d package comments: %v", p.ImportPath, len(with), with)
		}
	}
}

// TestDependencies checks that ARCHITECTURE.md says why each module is required.
func TestDependencies(t *testing.T) {
	// A site that runs go mod tidy needs what the tests of this package import, so
	// they do without a module that reads go.mod.
	data, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		t.Fatal(err)
	}
	var goMod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(data, &goMod); err != nil {
		t.Fatal(err)
	}
	var required, explained []string
	for _, r := range goMod.Require {
		if !r.Indirect {
			required = append(required, r.Path)
		}
	}
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "\n## Dependencies\n")
	section, _, _ = strings.Cut(section, "\n## ")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1) {
		explained = append(explained, row[1])
	}
	slices.Sort(required)
	slices.Sort(explained)
	if !slices.Equal(required, explained) {
		t.Errorf("go.mod requires\n%q, explained are\n%q", required, explained)
	}
}
