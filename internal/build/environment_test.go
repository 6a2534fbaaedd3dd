package build

import (
	"fmt"
	"testing"
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
