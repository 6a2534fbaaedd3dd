package conformance_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// needValidator skips the test where the vendor's packages are not installed,
// and fails it in CI.
func needValidator(t *testing.T) {
	t.Helper()
	missing := ""
	if _, err := exec.LookPath("node"); err != nil {
		missing = "node is not installed"
	} else if _, err := os.Stat("node_modules"); err != nil {
		missing = "the vendor's packages are not installed; run: npm ci --prefix conformance"
	}
	switch {
	case missing == "":
	case os.Getenv("CI") != "":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
}

// validate runs the validator on output directories. It returns the types of
// the outputs of those that are right, by path, and what it says of the others.
func validate(t *testing.T, dirs ...string) (outputs map[string]map[string]string, wrong string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "node", append([]string{"validate.mjs", "--json"}, dirs...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if jsonErr := json.Unmarshal(stdout.Bytes(), &outputs); jsonErr != nil {
		t.Fatalf("validate.mjs: %v, %v\n%s%s", err, jsonErr, &stdout, &stderr)
	}
	if (err == nil) != (len(outputs) == len(dirs)) {
		t.Fatalf("validate.mjs accepts %d of %d directories, but ends with %v\n%s", len(outputs), len(dirs), err, &stderr)
	}
	return outputs, stderr.String()
}

// accepted fails the test unless the vendor accepts the output in dir, and
// returns the types of its outputs by path.
func accepted(t *testing.T, dir string) map[string]string {
	t.Helper()
	outputs, wrong := validate(t, dir)
	if wrong != "" {
		t.Fatalf("the vendor refuses the output:\n%s", wrong)
	}
	return outputs[dir]
}

// sound is an output that the vendor accepts.
const sound = `
-- config.json --
{"version": 3, "routes": [{"src": "^/old$", "status": 308, "headers": {"Location": "/about"}}],
 "overrides": {"about.html": {"path": "about"}}}
-- static/about.html --
<h1>About</h1>
-- functions/fresh.func/.vc-config.json --
{"runtime": "executable", "handler": "executable", "architecture": "x86_64"}
-- functions/fresh.func/executable --
-- functions/timed.func/.vc-config.json --
{"runtime": "executable", "handler": "executable", "architecture": "x86_64"}
-- functions/timed.func/executable --
-- functions/timed.prerender-config.json --
{"expiration": 5, "fallback": "timed.html"}
-- functions/timed.html --
<h1>Timed</h1>
`

// TestRefused makes sure that the validator can say no: each output is sound
// but for one file.
func TestRefused(t *testing.T) {
	needValidator(t)
	tests := []struct{ name, file, data, want string }{
		{"no version", "config.json", `{}`, "version"},
		{"no json", "config.json", `{"version": 3,}`, "JSON"},
		{"unknown route key", "config.json", `{"version": 3, "routes": [{"src": "^/$", "target": "/a"}]}`, "additional properties"},
		{"unknown phase", "config.json", `{"version": 3, "routes": [{"handle": "files"}]}`, "files"},
		{"bad expression", "config.json", `{"version": 3, "routes": [{"src": "^/(?P<x>.)$", "dest": "/a"}]}`, "regular expression"},
		{"override of nothing", "config.json", `{"version": 3, "overrides": {"a.html": {"path": "a"}}}`, "not detected"},
		{"no runtime", "functions/fresh.func/.vc-config.json", `{"handler": "executable"}`, "runtime"},
		{"unknown runtime", "functions/fresh.func/.vc-config.json", `{"runtime": "go", "handler": "executable"}`, "runtime"},
		{"architecture", "functions/fresh.func/.vc-config.json",
			`{"runtime": "executable", "handler": "executable", "architecture": "amd64"}`, "architecture"},
		{"no function config", "functions/empty.func/executable", ``, "function config"},
		{"group zero", "functions/timed.prerender-config.json", `{"expiration": 5, "group": 0}`, "group"},
		{"no fallback", "functions/timed.prerender-config.json", `{"expiration": 5, "fallback": "none.html"}`, "none.html"},
	}
	good := writeOutput(t)
	dirs := make([]string, len(tests))
	for i, test := range tests {
		dirs[i] = writeOutput(t)
		writeFile(t, filepath.Join(dirs[i], filepath.FromSlash(test.file)), test.data)
	}
	outputs, wrong := validate(t, append(dirs, good)...)
	want := map[string]string{"about": "FileFsRef", "fresh": "Lambda", "timed": "Prerender"}
	if !maps.Equal(outputs[good], want) {
		t.Errorf("the sound output is %v, want %v\n%s", outputs[good], want, wrong)
	}
	for i, test := range tests {
		said := ""
		for line := range strings.Lines(wrong) {
			if message, ok := strings.CutPrefix(line, dirs[i]+": "); ok {
				said += message
			}
		}
		if !strings.Contains(said, test.want) {
			t.Errorf("%s: the validator says %q, want something about %q", test.name, said, test.want)
		}
	}
}

func writeOutput(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(sound)).Files {
		writeFile(t, filepath.Join(dir, filepath.FromSlash(f.Name)), string(f.Data))
	}
	return dir
}
