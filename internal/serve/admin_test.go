package serve

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"github.com/jargo-dev/jargo/internal/host"
)

// running is a site that Run serves.
type running struct {
	t     *testing.T
	url   string
	dir   string // Site.PagesDir
	stop  context.CancelFunc
	ended chan error
}

// run serves an output with one file, and with /slow, which passes what it asks on to
// another server.
func run(t *testing.T, o Options, other string) *running {
	t.Helper()
	out := t.TempDir()
	config := fmt.Sprintf(`{"version":3,"routes":[{"src":"^/slow$","dest":%q}]}`, other)
	for name, text := range map[string]string{"config.json": config, "static/a.txt": "text"} {
		path := filepath.Join(out, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	s := &running{t: t, url: "http://" + ln.Addr().String(), dir: shortDir(t), stop: stop, ended: make(chan error, 1)}
	stdout, printed := io.Pipe()
	go func() {
		s.ended <- o.Run(ctx, &Sockets{Site: ln}, Site{Open: func(o host.Options) (*host.Deployment, error) { return host.Open(out, o) }, PagesDir: s.dir}, printed, t.Output())
		printed.Close()
	}()
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("%q, %v: %v", line, err, <-s.ended)
	}
	t.Cleanup(func() {
		stop()
		if s.ended != nil {
			<-s.ended
		}
	})
	return s
}

// shortDir is a directory whose path is short enough for a socket.
func shortDir(t *testing.T) string {
	dir, err := os.MkdirTemp("", "jargo-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return filepath.Join(dir, "admin")
}

// found is the one address that FindAdmin has.
func (s *running) found() string {
	s.t.Helper()
	list, err := FindAdmin(s.t.Context(), s.dir)
	if err != nil || len(list) != 1 {
		s.t.Fatalf("found are %q, %v", list, err)
	}
	return list[0]
}

// ask asks at an address.
func ask(t *testing.T, addr, method, path string, header ...string) (status int, h http.Header, body string) {
	t.Helper()
	transport := &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return DialAdmin(ctx, addr) }}
	r, err := http.NewRequestWithContext(t.Context(), method, "http://localhost"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	if name := r.Header.Get("Host"); name != "" {
		r.Host = name
	}
	resp, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(data)
}

// scrape reads what Prometheus would.
func scrape(t *testing.T, addr string) map[string]*dto.MetricFamily {
	t.Helper()
	_, h, text := ask(t, addr, "GET", "/metrics")
	if format := expfmt.ResponseFormat(h); format.FormatType() != expfmt.TypeTextPlain {
		t.Errorf("the format is %q", format)
	}
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text))
	if err != nil {
		t.Fatalf("%v:\n%s", err, text)
	}
	return families
}

// freePort is a port of 127.0.0.1 that was free.
func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	_, port, _ := net.SplitHostPort(ln.Addr().String())
	return port
}

// TestAdmin looks into a host by each kind of address, and at its end.
func TestAdmin(t *testing.T) {
	begun, end := make(chan bool), make(chan bool)
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { begun <- true; <-end }))
	defer slow.Close()
	doc, err := os.ReadFile("../../docs/content/admin.md")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(shortDir(t)), "own.sock")
	for name, addr := range map[string]string{"port": freePort(t), "socket": "unix:" + path, "found": ""} {
		t.Run(name, func(t *testing.T) {
			s := run(t, Options{Admin: addr}, slow.URL)
			at := addr
			if addr == "" {
				at = s.found()
			}
			if status, _, body := ask(t, at, "GET", "/healthz"); status != 200 || body != "ok\n" {
				t.Errorf("%d %q", status, body)
			}
			resp, err := http.Get(s.url + "/a.txt")
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			metrics := scrape(t, at)
			for _, name := range []string{"jargo_requests_total", "jargo_request_duration_seconds", "jargo_connections", "jargo_log_lines_dropped_total", "go_goroutines", "go_memstats_sys_bytes", "process_start_time_seconds"} {
				if len(metrics[name].GetMetric()) == 0 {
					t.Errorf("there is no metric %s", name)
				}
			}
			for name := range metrics {
				if strings.HasPrefix(name, "jargo_") && !strings.Contains(string(doc), "`"+name+"`") {
					t.Errorf("docs/content/admin.md does not say what %s is", name)
				}
			}
			go http.Get(s.url + "/slow")
			<-begun
			s.stop()
			for {
				status, _, body := ask(t, at, "GET", "/healthz")
				if status == 503 && body == "stopping\n" {
					break
				}
				if status != 200 {
					t.Errorf("while it stops: %d %q", status, body)
				}
			}
			end <- true
			if err := <-s.ended; err != nil {
				t.Error(err)
			}
			s.ended = nil
			if list, err := FindAdmin(t.Context(), s.dir); err != nil || len(list) > 0 {
				t.Errorf("after the end there are %q, %v", list, err)
			}
			if conn, err := DialAdmin(t.Context(), at); err == nil {
				conn.Close()
				t.Error("it can still be connected to")
			}
		})
	}
}

// TestAdminRefuses looks in as web pages do.
func TestAdminRefuses(t *testing.T) {
	port := freePort(t)
	s := run(t, Options{Admin: "localhost:" + port}, "http://127.0.0.1:1")
	for _, tt := range []struct {
		addr, header, value string
		status              int
	}{
		{port, "Origin", "http://evil.example", 403},
		{port, "Sec-Fetch-Site", "cross-site", 403},
		{port, "Sec-Fetch-Site", "none", 200},
		{port, "Host", "evil.example", 403},
		{port, "Host", "127.0.0.1:" + port, 200},
		{port, "Host", "[::1]:" + port, 200},
		{s.found(), "Host", "any", 200},
		{s.found(), "Origin", "null", 403},
	} {
		if status, _, _ := ask(t, tt.addr, "GET", "/healthz", tt.header, tt.value); status != tt.status {
			t.Errorf("%s: %s at %s: %d, want %d", tt.header, tt.value, tt.addr, status, tt.status)
		}
	}
	if resp, err := http.Get(s.url + "/metrics"); err != nil || resp.StatusCode != 404 {
		t.Errorf("visitors have metrics, too: %v, %v", resp, err)
	}
	for _, tt := range []struct {
		method, path, body string
		status             int
	}{
		{"GET", "/cache", "[]\n", 200},
		{"GET", "/cache/entry?key=x", "\"x\" is not the key of a page\n", 400},
		{"GET", "/cache/entry?key=" + strings.Repeat("0", 40) + "/a", "there is no entry \"" + strings.Repeat("0", 40) + "/a\" any more\n", 404},
		{"DELETE", "/cache", "say either which path or which prefix\n", 400},
		{"POST", "/cache/revalidate?path=/a&prefix=/b", "say either which path or which prefix\n", 400},
		{"GET", "/debug/pprof/none", "There is no such profile.\n", 404},
		{"GET", "/debug/pprof/profile?seconds=1e9", "A profile may last up to 600 seconds.\n", 400},
		{"GET", "/debug/pprof/trace?seconds=NaN", "A profile may last up to 600 seconds.\n", 400},
	} {
		if status, _, body := ask(t, port, tt.method, tt.path); status != tt.status || body != tt.body {
			t.Errorf("%s %s: %d %q, want %d %q", tt.method, tt.path, status, body, tt.status, tt.body)
		}
	}
	_, _, body := ask(t, port, "POST", "/cache/revalidate?path=/a.txt")
	var c Changed
	if err := json.Unmarshal([]byte(body), &c); err != nil || len(c.Pages) != 1 || !strings.Contains(c.Pages[0].Error, "no bypass token") {
		t.Errorf("%s, %v", body, err)
	}
}

// TestProfiles reads each kind of profile.
func TestProfiles(t *testing.T) {
	s := run(t, Options{}, "http://127.0.0.1:1")
	for path, want := range map[string]string{
		"/":                   "goroutine?debug=1\t",
		"/goroutine?debug=1":  "goroutine profile: total ",
		"/trace?seconds=0.01": "go 1.",
	} {
		if status, _, body := ask(t, s.found(), "GET", "/debug/pprof"+path); status != 200 || !strings.Contains(body, want) {
			t.Errorf("%s: %d %.80q", path, status, body)
		}
	}
	for _, path := range []string{"/heap?gc=1", "/profile?seconds=0.01"} {
		_, _, body := ask(t, s.found(), "GET", "/debug/pprof"+path)
		r, err := gzip.NewReader(bytes.NewReader([]byte(body)))
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if data, err := io.ReadAll(r); err != nil || !bytes.Contains(data, []byte("nanoseconds")) && !bytes.Contains(data, []byte("inuse_space")) {
			t.Errorf("%s is no profile: %v", path, err)
		}
	}
	done := make(chan int)
	ctx, leave := context.WithCancel(t.Context())
	go func() {
		r := httptest.NewRequest("GET", "/debug/pprof/profile", nil).WithContext(ctx)
		r.SetPathValue("name", "profile")
		w := httptest.NewRecorder()
		profile(w, r)
		done <- w.Code
	}()
	for { // until the first has begun
		status, _, _ := ask(t, s.found(), "GET", "/debug/pprof/profile?seconds=0.001")
		if status == 409 {
			break
		}
	}
	leave()
	if code := <-done; code != 200 {
		t.Errorf("one who leaves: %d", code)
	}
}

// TestAdminAddress reads what --admin may be.
func TestAdminAddress(t *testing.T) {
	for addr, want := range map[string]string{
		"9000": "tcp 127.0.0.1:9000", ":9000": "tcp 127.0.0.1:9000", "0.0.0.0:9000": "tcp 0.0.0.0:9000", "[::1]:0": "tcp [::1]:0",
		"unix:/a/b": "unix /a/b", "unix:": "", "": "", "localhost": "", "a:b": "", "70000": "",
	} {
		network, address, err := adminAddress(addr)
		if got := strings.TrimSpace(network + " " + address); got != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v, want %q", addr, got, err, want)
		}
	}
}

// TestListenAdmin listens, and fails to.
func TestListenAdmin(t *testing.T) {
	dir := shortDir(t)
	listen := func(addr, dir string) ([]net.Listener, error) {
		list, err := Options{Admin: addr}.listenAdmin(t.Context(), nil, dir, discard)
		t.Cleanup(func() { closeAll(list) })
		return list, err
	}
	if list, err := listen(noAdmin, dir); err != nil || len(list) != 0 {
		t.Errorf("off: %v, %v", list, err)
	}
	list, err := listen("0", dir)
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	socket, port := list[0].Addr().String(), list[1].Addr().String()
	if runtime.GOOS != "windows" {
		for path, mode := range map[string]os.FileMode{dir: 0o700, socket: 0o600} {
			if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
				t.Errorf("%s has mode %v, %v", path, info.Mode(), err)
			}
		}
	}
	if _, err := listen(port, ""); err == nil || !strings.HasPrefix(err.Error(), "--admin: listen tcp") {
		t.Errorf("an address that is taken: %v", err)
	}
	if _, err := listen("unix:"+socket, ""); err == nil || !strings.HasPrefix(err.Error(), "--admin: listen unix") {
		t.Errorf("a socket that is taken: %v", err)
	}
	file := filepath.Join(filepath.Dir(dir), "file")
	if err := os.WriteFile(file, []byte("kept"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := listen("unix:"+file, ""); err == nil {
		t.Error("a file is listened on")
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "kept" {
		t.Errorf("it is then %q, %v", data, err)
	}
	// What a killed process has left goes, and others stay.
	dead := filepath.Join(dir, "admin-00000000.sock")
	ln, err := net.Listen("unix", dead)
	if err != nil {
		t.Fatal(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
	if found, err := FindAdmin(t.Context(), dir); err != nil || len(found) != 1 || found[0] != "unix:"+socket {
		t.Errorf("found are %q, %v", found, err)
	}
	if _, err := os.Lstat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a dead socket stays: %v", err)
	}
	long := filepath.Join(dir, strings.Repeat("x", 100))
	if list, err := listen("", long); err != nil || len(list) != 0 {
		t.Errorf("a long path: %v, %v", list, err)
	}
	if _, err := FindAdmin(t.Context(), long); !errors.Is(err, ErrLongPath) {
		t.Errorf("a long path: %v", err)
	}
}

var discard = slog.New(slog.DiscardHandler)
