package python

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// moduleNames are the Python modules that are embedded.
func moduleNames(t *testing.T) []string {
	t.Helper()
	entries, err := modules.ReadDir("handler")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".py"))
	}
	return names
}

// TestModules runs the unit tests of each Python module, in handler/NAME_test.py.
func TestModules(t *testing.T) {
	files, err := filepath.Glob("handler/*.py")
	if err != nil || len(files) != 2*len(moduleNames(t)) {
		t.Errorf("handler has %d files, want each of %v with its test", len(files), moduleNames(t))
	}
	for _, name := range moduleNames(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, err := exec.Command("python3", "-B", "-X", "dev", "-W", "error", "-m", "unittest", "handler."+name+"_test").CombinedOutput()
			if err != nil || bytes.Contains(out, []byte("Ran 0 tests")) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestPrograms checks what the programs are joined from, and that the oldest
// Python can read them.
func TestPrograms(t *testing.T) {
	for name, want := range map[string]string{
		"build":    "imports offer render draft page failure build",
		"function": "imports render host log offer draft page site connection failure dev function",
	} {
		source, err := program(name)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := program(name); err != nil || !bytes.Equal(source, again) {
			t.Errorf("%s is not the same each time: %v", name, err)
		}
		var joined []string
		for _, m := range regexp.MustCompile(`(?m)^# ---- (\w+)\.py$`).FindAllSubmatch(source, -1) {
			joined = append(joined, string(m[1]))
		}
		if got := strings.Join(joined, " "); got != want {
			t.Errorf("%s is made of %s, want %s", name, got, want)
		}
		cmd := exec.Command("python3", "-c", `import ast, sys; ast.parse(sys.stdin.buffer.read(), feature_version=(3, 9))`)
		cmd.Stdin = bytes.NewReader(source)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

// TestNames checks that no two modules define the same name, for in a program
// the second would replace the first.
func TestNames(t *testing.T) {
	definition := regexp.MustCompile(`(?m)^(?:(?:def|class) (\w+)|(\w+)(?:: [^=\n]+)? = )`)
	owner := map[string]string{}
	for _, module := range moduleNames(t) {
		source, err := modules.ReadFile("handler/" + module + ".py")
		if err != nil {
			t.Fatal(err)
		}
		var own []string
		for _, m := range definition.FindAllSubmatch(source, -1) {
			own = append(own, string(m[1])+string(m[2]))
		}
		slices.Sort(own)
		for _, name := range slices.Compact(own) {
			if other := owner[name]; other != "" {
				t.Errorf("%s is defined in %s and in %s", name, other, module)
			}
			owner[name] = module
		}
	}
	if len(owner) < 20 {
		t.Errorf("found only %d names", len(owner))
	}
}
