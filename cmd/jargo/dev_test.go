package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"
)

// devServer is a running jargo dev on a project of its own.
type devServer struct {
	*server
	dir   string
	cache string

	mu    sync.Mutex
	more  *sync.Cond // there is more in said, or it has ended
	said  []string   // lines of standard error
	read  int        // how many of them have been awaited
	ended bool
}

// startDev runs jargo dev on a site of these files, a txtar archive, until its first
// build has ended.
func startDev(t *testing.T, files string, flags ...string) *devServer {
	t.Helper()
	d := newDev(t, files, flags...)
	d.await("ready in ")
	return d
}

// newDev is startDev without the wait.
func newDev(t *testing.T, files string, flags ...string) *devServer {
	t.Helper()
	d := &devServer{server: &server{t: t}, dir: t.TempDir()}
	d.write(files)
	return newDevAt(t, d.dir, t.TempDir(), flags...)
}

// newDevAt runs jargo dev on the project in dir.
func newDevAt(t *testing.T, dir, cache string, flags ...string) *devServer {
	t.Helper()
	d := &devServer{dir: dir, cache: cache}
	d.more = sync.NewCond(&d.mu)
	cmd := exec.Command(os.Args[0], append([]string{"dev", "--addr", "127.0.0.1:0", d.dir}, flags...)...)
	cmd.Env = append(os.Environ(), asJargo+"=1", "XDG_CACHE_HOME="+d.cache, "GOCACHE="+goCache(t))
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = writer
	d.server = startServer(t, cmd)
	writer.Close()
	go func() {
		defer reader.Close()
		for lines := bufio.NewScanner(reader); lines.Scan(); {
			d.mu.Lock()
			d.said = append(d.said, lines.Text())
			d.mu.Unlock()
			d.more.Broadcast()
		}
		d.mu.Lock()
		d.ended = true
		d.mu.Unlock()
		d.more.Broadcast()
	}()
	return d
}

// await reads standard error up to a line with text, and returns that.
func (d *devServer) await(text string) (line string) {
	d.t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for ; d.read < len(d.said); d.read++ {
			if strings.Contains(d.said[d.read], text) {
				d.read++
				return d.said[d.read-1]
			}
		}
		if d.ended {
			d.t.Fatalf("it ended without saying %q:\n%s", text, strings.Join(d.said, "\n"))
		}
		d.more.Wait()
	}
}

// write writes the files of a txtar archive into the project, and go.mod if there is none.
func (d *devServer) write(files string) {
	d.t.Helper()
	if _, err := os.Stat(filepath.Join(d.dir, "go.mod")); err != nil {
		write(d.t, filepath.Join(d.dir, "go.mod"), "module example.com/site\n\ngo 1.26.0\n")
	}
	for _, f := range txtar.Parse([]byte(files)).Files {
		write(d.t, filepath.Join(d.dir, filepath.FromSlash(f.Name)), string(f.Data))
	}
}

// page is a page that says text. It is fresh.
func page(text string) string {
	return fmt.Sprintf("package page\n\nimport (\n\t\"io\"\n\t\"net/http\"\n)\n\nfunc Handler(w http.ResponseWriter, r *http.Request) { io.WriteString(w, \"<p>\"+%q) }\n", text)
}

// shows waits until the response to a path is as it should be.
func (d *devServer) shows(path string, status int, text string) {
	d.t.Helper()
	await(d.t, fmt.Sprintf("%s is %d %q", path, status, text), func() bool {
		a := d.get(path)
		return a.status == status && strings.Contains(a.body, text)
	})
}

// change does something to the files of the project.
func (d *devServer) change(do func(path func(name string) string) error) {
	d.t.Helper()
	if err := do(func(name string) string { return filepath.Join(d.dir, filepath.FromSlash(name)) }); err != nil {
		d.t.Fatal(err)
	}
}

// TestDev does to the files of a site what people and their editors do, and looks at the
// site each time.
func TestDev(t *testing.T) {
	t.Parallel()
	outside := t.TempDir()
	write(t, filepath.Join(outside, "module", "go.mod"), "module example.com/other\n\ngo 1.26.0\n")
	write(t, filepath.Join(outside, "module", "text", "text.go"), "package text\n\nconst Text = \"other 1\"\n")
	write(t, filepath.Join(outside, "style.css"), "outside 1")
	d := newDev(t, "-- pages/page.go --\npackage pages\n\nfunc Render() { }\n-- public/style.css --\n1\n")
	d.await("failed after")
	d.shows("/", 500, "pages/page.go:3:6: ")

	d.write("-- pages/page.go --\n" + page("one"))
	d.shows("/", 200, "one")
	d.write("-- pages/page.go --\n" + page("two"))
	d.shows("/", 200, "two")
	d.await("pages/page.go → ready in ")
	if line := d.await("pages/page.go → ready in "); !regexp.MustCompile(`ready in [\d.]+ m?s \(compile \d+, link \d+\)$`).MatchString(line) {
		t.Errorf("it does not say what took its time: %q", line)
	}
	if a := d.send("GET", "/", "Host", "example.com"); a.status != http.StatusForbidden || !strings.Contains(a.body, "jargo dev --host example.com") {
		t.Errorf("by the name of another site: %d %q", a.status, a.body)
	}
	d.write("-- pages/page.go --\npackage page\n\nfunc Render() string { return 1 }\n")
	d.shows("/", 500, "pages/page.go:3:31: cannot use 1")
	d.await("pages/page.go → failed after ")
	d.await("pages/page.go:3:31: cannot use 1")
	d.write("-- pages/page.go --\n" + page("three"))
	d.shows("/", 200, "three")
	if line := d.await(d.send("GET", "/").header.Get("X-Vercel-Id")); !strings.Contains(line, " status=200 ") || strings.Contains(line, " start=") {
		t.Errorf("the record of a request whose process runs: %q", line)
	}

	d.write("-- .env --\nJARGO_TEST_DEV=one\n-- pages/page.go --\n" + strings.Replace(strings.Replace(page("?"), `"?"`, `os.Getenv("JARGO_TEST_DEV")`, 1), "import (", "import (\n\t\"os\"", 1))
	d.shows("/", 200, "one")
	d.write("-- .env --\nJARGO_TEST_DEV=two\n")
	d.shows("/", 200, "two")

	d.write("-- public/style.css --\n2\n")
	d.shows("/style.css", 200, "2")
	d.write("-- pages/new/deep/page.go --\n" + page("new"))
	d.shows("/new/deep", 200, "new")
	d.write("-- pages/new/deep/page.go --\n" + page("newer"))
	d.shows("/new/deep", 200, "newer")
	d.change(func(path func(string) string) error { return os.Rename(path("pages/new"), path("pages/moved")) })
	d.shows("/moved/deep", 200, "newer")
	d.shows("/new/deep", 404, "")
	d.write("-- pages/moved/deep/page.go --\n" + page("newest"))
	d.shows("/moved/deep", 200, "newest")
	d.change(func(path func(string) string) error { return os.Remove(path("pages/moved/deep/page.go")) })
	d.shows("/moved/deep", 404, "")
	d.change(func(path func(string) string) error { return os.RemoveAll(path("pages/moved")) })

	// As an editor does, so that there is a whole file at all times.
	d.write("-- pages/.page.go.tmp --\n" + page("saved"))
	d.change(func(path func(string) string) error {
		return os.Rename(path("pages/.page.go.tmp"), path("pages/page.go"))
	})
	d.shows("/", 200, "saved")
	d.write("-- pages/page.go.tmp --\n" + page("saved again"))
	d.change(func(path func(string) string) error { return os.Rename(path("pages/page.go"), path("pages/page.go~")) })
	d.change(func(path func(string) string) error {
		return os.Rename(path("pages/page.go.tmp"), path("pages/page.go"))
	})
	d.shows("/", 200, "saved again")

	d.change(func(path func(string) string) error {
		return os.Symlink(filepath.Join(outside, "style.css"), path("public/linked.css"))
	})
	d.shows("/linked.css", 200, "outside 1")
	write(t, filepath.Join(outside, "style.css"), "outside 2")
	d.shows("/linked.css", 200, "outside 2")

	d.write("-- go.mod --\nmodule example.com/site\n\ngo 1.26.0\n\nrequire example.com/other v0.0.0\n\nreplace example.com/other => " + filepath.Join(outside, "module") + "\n")
	d.write("-- pages/page.go --\n" + strings.Replace(strings.Replace(page("?"), `"?"`, "text.Text", 1), "import (", "import (\n\t\"example.com/other/text\"", 1))
	d.shows("/", 200, "other 1")
	write(t, filepath.Join(outside, "module", "text", "text.go"), "package text\n\nconst Text = \"other 2\"\n")
	d.shows("/", 200, "other 2")
	write(t, filepath.Join(outside, "module", "text", "text.go"), "package text\n\nconst Text = 3\n")
	d.shows("/", 500, "mismatched types")
	write(t, filepath.Join(outside, "module", "text", "text.go"), "package text\n\nconst Text = \"other 4\"\n")
	d.shows("/", 200, "other 4")

	d.stop()
	d.left(nil)
	if !regexp.MustCompile(` duration=\S+ .* start=[\d.]+\S*s `).MatchString(d.log()) {
		t.Error("no request tells how long it waited for its process")
	}
	if log := d.log(); !strings.Contains(log, "GET / 200") && !strings.Contains(log, "path=/ status=200") || strings.Contains(log, "style.css status") {
		t.Errorf("the log should have pages and no public files:\n%s", log)
	}
}

// log is what has been written to standard error by the end.
func (d *devServer) log() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.ended {
		d.more.Wait()
	}
	return strings.Join(d.said, "\n")
}

// left checks that the project has nothing that is not the test's, and that no output
// is left, but those that there were.
func (d *devServer) left(outputs []string) {
	d.t.Helper()
	if _, err := os.Stat(filepath.Join(d.dir, ".vercel")); !errors.Is(err, fs.ErrNotExist) {
		d.t.Errorf("there is .vercel in the project: %v", err)
	}
	if left := entries(d.t, filepath.Join(d.cache, "jargo", "dev")); !slices.Equal(left, outputs) {
		d.t.Errorf("outputs that are left: %v, want %v", left, outputs)
	}
}
