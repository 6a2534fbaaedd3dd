package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestBuildKilled kills a build while a page is rendered. The program that
// renders ends soon after it, and the old output still stands; what the killed
// build was making goes with the next.
func TestBuildKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it waits for builds")
	}
	dir := testSite(t, "blocked.txtar")
	config := filepath.Join(dir, ".vercel", "output", "config.json")
	const old = `{"version": 3}`
	write(t, config, old)
	write(t, filepath.Join(dir, ".vercel", "output", "static", "old.txt"), "old")
	cmd, _, pid := startBlocked(t, dir, t.TempDir())
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	await(t, "the program that renders ends", func() bool { return !running(pid) })
	if data, err := os.ReadFile(config); err != nil || string(data) != old {
		t.Errorf("the old output has %q, %v", data, err)
	}
	if n := len(entries(t, filepath.Join(dir, ".vercel"))); n != 2 {
		t.Fatalf("there are %d directories after the kill, want the output and what was to replace it", n)
	}
	write(t, filepath.Join(dir, "pages", "page.go"), "package pages\n\nfunc Render() string { return \"done\" }\n")
	next, lines := startJargo(t, t.TempDir(), "build", dir)
	said, err := io.ReadAll(lines)
	if err != nil {
		t.Fatal(err)
	}
	if err := next.Wait(); err != nil {
		t.Fatalf("the next build: %v\n%s", err, said)
	}
	if names := entries(t, filepath.Join(dir, ".vercel")); !slices.Equal(names, []string{"output"}) {
		t.Errorf("after the next build there is %v", names)
	}
}

// entries are the names in a directory.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range list {
		names = append(names, e.Name())
	}
	return names
}

// TestBuildWaits has a build of a project under way when another command needs
// the project. That says so at once, and a signal ends it.
func TestBuildWaits(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it waits for builds")
	}
	dir, cache := testSite(t, "blocked.txtar"), t.TempDir()
	first, _, _ := startBlocked(t, dir, cache)
	for _, args := range [][]string{{"build"}, {"check"}, {"routes"}, {"serve", "--addr", "127.0.0.1:0"}} {
		cmd, lines := startJargo(t, cache, append(args, dir)...)
		awaitLine(t, lines, waits)
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		rest, err := io.ReadAll(lines)
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil || cmd.ProcessState.ExitCode() != 1 || string(rest) != "jargo: stopped\n" {
			t.Errorf("%v ended with %v and %q", args, err, rest)
		}
	}
	// Once the first is gone, however it went, the second goes on.
	_, lines := startJargo(t, cache, "build", dir)
	awaitLine(t, lines, waits)
	if err := first.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	line, err := lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "rendering in process") {
		t.Errorf("the second build printed %q, %v", line, err)
	}
}

// waits is what a command prints that has to wait for a build.
const waits = "jargo: another build of this project is under way: waiting for it to end\n"

func awaitLine(t *testing.T, lines *bufio.Reader, want string) {
	t.Helper()
	if line, err := lines.ReadString('\n'); err != nil || line != want {
		t.Fatalf("standard error has %q, %v, want %q", line, err, want)
	}
}

// startJargo starts a command with this cache directory. It is killed, if it
// still runs, when the test ends. The reader has standard error.
func startJargo(t *testing.T, cache string, args ...string) (*exec.Cmd, *bufio.Reader) {
	t.Helper()
	cmd := jargoCommand(t, args...)
	cmd.Env = append(cmd.Env, "XDG_CACHE_HOME="+cache)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill() // it may just have ended
			_ = cmd.Wait()
		}
	})
	return cmd, bufio.NewReader(stderr)
}

// startBlocked starts to build the site blocked and waits until its page is
// rendered. It returns the rest of standard error and the rendering process.
func startBlocked(t *testing.T, dir, cache string) (*exec.Cmd, *bufio.Reader, int) {
	t.Helper()
	cmd, lines := startJargo(t, cache, "build", dir)
	line, err := lines.ReadString('\n') // what the page prints
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(strings.TrimPrefix(line, "rendering in process")))
	if err != nil {
		t.Fatalf("the page printed %q", line)
	}
	return cmd, lines, pid
}
