//go:build unix

package acme

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"github.com/miekg/dns"
)

const domain = "shop.example"

// authority is one that issues certificates for names that all lead to 127.0.0.1, where
// it reaches two ports instead of 80 and 443.
type authority struct {
	*httptest.Server
	orders atomic.Int64 // for certificates
	roots  *x509.CertPool
	trust  string // a file with who vouches for the authority's own server
}

func newAuthority(t *testing.T, httpPort, tlsPort int) *authority {
	t.Helper()
	t.Setenv("PEBBLE_VA_NOSLEEP", "1")
	t.Setenv("PEBBLE_WFE_NONCEREJECT", "0")
	logger := log.New(t.Output(), "authority: ", 0)
	store := db.NewMemoryStore()
	issuer := ca.New(logger, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "the only one"}})
	validator := va.New(logger, httpPort, tlsPort, false, serveNames(t), store)
	front := wfe.New(logger, store, validator, issuer, []string{"authority.example"}, false, false, 1, 1)
	a := &authority{roots: x509.NewCertPool(), trust: filepath.Join(t.TempDir(), "trust.pem")}
	handler := front.Handler()
	a.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "/order-plz") {
			a.orders.Add(1)
		}
		handler.ServeHTTP(w, r)
	}))
	t.Cleanup(a.Close)
	a.roots.AppendCertsFromPEM(issuer.GetRootCert(0).PEM())
	if err := os.WriteFile(a.trust, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return a
}

// serveNames answers for every name, and returns where.
func serveNames(t *testing.T) (addr string) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0") // which is how the authority asks
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{Listener: ln, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		answer := new(dns.Msg).SetReply(q)
		if q.Question[0].Qtype == dns.TypeA {
			answer.Answer = []dns.RR{&dns.A{
				Hdr: dns.RR_Header{Name: q.Question[0].Name, Rrtype: dns.TypeA, Class: dns.ClassINET},
				A:   net.IPv4(127, 0, 0, 1),
			}}
		}
		_ = w.WriteMsg(answer) // who asked asks again
	})}
	go func() { _ = server.ActivateAndServe() }()
	t.Cleanup(func() { ln.Close() })
	return ln.Addr().String()
}

// socket is one that a server is passed, so that its port is known before.
func socket(t *testing.T) (file *os.File, port int) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if file, err = ln.(*net.TCPListener).File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file, ln.Addr().(*net.TCPAddr).Port
}

// site is an output, and the command that serves it.
type site struct {
	jargo, dir, storage string
}

func newSite(t *testing.T) site {
	t.Helper()
	s := site{filepath.Join(t.TempDir(), "jargo"), t.TempDir(), filepath.Join(t.TempDir(), "certificates")}
	build := exec.Command("go", "build", "-o", s.jargo, "./cmd/jargo")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, text := range map[string]string{"config.json": `{"version":3}`, "static/index.html": "hello"} {
		file := filepath.Join(s.dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// serve serves the site on sockets with names.
func (s site) serve(t *testing.T, a *authority, names string, sockets ...*os.File) (stop func()) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", `LISTEN_PID=$$ exec "$0" "$@"`, s.jargo, "serve", "--prebuilt", s.dir,
		"--tls", domain, "--tls-storage", s.storage, "--acme-ca", a.URL+wfe.DirectoryPath, "--acme-email", "who@"+domain)
	cmd.Env = append(os.Environ(), "LISTEN_FDS="+strconv.Itoa(len(sockets)), "LISTEN_FDNAMES="+names, "SSL_CERT_FILE="+a.trust,
		"XDG_CACHE_HOME="+t.TempDir())
	cmd.ExtraFiles = sockets
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "Listening on https://127.0.0.1:") {
		t.Errorf("it printed %q, %v", line, err)
	}
	stop = sync.OnceFunc(func() {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the server said\n%s", &stderr)
		}
	})
	t.Cleanup(stop)
	return stop
}

// client is one that resolves every name to 127.0.0.1, and follows no redirect.
func (a *authority) client(ports map[string]int) *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DisableKeepAlives: true,
			ForceAttemptHTTP2: true,
			TLSClientConfig:   &tls.Config{RootCAs: a.roots},
			DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
				_, port, _ := net.SplitHostPort(addr)
				if at, ok := ports[port]; ok {
					port = strconv.Itoa(at)
				}
				return new(net.Dialer).DialContext(ctx, network, "127.0.0.1:"+port)
			},
		},
	}
}

// await asks until there is a certificate, and returns what it says.
func await(t *testing.T, client *http.Client) *http.Response {
	t.Helper()
	for limit := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		resp, err := client.Get("https://" + domain + "/")
		if err == nil {
			resp.Body.Close()
			return resp
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}

// TestCertificates has a site get its certificate, and be started anew with that.
func TestCertificates(t *testing.T) {
	s := newSite(t)
	for _, names := range []string{"https:http", "https"} { // the authority asks one or the other
		t.Run(names, func(t *testing.T) {
			s.storage = filepath.Join(t.TempDir(), "certificates")
			secure, tlsPort := socket(t)
			plain, httpPort := socket(t)
			sockets := []*os.File{secure, plain}[:strings.Count(names, ":")+1]
			a := newAuthority(t, httpPort, tlsPort)
			client := a.client(map[string]int{"443": tlsPort, "80": httpPort})
			stop := s.serve(t, a, names, sockets...)
			first := await(t, client)
			if first.StatusCode != http.StatusOK || first.ProtoMajor != 2 || first.Header.Get("Strict-Transport-Security") != "" {
				t.Errorf("%d by %s, %v", first.StatusCode, first.Proto, first.Header)
			}
			if len(sockets) > 1 {
				wantRedirects(t, client, tlsPort)
			}
			stop()
			orders := a.orders.Load()
			if orders == 0 {
				t.Error("no certificate was ordered")
			}
			stop = s.serve(t, a, names, sockets...)
			again := await(t, client)
			stop()
			if !again.TLS.PeerCertificates[0].Equal(first.TLS.PeerCertificates[0]) || a.orders.Load() != orders {
				t.Errorf("another certificate after a restart: %d orders, then %d", orders, a.orders.Load())
			}
		})
	}
}

// wantRedirects asks by http.
func wantRedirects(t *testing.T, client *http.Client, tlsPort int) {
	t.Helper()
	for _, test := range []struct {
		host, want string
		status     int
	}{
		{domain, "https://" + domain + ":" + strconv.Itoa(tlsPort) + "/a%20b?c=d", http.StatusPermanentRedirect},
		{domain + ":80", "https://" + domain + ":" + strconv.Itoa(tlsPort) + "/a%20b?c=d", http.StatusPermanentRedirect},
		{"[::1]", "https://[::1]:" + strconv.Itoa(tlsPort) + "/a%20b?c=d", http.StatusPermanentRedirect},
		{"evil.example\\@x", "", http.StatusBadRequest},
	} {
		r, err := http.NewRequest(http.MethodPost, "http://"+domain+"/a%20b?c=d", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = test.host
		resp, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			t.Error(err)
		}
		resp.Body.Close()
		if resp.StatusCode != test.status || resp.Header.Get("Location") != test.want || !resp.Close {
			t.Errorf("%s: %d %s", test.host, resp.StatusCode, resp.Header.Get("Location"))
		}
	}
}
