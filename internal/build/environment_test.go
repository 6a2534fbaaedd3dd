package build

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

func TestParseEnvironment(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", "map[] 0"},
		{"# only this\n", "map[] 0"},
		{"A=1\r\nexport B = two words # not this\nC='$A'\nD=\"${A}\\n#\"\nE=\n", "map[A:1 B:two words C:$A D:1\n# E:] 0"},
		{"A=\"one\n\ntwo\"\nB=2", "map[A:one\n\ntwo B:2] 0"},
		{"A=1\n\nno variable\n", "map[] 3"},
		{"A=1\nA-B=2\nC=3\n", "map[] 2"},
		{"A=\"one\n\ntwo\"\nB='never\nclosed\n", "map[] 4"},
		{"A B=1\n", "map[] 1"},
		{"=1\n", "map[] 1"},
		{"A=1\nWORD", "map[] 2"},
		{"A=1\nB=\"a\x00b\"\n", "map[] 2"},
	} {
		variables, line := parseEnvironment([]byte(c.text))
		if got := fmt.Sprint(variables, line); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

// TestSetEnvironmentAgain reads the files of a project that change: the process has what
// they say now, and keeps what is its own.
func TestSetEnvironmentAgain(t *testing.T) {
	const a, b, own = "JARGO_TEST_A", "JARGO_TEST_B", "JARGO_TEST_OWN"
	t.Setenv(own, "mine")
	dir := t.TempDir()
	for _, step := range []struct{ env, local, want string }{
		{"JARGO_TEST_A=1\nJARGO_TEST_OWN=1", "", "1,-,mine"},
		{"JARGO_TEST_A=2\nJARGO_TEST_B=2", "JARGO_TEST_A=local", "local,2,mine"},
		{"JARGO_TEST_B=3\nJARGO_TEST_A=3", "", "3,3,mine"},
		{"", "", "-,-,mine"},
	} {
		for name, text := range map[string]string{".env": step.env, ".env.local": step.local} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		var diags diag.List
		if err := SetEnvironment(dir, &diags); err != nil || len(diags) > 0 {
			t.Fatal(err, diags)
		}
		var got []string
		for _, name := range []string{a, b, own} {
			value, set := os.LookupEnv(name)
			if !set {
				value = "-"
			}
			got = append(got, value)
		}
		if strings.Join(got, ",") != step.want {
			t.Errorf("%q, %q: %v, want %s", step.env, step.local, got, step.want)
		}
	}
}
