package serve

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"
)

// pair is a certificate in two files, which somebody else replaces.
type pair struct {
	cert, key string
	log       *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]time.Time
	looked  time.Time
}

// lookInterval is how often a handshake looks whether the files are other ones.
const lookInterval = time.Second

func openPair(cert, key string, log *slog.Logger) (Certificates, error) {
	p := &pair{cert: cert, key: key, log: log, looked: time.Now()}
	p.stamp = p.stamps()
	c, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert: %w", err)
	}
	p.current = &c
	return p, nil
}

// stamps are the times when the files were written; zero for one that is not there.
func (p *pair) stamps() (at [2]time.Time) {
	for i, file := range []string{p.cert, p.key} {
		if info, err := os.Stat(file); err == nil {
			at[i] = info.ModTime()
		}
	}
	return at
}

func (p *pair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := time.Now(); now.Sub(p.looked) > lookInterval {
		p.looked = now
		p.look()
	}
	return p.current, nil
}

// look reads files that were written since. What is half written does not fit together,
// and is read again once the rest is there.
func (p *pair) look() {
	stamp := p.stamps()
	if stamp == p.stamp {
		return
	}
	p.stamp = stamp
	c, err := tls.LoadX509KeyPair(p.cert, p.key)
	if err != nil {
		p.log.Warn("the new certificate cannot be used, still using the old one", "error", err)
		return
	}
	p.current = &c
	p.log.Info("using the new certificate")
}

// TLSConfig implements Certificates.
func (p *pair) TLSConfig() *tls.Config { return &tls.Config{GetCertificate: p.get} }

// HTTPHandler implements Certificates.
func (p *pair) HTTPHandler(next http.Handler) http.Handler { return next }

// Close implements Certificates.
func (p *pair) Close() error { return nil }
