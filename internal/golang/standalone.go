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
	source := map[string]string{
		"src/go.mod":                   "module " + module + "\n\ngo " + hostVersion[len("go"):] + "\n",
		"src/main.go":                  "package main\n\nimport (\n\t\"site/engine\"\n\t\"site/program\"\n\t\"site/serve\"\n)\n\nfunc main() { program.Main(engine.Site{}, serve.Drivers{}) }\n",
		"src/program/start/archive.go": archiveSource,
	}
	host, err := c.hostSource(module)
	if err != nil {
		return "", err
	}
	engine, err := c.engineSource()
	if err != nil {
		return "", err
	}
	overlay := map[string]string{filepath.Join(dir, "src", "program", "start", "archive.zip"): archive}
	for name, text := range source {
		if _, err := c.put(name, []byte(text)); err != nil {
			return "", err
		}
	}
	for name, file := range host {
		if name != "program/start/archive.go" {
			overlay[filepath.Join(dir, "src", filepath.FromSlash(name))] = file
		}
	}
	for name, file := range engine {
		overlay[filepath.Join(dir, "src", "engine", filepath.FromSlash(name))] = file
	}
	file, err := c.putOverlay("overlay.json", overlay)
	if err != nil {
		return "", err
	}
	program := filepath.Join(dir, "binary-"+system+"-"+arch)
	cmd := exec.CommandContext(ctx, "go", "build", "-overlay", file, "-o", program, "-trimpath", "-buildvcs=false", "-ldflags=-s -w", ".")
	cmd.Dir = filepath.Join(dir, "src")
	cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+arch, "CGO_ENABLED=0", "GOWORK=off", "GOFLAGS=", "PWD="+cmd.Dir)
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, output)
	}
	return program, nil
}
