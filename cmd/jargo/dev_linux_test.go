package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// pidPage is a fresh page that says which process it is in.
const pidPage = `-- pages/page.go --
package page

import (
	"fmt"
	"net/http"
	"os"
)

func Handler(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, os.Getpid()) }
`

// descendants are the processes that a process has started, and theirs.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	children := map[int][]int{}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		var state string
		var parent int
		if _, err := fmt.Sscan(rest, &state, &parent); err != nil {
			t.Fatal(err)
		}
		child, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil {
			t.Fatal(err)
		}
		children[parent] = append(children[parent], child)
	}
	var all []int
	for next := children[pid]; len(next) > 0; {
		all = append(all, next[0])
		next = append(next[1:], children[next[0]]...)
	}
	return all
}

// TestDevEnds ends jargo dev while it waits, while the Go tool compiles and while a page
// is loaded. All that it has started is gone then, and so is what it has made: after a
// kill, with the next jargo dev.
func TestDevEnds(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("long: it builds many sites")
	}
	for name, begin := range map[string]func(*devServer){
		"waiting": func(*devServer) {},
		"waiting with Python": func(d *devServer) {
			d.write("-- pages/now.py --\ndef render(): return 'now'\ndef config(): return {'fresh': {}}\n")
			d.shows("/now", 200, "now")
			await(d.t, "processes wait for a change, and for its function", func() bool {
				commands := ""
				for _, pid := range descendants(d.t, d.cmd.Process.Pid) {
					line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
					commands += strings.ReplaceAll(string(line), "\x00", " ") + "\n"
				}
				return strings.Contains(commands, "/jargo_build.py ") && strings.Contains(commands, "/python.py \n")
			})
		},
		"compiling": func(d *devServer) {
			d.write(strings.Replace(pidPage, "Getpid()", "Getppid()", 1))
			await(d.t, "the Go tool is started", func() bool { return len(descendants(d.t, d.cmd.Process.Pid)) > 1 })
		},
		"loading": func(d *devServer) {
			d.write(strings.Replace(pidPage, "func ", "func init() {\n\tfmt.Println(\"loading\")\n\t<-make(chan int)\n}\n\nfunc ", 1))
			d.await("loading")
		},
	} {
		for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGKILL} {
			t.Run(name+" "+signal.String(), func(t *testing.T) {
				t.Parallel()
				d := startDev(t, pidPage)
				pid, err := strconv.Atoi(d.get("/").body)
				if err != nil {
					t.Fatal(err)
				}
				begin(d)
				started := append(descendants(t, d.cmd.Process.Pid), pid)
				if err := d.cmd.Process.Signal(signal); err != nil {
					t.Fatal(err)
				}
				if err := <-d.exited; (err == nil) != (signal != syscall.SIGKILL) {
					t.Errorf("it ended with %v:\n%s", err, d.log())
				}
				for _, pid := range started {
					await(t, "what it has started ends", func() bool { return !running(pid) })
				}
				if signal == syscall.SIGKILL {
					next := newDevAt(t, d.dir, d.cache)
					next.write(pidPage)
					next.shows("/", 200, "")
					next.stop()
				}
				d.left(nil)
			})
		}
	}
}

// TestDevOpen has a browser opened.
func TestDevOpen(t *testing.T) {
	bin := t.TempDir()
	opened := filepath.Join(bin, "opened")
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte("#!/bin/sh\necho $1 >"+opened+".part && mv "+opened+".part "+opened+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	d := startDev(t, pidPage, "--open")
	await(t, "it is opened", func() bool {
		url, err := os.ReadFile(opened)
		return err == nil && strings.TrimSpace(string(url)) == d.url
	})
}
