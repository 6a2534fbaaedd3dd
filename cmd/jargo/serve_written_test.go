package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestServeWritten has a page with a process of its own that keeps its data in its working directory. No build
// replaces what it has written, while it is served, after that and after a kill; the
// data is still there, and when it is moved away the next build succeeds.
func TestServeWritten(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/site\n\ngo 1.21\n")
	write(t, filepath.Join(dir, "vercel.json"), `{"functions": {"pages/**": {"includeFiles": "counts.txt"}}}`)
	write(t, filepath.Join(dir, "counts.txt"), "0")
	write(t, filepath.Join(dir, "pages/page.go"), `package pages

import (
	"net/http"
	"os"
)

func Handler(w http.ResponseWriter, r *http.Request) {
	if err := os.WriteFile(r.URL.Query().Get("file"), []byte("data"), 0o644); err != nil {
		panic(err)
	}
}
`)
	build := func() string {
		out, err := jargoCommand(t, "build", dir).CombinedOutput()
		if (err == nil) == strings.Contains(string(out), "it would be lost with the output") {
			t.Errorf("build ends with %v and says\n%s", err, out)
		}
		return string(out)
	}
	pinned := func(name string) []string {
		files, err := filepath.Glob(filepath.Join(dir, ".vercel", ".jargo-*", "output", "functions", "*.func", name))
		if err != nil {
			t.Fatal(err)
		}
		return files
	}
	wants := func(when, said, name string) {
		t.Helper()
		files := pinned(name)
		if len(files) != 1 {
			t.Fatalf("%s there is %v", when, files)
		}
		rel, err := filepath.Rel(dir, files[0])
		if data, _ := os.ReadFile(files[0]); err != nil || string(data) != "data" || !strings.Contains(said, rel+": ") {
			t.Errorf("%s %s has %q, and a build says\n%s", when, rel, data, said)
		}
	}

	build()
	s := startServe(t, dir, "--prebuilt")
	build() // nothing has been written
	s.stop()
	s = startServe(t, dir, "--prebuilt")
	s.get("/?file=guestbook.db")
	wants("while it is served", build(), "guestbook.db")
	s.stop()
	if !strings.Contains(s.stderr.String(), "guestbook.db") {
		t.Errorf("the host says nothing of it:\n%s", s.stderr)
	}
	wants("after that", build(), "guestbook.db")
	for _, file := range pinned("guestbook.db") {
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	build()

	// Where functions have processes, an included file is linked to the output, and changed
	// there, too.
	s = startServe(t, dir, "--prebuilt")
	s.get("/?file=counts.txt")
	if err := s.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.exited
	said := build()
	wants("after a kill", said, "counts.txt")
	if name := filepath.Join(".vercel", "output", "functions", "index.func", "counts.txt"); !strings.Contains(said, name+": ") {
		t.Errorf("a build says nothing of %s:\n%s", name, said)
	}
	if err := os.RemoveAll(filepath.Join(dir, ".vercel")); err != nil {
		t.Fatal(err)
	}
	build()
}
