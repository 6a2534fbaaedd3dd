package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/jargo-dev/jargo/internal/redistest"
)

const selfhost = "../../examples/selfhost"

// unit is a unit of systemd: its settings by section and name.
type unit map[string][]string

// readUnit reads the settings of a unit, as "Service.Type".
func readUnit(t *testing.T, name string) unit {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(selfhost, name))
	if err != nil {
		t.Fatal(err)
	}
	u, section := unit{}, ""
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if key, value, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") {
			u[section+key] = append(u[section+key], value)
		} else if strings.HasPrefix(line, "[") {
			section = strings.Trim(line, "[]") + "."
		}
	}
	return u
}

// TestSelfhostUnits has the service of the example take its sockets, under the names that
// these give them, and get its certificates.
func TestSelfhostUnits(t *testing.T) {
	t.Parallel()
	service := readUnit(t, "site.service")
	orders := make(chan bool, 1)
	authority := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		select {
		case orders <- true:
		default:
		}
		http.Error(w, "not now", http.StatusServiceUnavailable)
	}))
	defer authority.Close()
	var files []*os.File
	var names []string
	for _, name := range strings.Fields(service["Service.Sockets"][0]) {
		socket := readUnit(t, name)
		if socket["Socket.Service"][0] != "site.service" {
			t.Errorf("%s is of %s", name, socket["Socket.Service"])
		}
		_, file := openSocket(t)
		files, names = append(files, file), append(names, socket["Socket.FileDescriptorName"]...)
	}
	program, args, _ := strings.Cut(service["Service.ExecStart"][0], " ")
	if filepath.Base(program) != "jargo" || service["Service.Type"][0] != "notify" {
		t.Errorf("%s of type %s", program, service["Service.Type"])
	}
	_, inside, _ := strings.Cut(service["Service.BindReadOnlyPaths"][0], ":")
	state := t.TempDir()
	args = strings.NewReplacer(inside, gate.copy(t), "${STATE_DIRECTORY}", state).Replace(args)
	shell := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@" --acme-ca "$AUTHORITY"`, os.Args[0])
	shell.Args = append(shell.Args, strings.Fields(args)...)
	shell.Env = append(jargoCommand(t).Env, "LISTEN_FDS=2", "LISTEN_FDNAMES="+strings.Join(names, ":"), "AUTHORITY="+authority.URL)
	shell.ExtraFiles = files
	s := startServer(t, shell)
	if !strings.HasPrefix(s.url, "https://") {
		t.Errorf("it listens on %s", s.url)
	}
	<-orders
	if found, err := os.ReadDir(filepath.Join(state, "certificates")); err != nil || len(found) == 0 {
		t.Errorf("nothing is stored: %v", err)
	}
}

// TestSelfhostUnitsVerified has systemd read the units.
func TestSelfhostUnitsVerified(t *testing.T) {
	t.Parallel()
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("systemd-analyze is not installed")
		}
		t.Skip("systemd-analyze is not installed")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(selfhost)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "site.service")
	service, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	there := strings.ReplaceAll(string(service), "/usr/local/bin/jargo", "/bin/true")
	if err := os.WriteFile(file, []byte(there), 0o644); err != nil {
		t.Fatal(err)
	}
	verify := exec.Command(analyze, "verify", "--man=no", file, filepath.Join(dir, "site-http.socket"), filepath.Join(dir, "site-https.socket"))
	out, err := verify.CombinedOutput()
	// What it says of units of the machine is no matter of these.
	if ours := regexp.MustCompile(`(?m)^.*\bsite[-.].*$`).FindAllString(string(out), -1); err != nil || ours != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestSelfhostCompose runs what the containers of hosts would, with a server of Redis for
// that of the cache, and asks each for a page that one of them renders.
func TestSelfhostCompose(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join(selfhost, "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Command     []string
			Volumes     []string
			Environment map[string]string
		}
	}
	if err := yaml.Unmarshal(data, &compose); err != nil {
		t.Fatal(err)
	}
	proxy, err := os.ReadFile(filepath.Join(selfhost, "Caddyfile"))
	if err != nil {
		t.Fatal(err)
	}
	cache, counts := redistest.Start(t), t.TempDir()
	dir, hosts := versions["old"].copy(t), []*server{}
	for name, service := range compose.Services {
		if !strings.HasPrefix(name, "host-") {
			continue
		}
		at := slices.Index(service.Command, "--addr") + 1
		if !strings.Contains(string(proxy), name+service.Command[at]) {
			t.Errorf("the proxy does not ask %s at %s", name, service.Command[at])
		}
		if service.Command[0] != "jargo" || !slices.Contains(service.Volumes, "./site:/srv/site:ro") {
			t.Errorf("%s runs %q with %q", name, service.Command, service.Volumes)
		}
		args := slices.Clone(service.Command[1:])
		args[at-1] = "127.0.0.1:0"
		for i, arg := range args {
			if arg == "/srv/site" {
				args[i] = dir
			}
		}
		where := slices.Index(args, "--cache") + 1
		if where == 0 || !strings.HasPrefix(args[where], "redis://cache:") {
			t.Fatalf("no cache in %q", args)
		}
		args[where] = cache.URL
		cmd := jargoCommand(t, args...)
		cmd.Env = append(cmd.Env, "COUNTS="+counts)
		hosts = append(hosts, startServer(t, cmd))
	}
	if len(hosts) != 3 {
		t.Fatalf("%d hosts", len(hosts))
	}
	missed := 0
	for _, s := range hosts {
		a := s.send("GET", "/counted/page", "X-Forwarded-Proto", "https", "X-Forwarded-For", "192.0.2.1")
		if a.status != http.StatusOK || !strings.HasPrefix(a.body, "rendering ") {
			t.Errorf("%s: %d %s", s.url, a.status, a.body)
		}
		if a.cache() == "MISS" {
			missed++
		}
	}
	if missed != 1 {
		t.Errorf("of three hosts %d had to render the page", missed)
	}
}
