//go:build unix

package python

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jargo-dev/jargo/internal/diag"
	"github.com/jargo-dev/jargo/internal/renderer"
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
			got, ok := new(Session).lookPython(t.Context(), t.TempDir(), &diags)
			if !ok || got.file != want {
				t.Errorf("got %q, %v, want %q", got.file, diags, want)
			}
		})
	}
}

// TestAhead checks when the process that was started ahead of a build loads its pages.
func TestAhead(t *testing.T) {
	pids := filepath.Join(t.TempDir(), "pids")
	log := renderer.SharedLog(t.Output())
	fakePython(t, "echo $$ >> "+pids+"; export PYTHONNODEBUGRANGES=1")
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
	load := func(site string) {
		t.Helper()
		var diags diag.List
		p, err := Load(t.Context(), Options{Dir: dir, Dev: true, Session: &session, Site: site, Log: log}, &diags)
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
	loads := func(more int, site string) {
		t.Helper()
		before := len(starts())
		writeFile(t, filepath.Join(dir, "changed"), []byte(site)) // or nothing is loaded
		load(site)
		if got := len(starts()) - before; got != more {
			t.Errorf("%d processes were started, want %d", got, more)
		}
	}
	load("site")
	pid := prepared()
	if session.Prepare(); len(starts()) != 3 { // the first was asked what it is
		t.Errorf("processes: %v", starts())
	}
	writeFile(t, filepath.Join(dir, "pages/b.py"), []byte("import email\ndef render(): return email.MINE\n"))
	writeFile(t, filepath.Join(dir, "email.py"), []byte("MINE = 'of the project'\n"))
	if err := os.Remove(filepath.Join(dir, "pages/a.py")); err != nil {
		t.Fatal(err)
	}
	loads(0, "site") // other pages than there were when it was started
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
	loads(2, "other")
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
