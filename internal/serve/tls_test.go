package serve

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"flag"
	"io"
	"log/slog"
	"math/big"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// writePair writes a certificate with a serial number, and its key.
func writePair(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), DNSNames: []string{"shop.example"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	writePEM(t, cert, "CERTIFICATE", der, serial)
	writePEM(t, key, "PRIVATE KEY", secret, serial)
}

// writePEM writes a file whose time is another for another serial number.
func writePEM(t *testing.T, file, kind string, data []byte, serial int64) {
	t.Helper()
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data}), 0o600); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(serial, 0)
	if err := os.Chtimes(file, at, at); err != nil {
		t.Fatal(err)
	}
}

// TestPair replaces a certificate while it is used: by another, by half of one, and then
// the rest.
func TestPair(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := openPair(cert, key, slog.Default()); err == nil {
		t.Error("files that are not there are a certificate")
	}
	writePair(t, cert, key, 1)
	var log bytes.Buffer
	opened, err := openPair(cert, key, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	p := opened.(*pair)
	want := func(serial int64, logged string) {
		t.Helper()
		p.looked = time.Time{} // long ago
		c, err := opened.TLSConfig().GetCertificate(&tls.ClientHelloInfo{})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Leaf.SerialNumber.Int64(); got != serial || !strings.Contains(log.String(), logged) {
			t.Errorf("certificate %d, want %d; logged %s", got, serial, log.String())
		}
		log.Reset()
	}
	want(1, "")
	writePair(t, cert, key, 2)
	want(2, "using the new certificate")
	writePair(t, filepath.Join(dir, "next.pem"), filepath.Join(dir, "nextkey.pem"), 3)
	if err := os.Rename(filepath.Join(dir, "next.pem"), cert); err != nil {
		t.Fatal(err)
	}
	want(2, "still using the old one")
	if err := os.Rename(filepath.Join(dir, "nextkey.pem"), key); err != nil {
		t.Fatal(err)
	}
	want(3, "using the new certificate")
	if err := os.Remove(cert); err != nil {
		t.Fatal(err)
	}
	want(3, "still using the old one")
}

// TestFlagsOfTLS has flags that do not go together, and names that no certificate is for.
func TestFlagsOfTLS(t *testing.T) {
	for _, test := range []struct{ flags, want string }{
		{"", ""},
		{"--tls shop.example,www.shop.example --tls Other.example", ""},
		{"--tls-cert a --tls-key b", ""},
		{"--tls-cert a --tls-key b --http-addr :8080", ""},
		{"--tls *", `"*" is not the name of one site`},
		{"--tls *.shop.example", `"*.shop.example" is not the name or`},
		{"--tls 127.0.0.1", `"127.0.0.1" is not the name of one site`},
		{"--tls a/b", `"a/b" is not the name or address of a host`},
		{"--tls-cert a", "--tls-cert and --tls-key belong together"},
		{"--tls-key a", "--tls-cert and --tls-key belong together"},
		{"--tls a.example --tls-cert a --tls-key b", "--tls gets certificates, --tls-cert is one"},
		{"--http-addr :8080", "it needs --tls or --tls-cert"},
	} {
		var o Options
		drivers := Drivers{Certificates: func(CertificateOptions) (Certificates, error) { return nil, nil }}
		f := flag.NewFlagSet("serve", flag.ContinueOnError)
		f.SetOutput(io.Discard)
		o.AddFlags(f)
		err := f.Parse(strings.Fields(test.flags))
		if err == nil {
			err = o.TLS.check(drivers)
		}
		if err == nil && test.want != "" || err != nil && (test.want == "" || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %s", test.flags, err, test.want)
		}
	}
	if err := (&TLS{Domains: []string{"a.example"}}).check(Drivers{}); err == nil || !strings.Contains(err.Error(), "has no client for it") {
		t.Error(err)
	}
}

// TestRedirectToDefaultPort redirects to a site where no port is to be named.
func TestRedirectToDefaultPort(t *testing.T) {
	w := httptest.NewRecorder()
	redirectTo(443).ServeHTTP(w, httptest.NewRequest("GET", "http://shop.example:8080/a?b", nil))
	if to := w.Header().Get("Location"); to != "https://shop.example/a?b" || w.Code != http.StatusPermanentRedirect {
		t.Error(w.Code, to)
	}
}
