package function

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/jargo-dev/jargo/internal/output"
)

// The shims turn a file with handlers into a server that speaks IPC.
var (
	//go:embed shim/node.mjs
	nodeShim []byte
	//go:embed shim/python.py
	pythonShim []byte
)

// newNode returns the Function of a nodejs runtime. It runs on the machine's Node,
// whatever its version.
func (s *Set) newNode(f *output.Function) (Function, error) {
	node, err := lookPath("node")
	if err != nil {
		return nil, err
	}
	c := &f.Config
	settings, err := json.Marshal(map[string]any{
		"handler":          c.Handler,
		"launcherType":     c.LauncherType,
		"shouldAddHelpers": c.ShouldAddHelpers,
		"useWebApi":        c.UseWebAPI,
		"awsLambdaHandler": c.AWSLambdaHandler,
	})
	if err != nil {
		return nil, err
	}
	return s.newServer(f, func(string) (command, error) {
		shim, err := s.writeShim("node.mjs", nodeShim)
		return command{path: node, args: []string{"--enable-source-maps", shim, string(settings)}}, err
	}), nil
}

// newPython returns the Function of a python3 runtime. It runs on the version it asks
// for, or else on the machine's python3.
func (s *Set) newPython(f *output.Function) (Function, error) {
	python, err := s.python(f.Config.Runtime)
	if err != nil {
		return nil, err
	}
	return s.newServer(f, func(string) (command, error) {
		shim, err := s.writeShim("python.py", pythonShim)
		return command{python, []string{"-u", shim, f.Config.Handler}, f.Config.Handler, s.opts.PythonState}, err
	}), nil
}

// python returns the interpreter for a runtime. A version manager may have installed a
// shim for a version that is not there, so each is tried.
func (s *Set) python(runtime string) (string, error) {
	if s.opts.Python != "" {
		return s.opts.Python, nil
	}
	if path, ok := s.pythons[runtime]; ok {
		return path, nil
	}
	for _, name := range []string{runtime, "python3"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), s.opts.StartTimeout)
		err = exec.CommandContext(ctx, path, "-c", "").Run()
		cancel()
		if err == nil {
			s.pythons[runtime] = path
			return path, nil
		}
	}
	return "", fmt.Errorf("%w: it needs %s or python3, and neither is installed", ErrUnsupported, runtime)
}

// lookPath returns the path of a program.
func lookPath(name string) (string, error) {
	path, err := exec.LookPath(name)
	if errors.Is(err, exec.ErrNotFound) {
		return "", fmt.Errorf("%w: it needs %s, which is not installed", ErrUnsupported, name)
	}
	return path, err
}

// writeShim writes a shim to a file and returns its path.
func (s *Set) writeShim(name string, text []byte) (string, error) {
	dir, err := s.tempDir()
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	// Functions that start concurrently each write the same text and rename it into
	// place.
	f, err := os.CreateTemp(dir, name)
	if err != nil {
		return "", fmt.Errorf("write shim: %w", err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return "", fmt.Errorf("write shim: %w", err)
	}
	return path, nil
}
