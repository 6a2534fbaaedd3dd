package python

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
)

// TestUnruly renders pages that print, close what is not theirs, fork, leave
// threads and end in every way. The pages around them are rendered all the same.
func TestUnruly(t *testing.T) {
	if testing.Short() {
		t.Skip("long: it runs pages that end processes")
	}
	archive := `
-- pages/prints.py --
import sys, os
print("printed while loading")
def render():
    print("printed")
    print("to stderr", file=sys.stderr)
    os.write(1, b"\x00\x00\x00\x05{}not a message")
    return "prints"
-- pages/closes.py --
import sys
def render():
    sys.stdout.close()
    sys.stderr = None
    return "closes"
-- pages/reads.py --
import sys
def render(): return "reads" + sys.stdin.read()
-- pages/asks.py --
def render(): return input("your name? ")
-- pages/threads.py --
import threading
threading.Thread(target=threading.Event().wait).start()
def render():
    threading.Thread(target=threading.Event().wait).start()
    return "threads"
-- pages/forks.py --
import os
def render():
    child = os.fork()
    if child:
        os.waitpid(child, 0)
    return "forks"
-- pages/starts.py --
import subprocess, sys
def render():
    return "starts" + subprocess.run([sys.executable, "-c", "import os; os.write(4, b'x')"], stderr=subprocess.DEVNULL).stdout.__repr__()
-- pages/exits.py --
import sys
def render(): sys.exit("bye")
-- pages/exits_early.py --
raise SystemExit(0)
-- pages/interrupts.py --
def render(): raise KeyboardInterrupt
-- pages/ends.py --
import os
def render(): os._exit(3)
-- pages/ends_early.py --
import os
os._exit(4)
-- pages/crashes.py --
import os, signal
def render(): os.kill(os.getpid(), signal.SIGKILL)
-- pages/hangs_up.py --
import os
def render(): os.closerange(3, 1024)
-- pages/writes.py --
import os
for fd in range(3, 20):
    try: os.write(fd, b"x" * 100)
    except OSError: pass
def render():
    for fd in range(3, 20):
        try: os.close(fd)
        except OSError: pass
    return "writes"
-- pages/garbles.py --
import os
def render():
    for fd in range(100, 300):
        try: os.write(fd, b"xxxxx")
        except OSError: pass
    return "garbles"
-- pages/lies.py --
import os
def render():
    for fd in range(100, 300):
        try: os.write(fd, b"\0\0\0\2{]")
        except OSError: pass
    return "lies"
-- pages/patches.py --
import json, struct
json.dumps = json.loads = struct.pack = struct.unpack = None
def render(): return "patches"
-- pages/unspeakable.py --
class Mute(Exception):
    def __str__(self): raise ValueError
def render(): raise Mute
-- pages/recurses.py --
def render(): return render()
-- pages/surrogate.py --
def render(): return "\ud800"
`
	for i := range 40 {
		archive += fmt.Sprintf("-- pages/good/n%d.py --\ndef render(): return '%d'\n", i, i)
	}
	var log bytes.Buffer
	p, diags := loadProject(t, project(t, archive), &log)
	got, more := renderAll(t, p)
	for i := range 40 {
		if path, want := fmt.Sprintf("/good/n%d", i), fmt.Sprintf("200 %d", i); got[path] != want {
			t.Errorf("%s: %q", path, got[path])
		}
	}
	for path, want := range map[string]string{
		"/prints": "200 prints", "/writes": "200 writes", "/patches": "200 patches", "/closes": "200 closes", "/reads": "200 reads", "/threads": "200 threads",
		"/forks": "200 forks", "/starts": "200 startsNone",
	} {
		if got[path] != want {
			t.Errorf("%s: %q, want %q", path, got[path], want)
		}
	}
	const (
		endFix    = "\n    a page must not end the process: raise an exception instead"
		pipeFix   = "\n    write only to files that the page has opened itself"
		signalFix = "\n    a package that is not Python alone crashed, or the machine was short of memory"
	)
	want := strings.TrimSpace(`
pages/asks.py:1:1: /asks: EOFError: EOF when reading a line
pages/crashes.py:2:1: /crashes: the process ended while it rendered: signal: killed` + signalFix + `
pages/ends.py:2:1: /ends: the process ended while it rendered: exit status 3` + endFix + `
pages/ends_early.py:1:1: /ends_early: the process ended while it loaded: exit status 4` + endFix + `
pages/exits.py:2:1: /exits: SystemExit: bye` + endFix + `
pages/exits_early.py:1:1: /exits_early: SystemExit: 0` + endFix + `
pages/garbles.py:2:1: /garbles: the process ended while it rendered: a page wrote to the connection of the build` + pipeFix + `
pages/hangs_up.py:2:1: /hangs_up: the process ended while it rendered: exit status 1` + endFix + `
pages/interrupts.py:1:1: /interrupts: KeyboardInterrupt
pages/lies.py:2:1: /lies: the process ended while it rendered: a page wrote to the connection of the build` + pipeFix + `
pages/surrogate.py:1:1: /surrogate: render returned a body that is no text: 'utf-8' codec can't encode character '\ud800' in position 0: surrogates not allowed
pages/unspeakable.py:3:1: /unspeakable: Mute`)
	var rest diag.List
	for _, d := range append(diags, more...) {
		if strings.HasPrefix(d.Message, "/recurses: RecursionError") && strings.Count(d.Fix, "\n") < 40 {
			continue // its words differ between versions
		}
		// It ends by itself or because nobody listens, whichever comes first.
		if strings.HasPrefix(d.Message, "/hangs_up") {
			d.Message = strings.Replace(d.Message, "exit status 0", "exit status 1", 1)
		}
		rest = append(rest, d)
	}
	if err := rest.Err(); err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	p.Close()
	for _, text := range []string{"printed while loading", "printed\n", "to stderr", "not a message"} {
		if !strings.Contains(log.String(), text) {
			t.Errorf("the log lacks %q: %s", text, log.String())
		}
	}
}

// TestBlameless checks that a page is not blamed for the end of its process
// when another page's thread was it, and that a build which cannot go on ends.
func TestBlameless(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // both pages in one process
	p, diags := loadProject(t, project(t, `
-- pages/a.py --
import os, threading, pathlib
MARK = pathlib.Path("mark")
go = threading.Event()
def end():
    go.wait()
    MARK.write_text("")
    os._exit(9)
def render():
    if not MARK.exists():
        threading.Thread(target=end).start()
    return "a"
-- pages/b.py --
import pathlib, sys, threading
def render():
    if not pathlib.Path("mark").exists() and "pages.a" in sys.modules:
        sys.modules["pages.a"].go.set()
        threading.Event().wait()
    return "b"
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/a"] != "200 a" || got["/b"] != "200 b" {
		t.Errorf("got %v, %v", got, err)
	}
}

// waiter closes seen when it is written a text.
type waiter struct {
	text string
	seen chan struct{}

	mu  sync.Mutex
	all []byte
}

func (w *waiter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := bytes.Contains(w.all, []byte(w.text))
	w.all = append(w.all, b...)
	if !before && bytes.Contains(w.all, []byte(w.text)) {
		close(w.seen)
	}
	return len(b), nil
}

// TestLoadedOnce checks that a page is loaded by one worker, and rendered there.
func TestLoadedOnce(t *testing.T) {
	var log bytes.Buffer
	archive := ""
	for i := range 20 {
		archive += fmt.Sprintf("-- pages/n%d.py --\nprint('loaded %d')\ndef render(): return ''\n", i, i)
	}
	p, diags := loadProject(t, project(t, archive), &log)
	if _, more := renderAll(t, p); len(diags)+len(more) > 0 {
		t.Fatal(diags, more)
	}
	p.Close()
	// An idle worker takes a page from a busy one, which has to load it too.
	if n := strings.Count(log.String(), "loaded"); n < 20 || n > 40 {
		t.Errorf("pages were loaded %d times", n)
	}
}

// TestImportedPage checks that a page which another one imports is the same
// module, not a second one of the same file.
func TestImportedPage(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // both pages in one worker
	p, diags := loadProject(t, project(t, `
-- pages/a.py --
import sys
import pages.b
def render(): return str(pages.b is sys.modules["pages.b"] and pages.b.STATE)
-- pages/b.py --
STATE = ["b"]
def render(): return STATE[0]
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/a"] != "200 ['b']" || got["/b"] != "200 b" {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestOtherDirectory checks that a page which changes the directory does not do
// it for others.
func TestOtherDirectory(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // all pages in one worker
	p, diags := loadProject(t, project(t, `
-- pages/a.py --
import os
os.chdir("/")
def render():
    os.chdir("/")
    return ""
-- pages/b.py --
TEXT = open("data/text").read()
def render(): return open("data/text").read()
-- data/text --
text
`), t.Output())
	got, more := renderAll(t, p)
	if err := append(diags, more...).Err(); err != nil || got["/b"] != "200 text\n" {
		t.Errorf("got %v, %v", got, err)
	}
}
