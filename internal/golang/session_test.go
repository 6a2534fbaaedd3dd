package golang

import (
	"os"
	"path/filepath"
	"testing"
)

// TestSessionGoTool checks that what the Go command says of its environment is what it
// would say now.
func TestSessionGoTool(t *testing.T) {
	t.Setenv("GOFLAGS", "")
	t.Setenv("GOWORK", "")
	t.Setenv("GOENV", filepath.Join(t.TempDir(), "env"))
	above := writeSite(t, "-- site/go.mod --\nmodule example.com/site\n\ngo 1.24\n")
	dir := filepath.Join(above, "site")
	write := func(file, text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var session Session
	for _, tt := range []struct {
		name, variable, want string
		change               func()
	}{
		{"at first", "GOMOD", filepath.Join(dir, "go.mod"), func() {}},
		{"a workspace above", "GOWORK", filepath.Join(above, "go.work"), func() { write(filepath.Join(above, "go.work"), "go 1.24\n\nuse ./site\n") }},
		{"a variable", "GOFLAGS", "-mod=mod", func() { t.Setenv("GOFLAGS", "-mod=mod") }},
		{"a setting", "GO111MODULE", "on", func() { write(os.Getenv("GOENV"), "GO111MODULE=on\n") }},
		{"no module of its own", "GOMOD", filepath.Join(above, "go.mod"), func() {
			write(filepath.Join(above, "go.work"), "go 1.24\n\nuse .\n")
			write(filepath.Join(above, "go.mod"), "module example.com/above\n\ngo 1.24\n")
			if err := os.Remove(filepath.Join(dir, "go.mod")); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		tt.change()
		for range 2 {
			tool, err := session.goTool(t.Context(), dir)
			if err != nil || !tool.quick || tool.env.get(tt.variable) != tt.want {
				t.Fatalf("%s: %v, %v", tt.name, tool, err)
			}
		}
	}
	asked := session.tool.env
	session.tool.env = append(goEnv{}, asked...)
	session.tool.env[0] = "kept"
	if tool, err := session.goTool(t.Context(), dir); err != nil || tool.env[0] != "kept" {
		t.Errorf("it was asked again: %v, %v", tool, err)
	}
}
