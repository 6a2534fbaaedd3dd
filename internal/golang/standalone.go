package golang

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Standalone compiles a program with the host alone, which carries archive, for a site
// without Go pages. dir is a directory of its own that stays between builds. It returns the
// program's file, which the next compile for the same system replaces.
func Standalone(ctx context.Context, dir, system, arch, archive string) (string, error) {
	const module = "site"
	c := cache{dir}
	src := filepath.Join(dir, "src")
	for name, text := range map[string]string{
		"src/go.mod":  "module " + module + "\n\ngo " + hostVersion[len("go"):] + "\n",
		"src/main.go": "package main\n\nimport (\n\t\"site/engine\"\n\t\"site/program\"\n\t\"site/serve\"\n)\n\nfunc main() { program.Main(engine.Site{}, serve.Drivers{}) }\n",
	} {
		if _, err := c.put(name, []byte(text)); err != nil {
			return "", err
		}
	}
	overlay := map[string]string{}
	if err := c.addProgram(overlay, src, module, archive); err != nil {
		return "", err
	}
	file, err := c.putOverlay("overlay.json", overlay)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "binary-"+system+"-"+arch)
	cmd := exec.CommandContext(ctx, "go", "build", "-overlay", file, "-o", program, "-trimpath", "-buildvcs=false", "-ldflags=-s -w", ".")
	cmd.Dir = src
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "PWD="+cmd.Dir)
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return program, nil
}
