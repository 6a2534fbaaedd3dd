package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"testing"
)

// listDescriptors is a script that lists what it has open besides the standard descriptors.
const listDescriptors = "for f in /proc/$$/fd/*; do case $f in */[012]) ;; *) readlink $f; esac; done; true"

// startsPage is a page that runs it.
const startsPage = `package pages

import (
	"os/exec"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config { return jargo.Fresh{} }

func Render() (string, error) {
	out, err := exec.Command("/bin/sh", "-c", %q).Output()
	return string(out), err
}
`

// TestServeDescriptors has a page start a process: it has nothing of the host's.
func TestServeDescriptors(t *testing.T) {
	t.Parallel()
	dir := testSite(t, "errors.txtar")
	write(t, filepath.Join(dir, "pages", "starts", "page.go"), fmt.Sprintf(startsPage, listDescriptors))
	want, err := exec.Command("/bin/sh", "-c", listDescriptors).Output() // what this test was started with
	if err != nil {
		t.Fatal(err)
	}
	s := startServe(t, dir)
	if got := s.get("/starts"); got.status != 200 || got.body != string(want) {
		t.Errorf("a process that a page has started has open, %d:\n%s\nand one of this test:\n%s", got.status, got.body, want)
	}
}
