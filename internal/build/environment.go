package build

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/joho/godotenv"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/site"
)

// environmentFiles are the files of a project's root that SetEnvironment reads,
// the first before the second.
var environmentFiles = []string{".env.local", ".env"}

// ofFiles are the variables that this process has from a project's files.
var ofFiles struct {
	sync.Mutex
	values map[string]string
}

// SetEnvironment gives this process the variables of dir's .env.local and .env that
// it does not have yet, and takes from it what it has from them and they no longer say.
// From there the Go tool, the pages that are rendered and the functions that are served
// have them as they have any other, and no file of an output needs to. A file that cannot
// be parsed goes to diags.
func SetEnvironment(dir string, diags *diag.List) error {
	ofFiles.Lock()
	defer ofFiles.Unlock()
	values := map[string]string{}
	for _, name := range environmentFiles {
		variables, err := readEnvironment(dir, name, diags)
		if err != nil {
			return fmt.Errorf("read the environment: %w", err)
		}
		for variable, value := range variables {
			set, own := os.LookupEnv(variable)
			if was, of := ofFiles.values[variable]; of && was == set {
				own = false
			}
			if _, local := values[variable]; !own && !local {
				values[variable] = value
			}
		}
	}
	for variable, was := range ofFiles.values {
		if _, still := values[variable]; !still && os.Getenv(variable) == was {
			os.Unsetenv(variable)
		}
	}
	for _, variable := range slices.Sorted(maps.Keys(values)) {
		if err := os.Setenv(variable, values[variable]); err != nil {
			return fmt.Errorf("set %s of the environment's files: %w", variable, err)
		}
	}
	ofFiles.values = values
	return nil
}

// readEnvironment returns the variables of a file.
func readEnvironment(dir, name string, diags *diag.List) (map[string]string, error) {
	file := filepath.Join(dir, name)
	info, err := os.Stat(file)
	// A directory of such a name is where some keep Python's packages.
	if errors.Is(err, fs.ErrNotExist) || err == nil && (info.IsDir() || !site.CheckFile(name, info.Mode(), diags)) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	variables, line := parseEnvironment(data)
	if line > 0 {
		diags.Add(diag.Pos{File: name, Line: line}, `a variable is NAME=value, or NAME="value" if it has spaces, a # or several lines`,
			"this cannot be read as a variable")
	}
	return variables, nil
}

// parseEnvironment returns the variables of a file, or the line of the first
// mistake: the one after the longest part that is right. The parser's own errors
// have no line, and quote what may be a secret.
func parseEnvironment(data []byte) (variables map[string]string, line int) {
	if variables, ok := parseVariables(data); ok {
		return variables, 0
	}
	lines := slices.Collect(bytes.Lines(data))
	for n := len(lines) - 1; n > 0; n-- {
		if _, ok := parseVariables(bytes.Join(lines[:n], nil)); ok {
			return nil, n + 1
		}
	}
	return nil, 1
}

func parseVariables(data []byte) (map[string]string, bool) {
	variables, err := godotenv.UnmarshalBytes(data)
	for name, value := range variables {
		// What the parser lets pass and no environment can hold.
		if name == "" || strings.ContainsAny(name, " \t\x00") || strings.Contains(value, "\x00") {
			return nil, false
		}
	}
	return variables, err == nil
}
