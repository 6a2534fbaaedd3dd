package bench_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// BenchmarkServeStatic compares jargo serve with a net/http server that writes the same
// bytes, headers and log line, and with nginx and Varnish where they are installed: requests
// a second for a file of 10 KB, and what 99 of 100 requests of 64 visitors take at most.
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

// BenchmarkServeFresh compares them for a fresh page of 2.3 KB, whose code the net/http
// server calls, too: jargo serve and a program of jargo build --binary, where page and host
// are one process, and jargo serve --prebuilt, where the page is behind a socket. It also
// reports the memory of the program when it has been asked.
func BenchmarkServeFresh(b *testing.B) {
	needPrograms(b)
	jargo := goBuild(b, "..", "./cmd/jargo")
	binary := filepath.Join(newDir(b), "site")
	run(b, exec.CommandContext(b.Context(), jargo, "build", "--binary", binary, "fresh"))
	program := newPinned(b, binary, "--log", "json", "--addr", "127.0.0.1:0")
	targets := []target{
		{"serve", "http://" + startPinned(b, jargo, "serve", "--log", "json", "--addr", "127.0.0.1:0", "fresh") + "/"},
		{"binary", "http://" + program.addr + "/"},
		{"socket", "http://" + startPinned(b, jargo, "serve", "--prebuilt", "--log", "json", "--addr", "127.0.0.1:0", "fresh") + "/"},
	}
	file, _, _ := likeResponse(b, targets[0].url, "MISS")
	plain := startPinned(b, goBuild(b, ".", "./likewise"), file, "fresh")
	measure(b, append(targets, target{"plain", "http://" + plain + "/"}))
	b.ReportMetric(memoryOf(b, program.cmd.Process.Pid, "VmRSS"), "binary-MB")
}

// BenchmarkServeMemory reports the memory of the kitchen sink as one program, when each of
// its pages without parameters has been asked for, in MB; and of both processes by a socket.
func BenchmarkServeMemory(b *testing.B) {
	jargo := goBuild(b, "..", "./cmd/jargo")
	dir := newDir(b)
	binary, output := filepath.Join(dir, "site"), filepath.Join(dir, "output")
	run(b, exec.CommandContext(b.Context(), jargo, "build", "--out", output, "--binary", binary, "../examples/kitchensink"))
	for b.Loop() {
		program := newPinned(b, binary, "--addr", "127.0.0.1:0")
		host := newPinned(b, jargo, "serve", "--prebuilt", "--addr", "127.0.0.1:0", output)
		for _, s := range []*server{program, host} {
			for _, path := range []string{"/", "/templates/fresh", "/templates/live", "/api/echo"} {
				response, err := http.Get("http://" + s.addr + path)
				if err != nil {
					b.Fatal(err)
				}
				response.Body.Close()
			}
		}
		b.ReportMetric(0, "ns/op")
		b.ReportMetric(memoryOf(b, program.cmd.Process.Pid, "VmRSS"), "program-MB")
		both := memoryOf(b, host.cmd.Process.Pid, "VmRSS")
		children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", host.cmd.Process.Pid))
		if err != nil {
			b.Fatal(err)
		}
		for _, child := range strings.Fields(string(children)) {
			pid, err := strconv.Atoi(child)
			if err != nil {
				b.Fatal(err)
			}
			both += memoryOf(b, pid, "VmRSS")
		}
		b.ReportMetric(both, "processes-MB")
	}
}

// compareThroughput asks for one path of a site again and again, by wrk on one core, of
// servers on the other.
func compareThroughput(b *testing.B, site, path string) {
	needPrograms(b)
	jargo := goBuild(b, "..", "./cmd/jargo")
	run(b, exec.CommandContext(b.Context(), jargo, "build", site))
	ours := "http://" + startPinned(b, jargo, "serve", "--prebuilt", "--log", "json", "--addr", "127.0.0.1:0", site) + path
	file, header, body := likeResponse(b, ours, "HIT")
	plain := startPinned(b, goBuild(b, ".", "./likewise"), file)
	targets := []target{{"jargo", ours}, {"plain", "http://" + plain + path}}
	targets = append(targets, startNginx(b, header, body)...)
	measure(b, append(targets, startVarnish(b, plain)...))
}

func needPrograms(b *testing.B) {
	for _, program := range []string{"wrk", "taskset"} {
		if _, err := exec.LookPath(program); err != nil {
			b.Fatalf("%s is needed", program)
		}
	}
}

// likeResponse asks for a response until it has a state of the cache, and writes it to a
// file for the command likewise.
func likeResponse(b *testing.B, url, cache string) (file string, header http.Header, body string) {
	var response *http.Response
	var text []byte
	for response == nil || response.Header.Get("X-Vercel-Cache") != cache { // it is stored soon
		var err error
		if response, err = http.Get(url); err != nil {
			b.Fatal(err)
		}
		text, err = io.ReadAll(response.Body)
		response.Body.Close()
		if err != nil || response.StatusCode != http.StatusOK {
			b.Fatal(response.Status, err)
		}
	}
	for _, own := range []string{"Content-Length", "X-Vercel-Id", "Date"} {
		response.Header.Del(own)
	}
	same, err := json.Marshal(map[string]any{"Header": response.Header, "Body": string(text)})
	if err != nil {
		b.Fatal(err)
	}
	file = filepath.Join(newDir(b), "response.json")
	writeFile(b, file, string(same))
	return file, response.Header, string(text)
}

// measure asks targets by turns, and reports the ratios of the others to that named plain.
func measure(b *testing.B, targets []target) {
	rates, slowest := map[string][]float64{}, map[string][]float64{}
	for b.Loop() {
		for _, t := range targets {
			perSecond, _ := wrk(b, t.url, 32)
			rates[t.name] = append(rates[t.name], perSecond)
			_, p99 := wrk(b, t.url, 64)
			slowest[t.name] = append(slowest[t.name], float64(p99)/1e6)
		}
	}
	b.ReportMetric(0, "ns/op")
	for _, t := range targets {
		b.ReportMetric(median(rates[t.name]), t.name+"/s")
		b.ReportMetric(median(slowest[t.name]), t.name+"-p99-ms")
		if t.name != "plain" {
			b.ReportMetric(ratio(rates[t.name], rates["plain"]), t.name+"-ratio")
			b.ReportMetric(ratio(slowest[t.name], slowest["plain"]), t.name+"-p99-ratio")
		}
	}
}

// ratio is the median of the ratios of figures that were measured by turns: those of one turn
// share what else the machine does.
func ratio(one, other []float64) float64 {
	ratios := make([]float64, len(one))
	for i := range one {
		ratios[i] = one[i] / other[i]
	}
	return median(ratios)
}

// target is a server that is asked for the same.
type target struct{ name, url string }

// startNginx starts nginx, if it is installed, with a body as a file and with headers.
func startNginx(b *testing.B, header http.Header, body string) []target {
	nginx, err := exec.LookPath("nginx")
	if err != nil {
		b.Log("nginx is not installed")
		return nil
	}
	dir, port := newDir(b), freePort(b)
	writeFile(b, filepath.Join(dir, "page"), body)
	var set strings.Builder
	for name := range header {
		switch name {
		case "Content-Type", "Etag", "Accept-Ranges":
		default:
			fmt.Fprintf(&set, "add_header %s %q;\n", name, header.Get(name))
		}
	}
	writeFile(b, filepath.Join(dir, "nginx.conf"), fmt.Sprintf(`
daemon off; master_process off; error_log stderr crit; pid %[1]s/pid;
events { worker_connections 256; }
http {
	access_log /dev/null; keepalive_requests 1000000000;
	client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
	server {
		listen 127.0.0.1:%[2]s; root %[1]s; default_type %[3]q;
		%[4]sadd_header X-Vercel-Id $request_id;
	}
}
`, dir, port, header.Get("Content-Type"), &set))
	return startOnPort(b, "nginx", port, "/page", nginx, "-p", dir, "-c", filepath.Join(dir, "nginx.conf"))
}

// startVarnish starts Varnish, if it is installed, before another server.
func startVarnish(b *testing.B, backend string) []target {
	varnish, err := exec.LookPath("varnishd")
	if err != nil {
		b.Log("varnish is not installed")
		return nil
	}
	dir, port := newDir(b), freePort(b)
	host, backendPort, err := net.SplitHostPort(backend)
	if err != nil {
		b.Fatal(err)
	}
	// Browsers are to ask again each time, Varnish is not.
	writeFile(b, filepath.Join(dir, "keep.vcl"), fmt.Sprintf(`vcl 4.1;
backend default { .host = %q; .port = %q; }
sub vcl_backend_response { set beresp.ttl = 1h; }
`, host, backendPort))
	return startOnPort(b, "varnish", port, "/", varnish, "-F", "-j", "none", "-n", filepath.Join(dir, "work"), "-a", "127.0.0.1:"+port,
		"-f", filepath.Join(dir, "keep.vcl"), "-s", "malloc,64m")
}

// startOnPort starts another's server on the core of ours.
func startOnPort(b *testing.B, name, port, path, program string, args ...string) []target {
	s := newServer(b, "taskset")
	s.cmd.Args = append([]string{"taskset", "-c", "0", program}, args...)
	s.cmd.Cancel, s.cmd.Stderr = nil, nil
	s.exec(b)
	b.Cleanup(s.stop)
	url := "http://127.0.0.1:" + port + path
	for range 500 {
		if response, err := http.Get(url); err == nil {
			response.Body.Close()
			return []target{{name, url}}
		}
		time.Sleep(10 * time.Millisecond)
	}
	b.Fatalf("%s does not listen", name)
	return nil
}

// startPinned starts a server as newPinned does, and returns its address.
func startPinned(b *testing.B, program string, args ...string) (addr string) {
	return newPinned(b, program, args...).addr
}

// newPinned starts a server on one core, with its log to nowhere. It is told to end when the
// benchmark ends.
func newPinned(b *testing.B, program string, args ...string) *server {
	s := newServer(b, "taskset")
	s.cmd.Args = append([]string{"taskset", "-c", "0", program}, args...)
	s.cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	s.cmd.Dir, s.cmd.Stderr = "", nil
	s.listen(b)
	b.Cleanup(func() {
		_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		_ = s.cmd.Wait()                          // however it ends
	})
	return s
}
