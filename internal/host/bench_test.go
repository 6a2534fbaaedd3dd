package host

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jargo-dev/jargo/internal/output"
)

// The benchmarks measure two servers in one run, turn by turn, and report how
// they compare: "of-bare" is throughput, the larger the better; "times" is
// latency, the smaller the better.

// asker sends the same request again and again on one connection.
type asker struct {
	b    *testing.B
	conn net.Conn
	r    *bufio.Reader
	text []byte
	took []time.Duration // a turn each
}

func newAsker(b *testing.B, addr, path string) *asker {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	text := "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n"
	return &asker{b: b, conn: conn, r: bufio.NewReaderSize(conn, 64<<10), text: []byte(text)}
}

func (a *asker) ask() *http.Response {
	if _, err := a.conn.Write(a.text); err != nil {
		a.b.Fatal(err)
	}
	resp, err := http.ReadResponse(a.r, nil)
	if err != nil {
		a.b.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != 200 {
		a.b.Fatal(resp.Status, err)
	}
	return resp
}

const perTurn = 50 // requests

func (a *asker) turn() {
	start := time.Now()
	for range perTurn {
		a.ask()
	}
	a.took = append(a.took, time.Since(start))
}

// latency is the median time of a request over all turns.
func (a *asker) latency() float64 {
	slices.Sort(a.took)
	return float64(a.took[len(a.took)/2]) / perTurn
}

// compare lets two askers take turns.
func compare(b *testing.B, one, two *asker) (first, second float64) {
	for range 4 {
		one.turn()
		two.turn()
	}
	one.took, two.took = nil, nil
	b.ResetTimer()
	for b.Loop() {
		one.turn()
		two.turn()
	}
	return one.latency(), two.latency()
}

// bare is a handler that writes what a host's response is made of.
func bare(b *testing.B, a *asker, body string) *asker {
	header := a.ask().Header
	header.Del("Date")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for name, values := range header {
			w.Header()[name] = values
		}
		io.WriteString(w, body)
	}))
	b.Cleanup(server.Close)
	return newAsker(b, server.Listener.Addr().String(), "/")
}

// benchHost serves an output for a benchmark.
func benchHost(b *testing.B, dir string) string {
	out, err := output.Read(dir)
	if err != nil {
		b.Fatal(err)
	}
	h, err := New(out, Options{})
	if err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(h)
	b.Cleanup(func() { server.Close(); h.Close(b.Context()) })
	return server.Listener.Addr().String()
}

// benchFiles writes files to a new directory.
func benchFiles(b *testing.B, files map[string]string) string {
	dir := b.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

var page10K = strings.Repeat("<p>ten kilobytes</p>", 512)

func BenchmarkStaticFile(b *testing.B) {
	a := newAsker(b, benchHost(b, benchFiles(b, map[string]string{"config.json": `{"version":3}`, "static/page.html": page10K})), "/page.html")
	host, plain := compare(b, a, bare(b, a, page10K))
	b.ReportMetric(plain/host, "of-bare")
}

func BenchmarkRegeneratedHit(b *testing.B) {
	dir := puppetFiles(b, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page10K) })
	a := newAsker(b, benchHost(b, dir), "/page")
	host, plain := compare(b, a, bare(b, a, page10K))
	b.ReportMetric(plain/host, "of-bare")
}

// puppetFiles writes an output with the function fn and the regenerated page
// page, both handled by handle.
func puppetFiles(b *testing.B, handle http.HandlerFunc) (dir string) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/puppet-start" {
			handle(w, r)
		}
	}))
	b.Cleanup(server.Close)
	config := fmt.Sprintf(`{"runtime":"executable","handler":"puppet","supportsResponseStreaming":true,"environment":{"PUPPET_URL":%q}}`, server.URL)
	dir = benchFiles(b, map[string]string{
		"config.json":                          `{"version":3}`,
		"functions/fn.func/.vc-config.json":    config,
		"functions/page.func/.vc-config.json":  config,
		"functions/page.prerender-config.json": `{"expiration":false,"allowQuery":[]}`,
	})
	for _, name := range []string{"fn", "page"} {
		if err := os.Symlink(puppetProgram, filepath.Join(dir, "functions", name+".func", "puppet")); err != nil {
			b.Fatal(err)
		}
	}
	return dir
}

// BenchmarkLargeTable compares a file behind many routes with one behind few,
// and reports how long the host of the many takes to start.
func BenchmarkLargeTable(b *testing.B) {
	for _, n := range []int{2000, 100_000} {
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			few := newAsker(b, benchHost(b, benchFiles(b, tableFiles(10))), "/old/page.html")
			dir := benchFiles(b, tableFiles(n))
			start := time.Now()
			addr := benchHost(b, dir)
			ready := time.Since(start)
			large, small := compare(b, newAsker(b, addr, "/old/page.html"), few)
			b.ReportMetric(large/small, fmt.Sprintf("times-behind-%d", n))
			b.ReportMetric(float64(ready.Milliseconds()), fmt.Sprintf("ms-to-load-%d", n))
		})
	}
}

// tableFiles returns an output with n routes: one in four is literal, the others are
// regular expressions with a prefix or suffix of their own.
func tableFiles(n int) map[string]string {
	forms := []string{
		`{"src":"^/moved/page-%d$","status":308,"headers":{"Location":"/now/%[1]d"}}`,
		`{"src":"^/old/section-%d/(.*)$","status":308,"headers":{"Location":"/new/%[1]d/$1"}}`,
		`{"src":"^/shop/item-%d(?:/(?<size>[0-9]+))?/?$","dest":"/item?id=%[1]d&size=$size","check":true}`,
		`{"src":"^(?:/([^/]+?))/headers-%d$","headers":{"x-n":"%[1]d"},"continue":true}`,
	}
	routes := make([]string, n)
	for i := range routes {
		routes[i] = fmt.Sprintf(forms[i%len(forms)], i)
	}
	return map[string]string{"config.json": `{"version":3,"routes":[` + strings.Join(routes, ",") + `]}`, "static/old/page.html": page10K}
}

// BenchmarkFunction compares a function behind the host with the function itself. The
// puppet handles the query "bench" on its own, and reports its port.
func BenchmarkFunction(b *testing.B) {
	dir := puppetFiles(b, func(http.ResponseWriter, *http.Request) {})
	a := newAsker(b, benchHost(b, dir), "/fn?bench")
	direct := newAsker(b, "127.0.0.1:"+a.ask().Header.Get("X-Port"), "/fn?bench")
	host, plain := compare(b, a, direct)
	b.ReportMetric(host/plain, "times")
}
