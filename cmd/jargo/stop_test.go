package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"golang.org/x/tools/txtar"
)

// endless are sites of five pages that start a program and never end. Each page
// says so, and who it and its program are.
var endless = map[string]string{
	"go": `
-- pages/name_/page.go --
package name

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
)

func Paths() []string { return []string{"a", "b", "c", "d", "e"} }

func Data(r *http.Request) string { return r.PathValue("name") }

func Render(name string) string {
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		panic(err)
	}
	fmt.Println("begun", os.Getpid(), child.Process.Pid)
	select {}
}
`,
	"python": `
-- pages/name_.py --
import os, subprocess, threading
def paths(): return list("abcde")
def render():
    line = f"begun {os.getpid()} {subprocess.Popen(['sleep', '1000']).pid}\n"
    os.write(1, line.encode())  # at once: print writes it in parts
    threading.Event().wait()
`,
}

// TestStop ends a build of pages that never end: in good order, when it can, it
// names them. What they are and have started is gone in any case.
func TestStop(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it waits for builds")
	}
	const want = "jargo: stopped while rendering /a, /b, /c and 2 more\n"
	for language, site := range endless {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
			t.Run(language+" "+sig.String(), func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				files, err := txtar.FS(txtar.Parse([]byte(site)))
				if err == nil {
					err = os.CopyFS(dir, files)
				}
				if err == nil {
					err = writeGoMod(dir, "../..")
				}
				if err != nil {
					t.Fatal(err)
				}
				state, last, pids := stopBuild(t, dir, sig)
				if sig == syscall.SIGINT {
					if state.ExitCode() != 1 || last != want {
						t.Errorf("%v, after %q; want %q", state, last, want)
					}
					if _, err := os.Stat(filepath.Join(dir, ".vercel")); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("there is an output: %v", err)
					}
				}
				for _, pid := range pids {
					await(t, "what the pages started ends", func() bool { return !running(pid) })
				}
			})
		}
	}
}

// stopBuild builds an endless site and sends the signal when all pages have
// begun. It returns how that ended, what was written then, and the pages' pids.
func stopBuild(t *testing.T, dir string, sig os.Signal) (state *os.ProcessState, last string, pids []int) {
	t.Helper()
	cmd := jargoCommand(t, "build", dir)
	cmd.Env = append(cmd.Env, "GOMAXPROCS=5") // five pages are rendered at once
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	for len(pids) < 2*5 {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatalf("%v: %v\n%s", err, cmd.Wait(), last)
		}
		last += line
		var page, child int
		if _, err := fmt.Sscanf(line, "begun %d %d\n", &page, &child); err == nil {
			pids = append(pids, page, child)
		}
	}
	if err := cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	if err != nil {
		t.Error(err)
	}
	_ = cmd.Wait() // its state tells
	return cmd.ProcessState, string(rest), pids
}
