package bench_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// BenchmarkSaveOthers changes a page in a site of one, which is developed by jargo dev and
// by those of air, Hugo and Next that are installed, as they are without settings. The
// others are asked again and again until the page has the change, Jargo once it says so.
func BenchmarkSaveOthers(b *testing.B) {
	site := newDir(b)
	writeModule(b, site)
	writeFile(b, filepath.Join(site, "pages", "page.go"), "package pages\n\nfunc Render() string { return \"<h1>Hello</h1>\" }\n")
	dev, ours := develop(b, site), newEdited(b, site, onePage("pages/page.go"))
	sides := []side{{"jargo", func() cost { return ours.saveAt(dev.wait) }}}
	for _, other := range []struct {
		name  string
		start func(b *testing.B, port string) *edited
	}{{"air", startAir}, {"hugo", startHugo}, {"next", startNext}} {
		port := freePort(b)
		e := other.start(b, port)
		if e == nil {
			continue
		}
		addr := net.JoinHostPort("127.0.0.1", port)
		sides = append(sides, side{other.name, func() cost { return e.saveAt(func() string { return e.awaitShown(addr) }) }})
	}
	compare(b, sides...)
}

// onePage is a change of a site's only page.
func onePage(file string) edit {
	return edit{file: file, behind: map[string]string{"Hello": "%d"}, path: "/", shows: "Hello%d"}
}

// awaitShown asks a server until it responds with the last change, and returns its address.
func (e *edited) awaitShown(addr string) string {
	for began := time.Now(); !e.isShown(addr); time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			e.b.Fatalf("%s does not show a change of %s", addr, e.file)
		}
	}
	return addr
}

// startAir has air build and start a program of net/http again.
func startAir(b *testing.B, port string) *edited {
	air, err := exec.LookPath("air")
	if err != nil {
		b.Log("air is not installed: go install github.com/air-verse/air@latest")
		return nil
	}
	dir := newDir(b)
	writeFile(b, filepath.Join(dir, "go.mod"), "module example.com/page\n\ngo 1.26.0\n")
	writeFile(b, filepath.Join(dir, "main.go"), `package main

import (
	"io"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<h1>Hello</h1>") })
	http.ListenAndServe("127.0.0.1:"+os.Getenv("PORT"), nil)
}
`)
	startOther(b, dir, port, air)
	return newEdited(b, dir, onePage("main.go"))
}

// startHugo has Hugo serve a page of Markdown.
func startHugo(b *testing.B, port string) *edited {
	hugo, err := exec.LookPath("hugo")
	if err != nil {
		b.Log("Hugo is not installed: https://gohugo.io/installation")
		return nil
	}
	dir := newDir(b)
	writeFile(b, filepath.Join(dir, "config.toml"), "title = 'A page'\n")
	writeFile(b, filepath.Join(dir, "layouts", "index.html"), "<html><body>{{ .Content }}</body></html>\n")
	writeFile(b, filepath.Join(dir, "content", "_index.md"), "# Hello\n")
	startOther(b, dir, port, hugo, "server", "--bind", "127.0.0.1", "--port", port)
	return newEdited(b, dir, onePage("content/_index.md"))
}

// startNext has Next serve a page.
func startNext(b *testing.B, port string) *edited {
	base, err := filepath.Abs("next")
	if err != nil {
		b.Fatal(err)
	}
	next := filepath.Join(base, "node_modules", ".bin", "next")
	if _, err := os.Stat(next); err != nil {
		b.Log("Next is not installed: npm --prefix bench/next ci")
		return nil
	}
	dir, err := os.MkdirTemp(base, "site-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	writeFile(b, filepath.Join(dir, "pages", "index.js"), "export default () => <h1>Hello</h1>\n")
	startOther(b, base, port, next, "dev", "--hostname", "127.0.0.1", "--port", port, dir)
	return newEdited(b, dir, onePage("pages/index.js"))
}

// startOther starts a program that serves until the benchmark ends.
func startOther(b *testing.B, dir, port, program string, args ...string) {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PORT="+port, "NEXT_TELEMETRY_DISABLED=1")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		_ = cmd.Wait() // it was killed
		if b.Failed() {
			b.Log(said.String())
		}
	})
}

// freePort is a port on which nobody listens.
func freePort(b *testing.B) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
