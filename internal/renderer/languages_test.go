package renderer_test

import (
	"context"
	"io"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/golang"
	"github.com/jargo-dev/jargo/internal/python"
	"github.com/jargo-dev/jargo/internal/renderer"
)

// language is what is tested: a language, and how pages look in it that do the
// same.
type language struct {
	load  func(ctx context.Context, dir string, limits renderer.Limits, log io.Writer, diags *diag.List) (frontEnd, error)
	file  string            // of the page %s
	pages map[string]string // sources by what the page does
	want  map[string]string // what is reported of such a page
}

var languages = map[string]language{
	"go": {
		load: func(ctx context.Context, dir string, limits renderer.Limits, log io.Writer, diags *diag.List) (frontEnd, error) {
			return golang.Load(ctx, golang.Options{Dir: dir, Cache: dir + ".cache", Limits: limits, Log: log}, diags)
		},
		file: "pages/%s/page.go",
		pages: map[string]string{
			"good": `
func Render() string { return "good" }`,
			"panics": `
func Render() string { panic("no luck") }`,
			"exits": `
import "os"
func Render() string { os.Exit(3); return "" }`,
			"exits_early": `
import ("os"; "net/http")
func Render(string) string { return "" }
func Data(r *http.Request) string { return "" }
func Paths() []string { os.Exit(4); return nil }`,
			"hangs": `
import "fmt"
func Render() string { fmt.Println("hangs"); select {} }`,
			"hangs_early": `
import ("net/http"; "time")
func Render(string) string { return "" }
func Data(r *http.Request) string { return "" }
func Paths() []string { time.Sleep(1 << 62); return nil }`,
			"allocates": `
import "time"
func Render() string {
	var all [][]byte
	for {
		all = append(all, make([]byte, 1<<20))
		for i := range all[len(all)-1] {
			all[len(all)-1][i] = 1
		}
		time.Sleep(time.Millisecond)
	}
}`,
			"allocates_early": `
import "net/http"
func Render(string) string { return "" }
func Data(r *http.Request) string { return "" }
func Paths() []string {
	var all []string
	for {
		all = append(all, string(make([]byte, 1<<20)))
	}
}`,
			"allocates_elsewhere": `
import ("fmt"; "os/exec")
func Render() string {
	return fmt.Sprint(exec.Command("python3", "-c", "import time; all = b'x' * (200 << 20); time.sleep(1000)").Run())
}`,
			"holds": `
import ("bytes"; "time")
func Render() string {
	large := bytes.Repeat([]byte("x"), 50<<20)
	time.Sleep(300 * time.Millisecond)
	return "good"[:4*len(large)/len(large)]
}`,
			"starts": `
import ("fmt"; "os/exec")
func Render() string {
	child := exec.Command("sleep", "1000")
	if err := child.Start(); err != nil {
		panic(err)
	}
	fmt.Println("child", child.Process.Pid)
	return "good"
}`,
			"starts_and_hangs": `
import ("fmt"; "os"; "os/exec")
func Render() string {
	child := exec.Command("sleep", "1000")
	child.Stdout = os.Stdout
	if err := child.Start(); err != nil {
		panic(err)
	}
	fmt.Println("child", child.Process.Pid)
	return fmt.Sprint(child.Wait())
}`,
			"hangs_often": `
import "net/http"
func Render(s string) string { select {} }
func Data(r *http.Request) string { return "" }
func Paths() []string { return []string{"a", "b", "c", "d", "e", "f", "g", "h"} }`,
		},
		want: map[string]string{
			"panics": "pages/panics/page.go:2:1: /panics: panic: no luck",
			"exits": "pages/exits/page.go:3:6: the program stopped while it rendered /exits: exit status 3\n" +
				"    a page must not end the program: return an error instead",
			"hangs":               "pages/hangs/page.go:3:6: /hangs did not render within 1s\n    make it faster, or give it more time: --timeout 2s",
			"starts_and_hangs":    "pages/starts_and_hangs/page.go:3:6: /starts_and_hangs did not render within 1s\n    make it faster, or give it more time: --timeout 2s",
			"hangs_early":         "pages/hangs_early_/page.go:3:6: /{hangs_early} did not load within 1s\n    make it faster, or give it more time: --timeout 2s",
			"allocates":           "pages/allocates/page.go:3:6: /allocates takes more than 120 MB of memory to render\n    let it take less, or give it more: --memory 240MB",
			"allocates_early":     "pages/allocates_early_/page.go:3:6: /{allocates_early} takes more than 120 MB of memory to load\n    let it take less, or give it more: --memory 240MB",
			"allocates_elsewhere": "pages/allocates_elsewhere/page.go:3:6: /allocates_elsewhere takes more than 120 MB of memory to render\n    let it take less, or give it more: --memory 240MB",
			"exits_early": "pages/exits_early_/page.go:3:6: the program stopped while it loaded /{exits_early}: exit status 4\n" +
				"    a page must not end the program: return an error instead",
		},
	},
	"python": {
		load: func(ctx context.Context, dir string, limits renderer.Limits, log io.Writer, diags *diag.List) (frontEnd, error) {
			return python.Load(ctx, python.Options{Dir: dir, Limits: limits, Log: log}, diags)
		},
		file: "pages/%s.py",
		pages: map[string]string{
			"good": `
def render(): return "good"`,
			"panics": `
def render(): raise ValueError("no luck")`,
			"exits": `
import os
def render(): os._exit(3)`,
			"exits_early": `
import os
def paths(): os._exit(4)
def render(): return ""`,
			"hangs": `
import threading
def render():
    print("hangs", flush=True)
    threading.Event().wait()`,
			"hangs_early": `
__import__("time").sleep(1000)`,
			"allocates": `
import time
def render():
    all = []
    while True:
        all.append(b"x" * (1 << 20))
        time.sleep(0.001)`,
			"allocates_early": `
all = [b"x" * (1 << 20)]
while True: all.append(all[0] + b"x")`,
			"allocates_elsewhere": `
import subprocess, sys
def render(): return str(subprocess.run([sys.executable, "-c", "import time; all = b'x' * (200 << 20); time.sleep(1000)"]))`,
			"holds": `
import time
def render():
    large = b"x" * (50 << 20)
    time.sleep(0.3)
    return "good"`,
			"starts": `
import subprocess
def render():
    print("child", subprocess.Popen(["sleep", "1000"]).pid)
    return "good"`,
			"starts_and_hangs": `
import subprocess
def render():
    child = subprocess.Popen(["sleep", "1000"])
    print("child", child.pid, flush=True)
    return str(child.wait())`,
			// It holds the interpreter's lock, as a regular expression that runs away
			// does, and takes no processor time.
			"hangs_often": `
import ctypes
def paths(): return list("abcdefgh")
def render():
    while True: ctypes.PyDLL(None).pause()`,
		},
		want: map[string]string{
			"panics": "pages/panics.py:2:1: /panics: ValueError: no luck",
			"exits": "pages/exits.py:3:1: /exits: the process ended while it rendered: exit status 3\n" +
				"    a page must not end the process: raise an exception instead",
			"hangs":               "pages/hangs.py:3:1: /hangs did not render within 1s\n    make it faster, or give it more time: --timeout 2s",
			"starts_and_hangs":    "pages/starts_and_hangs.py:3:1: /starts_and_hangs did not render within 1s\n    make it faster, or give it more time: --timeout 2s",
			"hangs_early":         "pages/hangs_early.py:1:1: /hangs_early did not load within 1s\n    make it faster, or give it more time: --timeout 2s",
			"allocates":           "pages/allocates.py:3:1: /allocates takes more than 120 MB of memory to render\n    let it take less, or give it more: --memory 240MB",
			"allocates_early":     "pages/allocates_early.py:1:1: /allocates_early takes more than 120 MB of memory to load\n    let it take less, or give it more: --memory 240MB",
			"allocates_elsewhere": "pages/allocates_elsewhere.py:3:1: /allocates_elsewhere takes more than 120 MB of memory to render\n    let it take less, or give it more: --memory 240MB",
			"exits_early": "pages/exits_early_.py:1:1: /{exits_early}: the process ended while it loaded: exit status 4\n" +
				"    a page must not end the process: raise an exception instead",
		},
	},
}
