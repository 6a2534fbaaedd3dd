package jargo_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// texts returns the content of the files below dir that have this suffix.
func texts(t *testing.T, dir, suffix string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "node_modules" || file != dir && strings.HasPrefix(d.Name(), ".")) {
			return filepath.SkipDir
		}
		if d.Type().IsRegular() && strings.HasSuffix(file, suffix) {
			data, err := os.ReadFile(file)
			found[file] = string(data)
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestSecurityBounds checks that the constants SECURITY.md shows are in the
// host's source.
func TestSecurityBounds(t *testing.T) {
	space := regexp.MustCompile(`[ \t]+`)
	lines := map[string]bool{}
	sources := texts(t, "internal/host", ".go")
	maps.Copy(sources, texts(t, "internal/asynclog", ".go"))
	for file, text := range sources {
		for line := range strings.Lines(text) {
			line, _, _ = strings.Cut(space.ReplaceAllString(line, " "), " //")
			line = strings.TrimPrefix(strings.TrimSpace(line), "const ")
			lines[line] = lines[line] || !strings.HasSuffix(file, "_test.go")
		}
	}
	data, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("`([\\w.]+ = [^`]+)`").FindAllStringSubmatch(string(data), -1)
	if len(shown) < 20 {
		t.Errorf("SECURITY.md shows only %d constants", len(shown))
	}
	for _, m := range shown {
		if !lines[m[1]] {
			t.Errorf("SECURITY.md says %s, which the code does not: correct the bound beside it, too", m[1])
		}
	}
}

// TestLinks checks that what documents and comments refer to is there.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^():#]+)[)#]`)
	documents := texts(t, "docs", ".md")
	for _, file := range []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"} {
		maps.Copy(documents, texts(t, file, ".md"))
	}
	for file, text := range documents {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(file), m[1])); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	decision := regexp.MustCompile(`docs/decisions/[\w-]+\.md`)
	referred := map[string]bool{}
	for file, text := range texts(t, ".", ".go") {
		for _, name := range decision.FindAllString(text, -1) {
			referred[filepath.FromSlash(name)] = true
			if _, err := os.Stat(name); err != nil {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
	for file := range texts(t, "docs/decisions", ".md") {
		if !referred[file] {
			t.Errorf("%s: no comment refers to it", file)
		}
	}
}
