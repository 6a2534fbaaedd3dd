// Vulncheck runs govulncheck on this module, with the vulnerability database as
// the module golang.org/x/vulndb carries it: it works wherever the module proxy
// does. It fails when a module that we require has a known vulnerability which our
// code reaches. Those of the standard library are the Go release's: it says how
// many there are, and by which release they are gone.
//
// It looks at what is linked into the command, which takes a tenth of the time
// that the source takes. Only when a module in there is vulnerable does it look
// at the source, too, for what of that our code reaches.
//
//	go run ./tools/vulncheck
//
// Source: https://go.dev/doc/security/vuln/database, read 2026-11-24.
package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

const govulncheck = "golang.org/x/vuln/cmd/govulncheck@v1.9.0"

func main() {
	found, err := scan()
	if err != nil {
		fmt.Fprintln(os.Stderr, "vulncheck:", err)
		os.Exit(1)
	}
	own, library := 0, newest{}
	for _, f := range found {
		switch {
		case f.Trace[0].Function == "": // only the module is known to be used
			continue
		case f.ofLibrary():
			library.add(f)
			continue
		}
		own++
		fmt.Printf("%s: %s@%s is vulnerable where we call %s: use %s\n", f.OSV, f.Trace[0].Module, f.Trace[0].Version, f.Trace[0].Function,
			cmp.Or(f.FixedVersion, "another module"))
	}
	if len(library.ids) > 0 {
		fmt.Printf("%s has %d known vulnerabilities in what we link; go%s has none of them\n", runtime.Version(), len(library.ids), strings.TrimPrefix(library.fixed, "v"))
	}
	if own > 0 {
		os.Exit(1)
	}
}

// newest is the vulnerabilities of the standard library, and the release that has
// mended all of them.
type newest struct {
	ids   []string
	fixed string
}

func (n *newest) add(f finding) {
	if !slices.Contains(n.ids, f.OSV) {
		n.ids = append(n.ids, f.OSV)
	}
	if semver.Compare(f.FixedVersion, n.fixed) > 0 {
		n.fixed = f.FixedVersion
	}
}

// finding is one way by which our code reaches a vulnerability, as govulncheck
// writes it.
type finding struct {
	OSV          string  `json:"osv"`
	FixedVersion string  `json:"fixed_version"`
	Trace        []frame `json:"trace"` // what is vulnerable first
}

// ofLibrary reports whether it is the standard library that is vulnerable.
func (f finding) ofLibrary() bool { return f.Trace[0].Module == "stdlib" }

type frame struct {
	Module   string `json:"module"`
	Version  string `json:"version"`
	Function string `json:"function"` // "" when only the module or the package is known to be used
}

// scan returns the findings of the command, or of the source when they are about
// one of the modules that we require.
func scan() ([]finding, error) {
	dir, err := os.MkdirTemp("", "jargo-vulncheck-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, program := filepath.Join(dir, "db"), filepath.Join(dir, "jargo")
	if err := layOut(db); err != nil {
		return nil, err
	}
	if out, err := exec.Command("go", "build", "-o", program, "./cmd/jargo").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("go build: %w\n%s", err, out)
	}
	found, err := ask(db, "-mode", "binary", program)
	if err == nil && slices.ContainsFunc(found, func(f finding) bool { return !f.ofLibrary() }) {
		found, err = ask(db, "./...")
	}
	return found, err
}

// ask runs govulncheck and returns what it finds.
func ask(db string, args ...string) ([]finding, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command("go", append([]string{"run", govulncheck, "-db", "file://" + db, "-format", "json"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return nil, fmt.Errorf("run govulncheck: %w\n%s", err, stderr.Bytes())
	}
	var found []finding
	for dec := json.NewDecoder(&stdout); ; {
		var message struct{ Finding *finding }
		if err := dec.Decode(&message); errors.Is(err, io.EOF) {
			return found, nil
		} else if err != nil {
			return nil, fmt.Errorf("read govulncheck: %w", err)
		}
		if f := message.Finding; f != nil && len(f.Trace) > 0 {
			found = append(found, *f)
		}
	}
}

// layOut writes the database as govulncheck reads it: the reports, and an index of
// them by module.
func layOut(dir string) error {
	source, err := download()
	if err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(source, "data", "osv", "*.json"))
	if err != nil || len(files) == 0 {
		return errors.Join(err, errors.New("golang.org/x/vulndb has no reports"))
	}
	type vulnerability struct {
		ID       string `json:"id"`
		Modified string `json:"modified"`
	}
	type module struct {
		Path  string          `json:"path"`
		Vulns []vulnerability `json:"vulns"`
	}
	var modules []*module
	byPath := map[string]*module{}
	last := ""
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		var report struct {
			ID, Modified string
			Affected     []struct{ Package struct{ Name string } }
		}
		if err := json.Unmarshal(data, &report); err != nil {
			return fmt.Errorf("read %s: %w", filepath.Base(file), err)
		}
		if err := write(filepath.Join(dir, "ID", report.ID+".json"), json.RawMessage(data)); err != nil {
			return err
		}
		last = max(last, report.Modified) // all are UTC, in one form
		for _, affected := range report.Affected {
			m := byPath[affected.Package.Name]
			if m == nil {
				m = &module{Path: affected.Package.Name}
				byPath[m.Path] = m
				modules = append(modules, m)
			}
			m.Vulns = append(m.Vulns, vulnerability{report.ID, report.Modified})
		}
	}
	return errors.Join(
		write(filepath.Join(dir, "index", "modules.json"), modules),
		write(filepath.Join(dir, "index", "db.json"), map[string]string{"modified": last}),
	)
}

// download returns where the Go command has put the newest version of the
// database's module.
func download() (string, error) {
	cmd := exec.Command("go", "mod", "download", "-json", "golang.org/x/vulndb@latest")
	cmd.Dir = os.TempDir() // outside our module, whose versions do not matter here
	out, err := cmd.Output()
	var answer struct{ Dir, Error string }
	if json.Unmarshal(out, &answer) != nil || answer.Dir == "" {
		return "", fmt.Errorf("download golang.org/x/vulndb: %s", cmp.Or(answer.Error, fmt.Sprint(err)))
	}
	return answer.Dir, nil
}

func write(file string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, data, 0o644)
}
