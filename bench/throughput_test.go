package bench_test

import (
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkServeStatic compares jargo serve with a net/http server that writes the same
// bytes, headers and log line: requests a second for a file of 10 KB.
func BenchmarkServeStatic(b *testing.B) {
	site := newDir(b)
	writeFile(b, filepath.Join(site, "pages", "page.html"), "<h1>Home</h1>")
	writeFile(b, filepath.Join(site, "public", "ten.txt"), strings.Repeat("ten kilobytes of a file\n", 427))
	compareThroughput(b, site, "/ten.txt")
}

// BenchmarkServeRegenerated compares them for a regenerated page of 10 KB that is stored.
func BenchmarkServeRegenerated(b *testing.B) {
	site := newDir(b)
	writeModule(b, site)
	writeFile(b, filepath.Join(site, "pages", "page.go"), `package pages

import (
	"strings"
	"time"

	"github.com/jargo-dev/jargo"
)

func Config() jargo.Config { return jargo.Regenerated{Every: time.Hour} }

func Render() string { return strings.Repeat("<p>ten kilobytes</p>", 512) }
`)
	compareThroughput(b, site, "/")
}

// BenchmarkServeFresh compares them for a fresh page of 2.3 KB, whose Go code the net/http
// server calls, too: jargo serve, where page and host are one process, a program of jargo
// build --binary, and jargo serve --prebuilt, where the page is behind a socket.
func BenchmarkServeFresh(b *testing.B) {
	needWrk(b)
	jargo := goBuild(b, "..", "./cmd/jargo")
	site, binary := "fresh", filepath.Join(newDir(b), "site")
	run(b, exec.CommandContext(b.Context(), jargo, "build", "--binary", binary, site))
	servers := []struct{ name, addr string }{
		{"serve", startPinned(b, jargo, "serve", "--log", "json", "--addr", "127.0.0.1:0", site)},
		{"binary", startPinned(b, binary, "--log", "json", "--addr", "127.0.0.1:0")},
		{"socket", startPinned(b, jargo, "serve", "--prebuilt", "--log", "json", "--addr", "127.0.0.1:0", site)},
		{"plain", ""},
	}
	file := likeResponse(b, "http://"+servers[0].addr+"/")
	servers[3].addr = startPinned(b, goBuild(b, ".", "./likewise"), file, "fresh")
	rates := map[string][]float64{}
	for b.Loop() {
		for _, s := range servers {
			rates[s.name] = append(rates[s.name], rate(b, "http://"+s.addr+"/"))
		}
	}
	b.ReportMetric(0, "ns/op")
	plain := median(rates["plain"])
	b.ReportMetric(plain, "plain/s")
	for _, s := range servers[:3] {
		b.ReportMetric(median(rates[s.name]), s.name+"/s")
		b.ReportMetric(median(rates[s.name])/plain, s.name+"-ratio")
	}
}

// compareThroughput asks for one path of a site again and again, by wrk on one core, of
// servers on the other.
func compareThroughput(b *testing.B, site, path string) {
	needWrk(b)
	jargo := goBuild(b, "..", "./cmd/jargo")
	run(b, exec.CommandContext(b.Context(), jargo, "build", site))
	ours := startPinned(b, jargo, "serve", "--prebuilt", "--log", "json", "--addr", "127.0.0.1:0", site)
	get(b, "http://"+ours+path) // it is stored now
	plain := startPinned(b, goBuild(b, ".", "./likewise"), likeResponse(b, "http://"+ours+path))
	rates := [2][]float64{}
	for b.Loop() {
		for i, addr := range []string{ours, plain} {
			rates[i] = append(rates[i], rate(b, "http://"+addr+path))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(rates[0]), "jargo/s")
	b.ReportMetric(median(rates[1]), "plain/s")
	b.ReportMetric(median(rates[0])/median(rates[1]), "ratio")
}

func needWrk(b *testing.B) {
	for _, program := range []string{"wrk", "taskset"} {
		if _, err := exec.LookPath(program); err != nil {
			b.Fatalf("%s is needed", program)
		}
	}
}

// likeResponse writes a response to a file, for the command likewise.
func likeResponse(b *testing.B, url string) string {
	response, err := http.Get(url)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	if err != nil || response.StatusCode != http.StatusOK {
		b.Fatal(response.Status, err)
	}
	for _, own := range []string{"Content-Length", "X-Vercel-Id", "Date"} {
		response.Header.Del(own)
	}
	same, err := json.Marshal(map[string]any{"Header": response.Header, "Body": string(body)})
	if err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(newDir(b), "response.json")
	writeFile(b, file, string(same))
	return file
}

// startPinned starts a server on one core, with its log to nowhere, and returns its address.
func startPinned(b *testing.B, program string, args ...string) (addr string) {
	s := newServer(b, "taskset")
	s.cmd.Args = append([]string{"taskset", "-c", "0", program}, args...)
	s.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	s.cmd.Stderr = nil
	s.listen(b)
	b.Cleanup(s.stop)
	return s.addr
}
