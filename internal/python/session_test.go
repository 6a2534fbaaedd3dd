//go:build unix

package python

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
	"github.com/jargo-dev/jargo/internal/site"
)

// fakePython puts a script before python3 that runs it after some lines of its own.
func fakePython(t *testing.T, lines string) {
	t.Helper()
	real, err := pythonOutput("import sys; print(sys.executable)")
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	writeFile(t, filepath.Join(bin, "python3"), []byte("#!/bin/sh\n"+lines+"\nexec '"+real+"' \"$@\"\n"))
	if err := os.Chmod(filepath.Join(bin, "python3"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
}

// TestInterpreter checks that the script of a version manager is run once, and one that
// does more than to choose each time.
func TestInterpreter(t *testing.T) {
	for _, test := range []struct {
		lines string
		whole bool
	}{{"export CHOSEN=3", true}, {"export PYTHONPATH=/somewhere", false}, {"exit 1", false}} {
		t.Run(test.lines, func(t *testing.T) {
			real, err := pythonOutput("import sys; print(sys.executable)")
			if err != nil {
				t.Fatal(err)
			}
			fakePython(t, test.lines)
			want := real
			if !test.whole {
				want, _ = exec.LookPath("python3")
			}
			var diags diag.List
			got, ok := new(Session).lookPython(t.Context(), Options{Dir: t.TempDir(), Dev: true}, &diags)
			if !ok || got.file != want {
				t.Errorf("got %q, %v, want %q", got.file, diags, want)
			}
		})
	}
}

// TestInterpreterAgain checks that a version manager is asked again when the file says
// another version by which it chooses.
func TestInterpreterAgain(t *testing.T) {
	asked := filepath.Join(t.TempDir(), "asked")
	fakePython(t, "echo >> "+asked)
	dir := t.TempDir()
	var session Session
	for _, tt := range []struct {
		version string
		asked   int
	}{{"", 1}, {"", 1}, {"3.12", 2}, {"3.12", 2}, {"3.13", 3}} {
		writeFile(t, filepath.Join(dir, ".python-version"), []byte(tt.version))
		if _, ok := session.lookPython(t.Context(), Options{Dir: dir, Dev: true}, new(diag.List)); !ok {
			t.Fatal("there is no Python")
		}
		if data, err := os.ReadFile(asked); err != nil || len(data) != tt.asked {
			t.Errorf("version %q: asked %d times, %v, want %d", tt.version, len(data), err, tt.asked)
		}
	}
}

// TestAheadShares has a page that cannot be loaded until another has been: the process
// that was started ahead is not left alone with pages that take their time.
func TestAheadShares(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	dir := project(t, "-- pages/a.py --\ndef render(): return ''\n")
	var session Session
	defer session.Close()
	load := func() {
		t.Helper()
		var diags diag.List
		p, err := Load(t.Context(), Options{Dir: dir, Dev: true, Session: &session, Limits: renderer.Limits{Time: 20 * time.Second}}, &diags)
		if err != nil || len(diags) > 0 {
			t.Fatal(err, diags)
		}
		p.Close()
	}
	load()
	session.Prepare()
	loaded := filepath.Join(t.TempDir(), "loaded")
	writeFile(t, filepath.Join(dir, "pages/a.py"), []byte("import os, time\nwhile not os.path.exists("+strconv.Quote(loaded)+"): time.sleep(0.01)\ndef render(): return ''\n"))
	writeFile(t, filepath.Join(dir, "pages/b.py"), []byte("open("+strconv.Quote(loaded)+", 'w').close()\ndef render(): return ''\n"))
	load()
}

// TestAhead checks when the process that was started ahead of a build loads its pages.
func TestAhead(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	log := renderer.SharedLog(t.Output())
	fakePython(t, "case $* in *"+buildFile+"*) echo $$ >> "+pids+" ;; esac; export PYTHONNODEBUGRANGES=1")
	dir := project(t, "-- pages/a.py --\ndef render(): return ''\n")
	var session Session
	defer session.Close()
	starts := func() []string {
		data, err := os.ReadFile(pids)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Fields(string(data))
	}
	load := func(siteFile string) {
		t.Helper()
		var diags diag.List
		p, err := Load(t.Context(), Options{Dir: dir, Dev: true, Session: &session, Site: siteFile, Log: log}, &diags)
		if err != nil || len(diags) > 0 || len(p.Pages()) != 1 || p.Pages()[0].Route.String() != "/b" && p.Pages()[0].Route.String() != "/a" {
			t.Fatal(err, diags)
		}
		p.Close()
	}
	prepared := func() string {
		t.Helper()
		session.Prepare()
		<-session.ahead.started.Ready()
		list := starts()
		return list[len(list)-1]
	}
	loads := func(more int, siteFile string) {
		t.Helper()
		before := len(starts())
		writeFile(t, filepath.Join(dir, "changed"), []byte(siteFile)) // or nothing is loaded
		load(siteFile)
		if got := len(starts()) - before; got != more {
			t.Errorf("%d processes were started, want %d", got, more)
		}
	}
	load("site")
	pid := prepared()
	if session.Prepare(); len(starts()) != 2 {
		t.Errorf("processes: %v", starts())
	}
	writeFile(t, filepath.Join(dir, "pages/b.py"), []byte("import email\ndef render(): return email.MINE\n"))
	writeFile(t, filepath.Join(dir, "email.py"), []byte("MINE = 'of the project'\n"))
	if err := os.Remove(filepath.Join(dir, "pages/a.py")); err != nil {
		t.Fatal(err)
	}
	loads(0, "site") // other pages than there were when it was started
	awaitEnd(t, pid)

	t.Log("nothing is to be loaded")
	pid = prepared()
	time.Sleep(2 * site.TimeStep) // until it is certain that files have not changed
	load("site")
	load("site")
	if session.Prepare(); starts()[len(starts())-1] != pid {
		t.Errorf("there is another process: %v, was %s", starts(), pid)
	}

	t.Log("packages were installed")
	home := t.TempDir()
	t.Setenv("HOME", home)
	load("site")
	pid = prepared()
	writeFile(t, filepath.Join(home, ".local/lib/python3.11/site-packages/new.pth"), nil)
	loads(1, "site")
	awaitEnd(t, pid)

	t.Log("it is not of a build with another site file")
	pid = prepared()
	loads(1, "other")
	awaitEnd(t, pid)

	t.Log("it was killed")
	pid = prepared()
	kill(t, pid)
	loads(1, "other")

	t.Log("the environment has changed, and with it, perhaps, what python3 is")
	pid = prepared()
	t.Setenv("JARGO_TEST_OWN", "1")
	loads(1, "other")
	awaitEnd(t, pid)

	t.Log("it is not needed any more")
	pid = prepared()
	session.Close()
	awaitEnd(t, pid)
}

func kill(t *testing.T, text string) {
	t.Helper()
	var pid int
	if _, err := fmt.Sscan(text, &pid); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	awaitEnd(t, text)
}

// TestCompiled checks that the functions of a later build have the bytecode of their
// program, and that it is what is run.
func TestCompiled(t *testing.T) {
	dir := project(t, "-- pages/a.py --\ndef render(): return 'it works'\ndef config(): return {'fresh': {}}\n")
	var session Session
	function := func() map[string]string {
		t.Helper()
		var diags diag.List
		p, err := Load(t.Context(), Options{Dir: dir, Dev: true, Session: &session}, &diags)
		if err != nil || len(diags) > 0 {
			t.Fatal(err, diags)
		}
		t.Cleanup(p.Close)
		p.Pages()[0].Develop()
		f, err := p.Function(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		return f.Files
	}
	before := function()
	session.Prepare()
	<-session.compiled.done
	after := function()
	if len(after) != len(before)+1 {
		t.Fatalf("the function has %v, and had %v", after, before)
	}
	out := t.TempDir()
	for name, file := range after {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(out, name), data)
	}
	writeFile(t, filepath.Join(out, handlerFile), []byte("raise SystemExit('it is compiled again')\n"))
	cmd := exec.Command("python3", "-c", `import jargo_handler; print(jargo_handler.handler({"body": '{"path": "/a"}'}, None)["statusCode"], jargo_handler.__file__)`)
	cmd.Dir, cmd.Env = out, append(os.Environ(), "JARGO_DEV="+dir)
	got, err := cmd.CombinedOutput()
	if want := "200 " + filepath.Join(out, handlerFile) + "\n"; err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	made := filepath.Dir(session.compiled.file)
	session.Close()
	if _, err := os.Stat(made); err == nil {
		t.Errorf("%s is left", made)
	}
}
