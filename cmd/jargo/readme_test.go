package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// block matches a fenced code block: its language and its text.
var block = regexp.MustCompile("(?s)```(\\w+)\n(.*?)```")

// took is how long a build took, which differs each time.
var took = regexp.MustCompile(`in [0-9.]+m?s:`)

// TestReadme makes the README's page and runs the commands shown with it, of which those
// fail that show a mistake.
func TestReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{}
	for _, m := range block.FindAllStringSubmatch(string(readme), -1) {
		text[m[1]] += m[2]
	}
	dir := t.TempDir()
	page := filepath.Join(dir, "pages", "hello", "name_")
	if err := os.MkdirAll(page, 0o755); err != nil {
		t.Fatal(err)
	}
	for file, data := range map[string]string{
		filepath.Join(page, "page.html"): text["html"], filepath.Join(page, "page.go"): text["go"],
		filepath.Join(dir, "go.mod"): "module example.com/readme\n\ngo 1.26.0\n",
	} {
		if err := os.WriteFile(file, []byte(data), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var got strings.Builder
	for line := range strings.Lines(text["console"]) {
		command, ok := strings.CutPrefix(strings.TrimSpace(line), "$ ")
		if !ok {
			continue
		}
		args := strings.Fields(command)
		cmd := exec.Command(args[0], args[1:]...)
		if args[0] == "jargo" {
			cmd = jargoCommand(t, args[1:]...)
		}
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if mistake := strings.HasPrefix(string(out), "pages/"); (err != nil) != mistake {
			t.Fatalf("%s: %v\n%s", command, err, out)
		}
		got.WriteString("$ " + command + "\n")
		if text := strings.TrimSuffix(string(out), "\n"); text != "" {
			got.WriteString(text + "\n")
		}
	}
	want := text["console"]
	if took.ReplaceAllString(got.String(), "in T:") != took.ReplaceAllString(want, "in T:") {
		t.Errorf("the README shows\n%s\nbut this is what happens:\n%s", want, got.String())
	}
}
