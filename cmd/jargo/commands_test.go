package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/rogpeppe/go-internal/testscript"
)

// commands are what scripts can do beside running programs.
var commands = map[string]func(*testscript.TestScript, bool, []string){
	"gomod":           goMod,
	"edit-after-list": editAfterList,
	"create":          create,

	"ask":     ask,
	"loggo":   logGo,
	"spoil":   spoil,
	"status":  status,
	"tree":    tree,
	"without": without,
}

// ask starts a program that a site is, and prints what it responds to paths:
// ask PROGRAM FLAG... PATH...
func ask(ts *testscript.TestScript, _ bool, args []string) {
	paths := slices.IndexFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "/") })
	cmd := exec.Command(ts.MkAbs(args[0]), append([]string{"--addr", "127.0.0.1:0"}, args[1:paths]...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "TMPDIR="+ts.MkAbs("."), "XDG_CACHE_HOME="+ts.Getenv("XDG_CACHE_HOME"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(cmd.Start())
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "Listening on ")
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		if err := cmd.Wait(); err != nil || !ok {
			ts.Fatalf("%v\n%s%s", err, line, stderr.String())
		}
	}()
	if !ok {
		return
	}
	for _, path := range args[paths:] {
		resp, err := http.Get(url + path)
		ts.Check(err)
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		ts.Check(err)
		_, err = fmt.Fprintf(ts.Stdout(), "%s %d %s\n", path, resp.StatusCode, strings.TrimSpace(string(body)))
		ts.Check(err)
	}
}

// logGo lets the go command write its arguments, a line for each call, to
// go.log before it does its work.
func logGo(ts *testscript.TestScript, _ bool, _ []string) {
	program, err := exec.LookPath("go")
	ts.Check(err)
	bin := ts.MkAbs("go-bin")
	ts.Check(os.Mkdir(bin, 0o755))
	script := fmt.Sprintf("#!/bin/sh\necho \"$*\" >>%q\nexec %q \"$@\"\n", ts.MkAbs("go.log"), program)
	ts.Check(os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
	ts.Setenv("PATH", bin+string(filepath.ListSeparator)+ts.Getenv("PATH"))
}

// editAfterList makes the next go list, once it is done, replace a file by
// another: edit-after-list FILE BY. It comes after loggo.
func editAfterList(ts *testscript.TestScript, _ bool, args []string) {
	bin := ts.MkAbs("go-bin")
	logged := filepath.Join(bin, "go-logged")
	ts.Check(os.Rename(filepath.Join(bin, "go"), logged))
	script := fmt.Sprintf("#!/bin/sh\n%q \"$@\" || exit\nif [ \"$1\" = list ] && [ -e %[3]q ]; then mv %[3]q %[2]q; fi\n",
		logged, ts.MkAbs(args[0]), ts.MkAbs(args[1]))
	ts.Check(os.WriteFile(filepath.Join(bin, "go"), []byte(script), 0o755))
}

// create makes empty files whose names are written as in a Go string:
// create NAME...
func create(ts *testscript.TestScript, _ bool, args []string) {
	for _, arg := range args {
		name, err := strconv.Unquote(`"` + arg + `"`)
		ts.Check(err)
		file := ts.MkAbs(name)
		ts.Check(os.MkdirAll(filepath.Dir(file), 0o755))
		ts.Check(os.WriteFile(file, nil, 0o644))
	}
}

// spoil cuts off the end of every file of a name below a directory, of which
// there must be one: spoil DIR NAME.
func spoil(ts *testscript.TestScript, _ bool, args []string) {
	files, err := filepath.Glob(filepath.Join(ts.MkAbs(args[0]), "*", args[1]))
	ts.Check(err)
	if len(files) == 0 {
		ts.Fatalf("no %s below %s", args[1], args[0])
	}
	for _, file := range files {
		ts.Check(os.Truncate(file, 10))
	}
}

// status runs a program and compares its exit status: status N PROGRAM ARG...
func status(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: status N PROGRAM ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// without runs jargo on a PATH that lacks a program: [!] without PROGRAM ARG...
func without(ts *testscript.TestScript, fails bool, args []string) {
	jargo, err := exec.LookPath("jargo")
	ts.Check(err)
	ts.Setenv("PATH", ts.MkAbs("no-programs"))
	if err := ts.Exec(jargo, args[1:]...); fails && err == nil {
		ts.Fatalf("jargo %s did its work without %s", strings.Join(args[1:], " "), args[0])
	} else if !fails {
		ts.Check(err)
	}
}

// goMod writes the go.mod of a site that uses the checkout: gomod [DIR].
func goMod(ts *testscript.TestScript, _ bool, args []string) {
	dir := "."
	if len(args) > 0 {
		dir = args[0]
	}
	ts.Check(writeGoMod(ts.MkAbs(dir), ts.Getenv("CHECKOUT")))
}

// writeGoMod makes dir a module that uses the package jargo in checkout.
func writeGoMod(dir, checkout string) error {
	text := fmt.Sprintf("module example.com/site\n\ngo 1.26.0\n\nrequire %[1]s v0.0.0\n\nreplace %[1]s => %[2]s\n", "github.com/jargo-dev/jargo", checkout)
	return os.WriteFile(filepath.Join(dir, "go.mod"), []byte(text), 0o644)
}

// tree prints the files below a directory, sorted, with the targets of links:
// tree DIR.
func tree(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: tree DIR")
	}
	root := ts.MkAbs(args[0])
	var out strings.Builder
	ts.Check(filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		out.WriteString(filepath.ToSlash(rel))
		if target, err := os.Readlink(file); err == nil {
			out.WriteString(" -> " + target)
		}
		out.WriteString("\n")
		return nil
	}))
	_, err := fmt.Fprint(ts.Stdout(), out.String())
	ts.Check(err)
}
