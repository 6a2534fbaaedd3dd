package main

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestServeTLS serves by a certificate of one's own, and ends while a request is under way
// on a connection of each protocol.
func TestServeTLS(t *testing.T) {
	t.Parallel()
	lender := httptest.NewTLSServer(nil) // has a certificate
	defer lender.Close()
	pool := x509.NewCertPool()
	pool.AddCert(lender.Certificate())
	key, err := x509.MarshalPKCS8PrivateKey(lender.TLS.Certificates[0].PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	certFile, keyFile := filepath.Join(t.TempDir(), "cert.pem"), filepath.Join(t.TempDir(), "key.pem")
	if err := errors.Join(
		os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: lender.Certificate().Raw}), 0o600),
		os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key}), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	for _, http2 := range []bool{false, true} {
		transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, Protocols: new(http.Protocols)}
		transport.Protocols.SetHTTP1(!http2)
		transport.Protocols.SetHTTP2(http2)
		client := &http.Client{Transport: transport}
		s := startServe(t, gate.copy(t), "--prebuilt", "--tls-cert", certFile, "--tls-key", keyFile, "--http-addr", "127.0.0.1:0")
		resp, err := client.Get(s.url + "/slow") // has sent its header, holds its body back
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if (resp.ProtoMajor == 2) != http2 {
			t.Errorf("it came by %s", resp.Proto)
		}
		if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		await(t, "the host takes no more", func() bool {
			// On a new connection: that of the request is to end with it.
			other := &http.Client{Transport: transport.Clone()}
			again, err := other.Get(s.url + "/pid")
			if err == nil {
				again.Body.Close()
				other.CloseIdleConnections()
			}
			return err != nil
		})
		if err := os.WriteFile(resp.Header.Get("X-Until"), nil, 0o644); err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || string(body) != "begin end" {
			t.Errorf("the request under way: %q, %v", body, err)
		}
		if err := <-s.exited; err != nil {
			t.Errorf("jargo serve ended with %v", err)
		}
	}
}
