// Package acme gets certificates for the names of a site, and renews them, from Let's
// Encrypt or another authority that speaks ACME (RFC 8555).
//
// The jargo command links it, for jargo serve --tls.
package acme

import (
	"context"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"

	"github.com/caddyserver/certmagic"
	"go.uber.org/zap"
)

// Options say which certificates there are to be.
type Options struct {
	Domains []string // names, such as shop.example
	// Storage is a directory, which is made, for certificates, keys and the account.
	// Several processes may share it.
	Storage string
	// CA is the URL of the authority's directory; "" is Let's Encrypt's.
	CA    string
	Email string // whom the authority tells of trouble; "" is nobody
	// HTTPPort is the port where HTTPHandler is served, 0 if it is nowhere; TLSPort that of
	// TLSConfig. The authority reaches them as 80 and 443.
	HTTPPort, TLSPort int
	Log               *slog.Logger
}

// Certificates are those of names. They are safe for concurrent use. Close them.
type Certificates struct {
	config *certmagic.Config
	issuer *certmagic.ACMEIssuer
	cache  *certmagic.Cache
	cancel context.CancelFunc
}

// Open reads the certificates that are in the storage, and begins to get those that are
// not: handshakes fail until one is there, and others are tried again and again. The
// authority is asked only after the user has agreed to its terms, which who calls this
// says.
func Open(o Options) (*Certificates, error) {
	log := zap.New(&core{handler: o.Log.Handler()})
	ctx, cancel := context.WithCancel(context.Background())
	c := &Certificates{cancel: cancel}
	c.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert: func(certmagic.Certificate) (*certmagic.Config, error) { return c.config, nil },
		Logger:           log,
	})
	c.config = certmagic.New(c.cache, certmagic.Config{
		Storage: &certmagic.FileStorage{Path: o.Storage},
		Logger:  log,
		OnEvent: func(_ context.Context, event string, data map[string]any) error {
			if event == "cert_obtained" {
				o.Log.Info("there is a new certificate", "name", data["identifier"], "renewal", data["renewal"])
			}
			return nil
		},
	})
	issuer := certmagic.ACMEIssuer{
		CA: o.CA, Email: o.Email, Agreed: true,
		AltHTTPPort: o.HTTPPort, DisableHTTPChallenge: o.HTTPPort == 0, AltTLSALPNPort: o.TLSPort,
		Logger: log,
	}
	if o.CA != "" {
		issuer.TestCA = o.CA // not Let's Encrypt's, which has nothing to do with it
	}
	c.issuer = certmagic.NewACMEIssuer(c.config, issuer)
	c.config.Issuers = []certmagic.Issuer{c.issuer}
	if err := c.config.ManageAsync(ctx, o.Domains); err != nil {
		c.Close()
		return nil, fmt.Errorf("certificates of %q: %w", o.Domains, err)
	}
	return c, nil
}

// TLSConfig is what a server has to speak TLS with. It answers the authority, too.
func (c *Certificates) TLSConfig() *tls.Config {
	config := c.config.TLSConfig()
	config.NextProtos = append([]string{"h2", "http/1.1"}, config.NextProtos...)
	return config
}

// HTTPHandler answers what the authority asks over http, and has next answer the rest.
func (c *Certificates) HTTPHandler(next http.Handler) http.Handler {
	return c.issuer.HTTPChallengeHandler(next)
}

// Close ends renewals.
func (c *Certificates) Close() error {
	c.cancel()
	c.cache.Stop()
	return nil
}
