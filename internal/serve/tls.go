package serve

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/jargo-dev/jargo/internal/host"
)

// TLS is what the flags say of https.
type TLS struct {
	Domains           []string // names whose certificates are got from an authority
	CertFile, KeyFile string   // or a certificate that is there
	Storage           string   // a directory; "" is the user's
	CA, Email         string
	HTTPAddr          string // host:port of redirects; "" for none
}

// Certificates are those that a site is served with. Those of driver/acme implement it.
type Certificates interface {
	// TLSConfig is what the site's server has to speak TLS with.
	TLSConfig() *tls.Config
	// HTTPHandler answers what an authority asks over http, and has next answer the rest.
	HTTPHandler(next http.Handler) http.Handler
	// Close ends renewals.
	Close() error
}

// CertificateOptions are those of driver/acme: the fields are the same.
type CertificateOptions struct {
	Domains           []string
	Storage           string
	CA                string
	Email             string
	HTTPPort, TLSPort int
	Log               *slog.Logger
}

func (t *TLS) addFlags(f *flag.FlagSet) {
	f.Func("tls", "`domain` to get a certificate for, may be repeated: serves https, on :443 unless --addr says otherwise; the terms of the authority, Let's Encrypt, are agreed to", t.addDomains)
	f.StringVar(&t.CertFile, "tls-cert", "", "`file` of a certificate and its chain, for https without --tls; read anew when it changes")
	f.StringVar(&t.KeyFile, "tls-key", "", "`file` of the certificate's key")
	f.StringVar(&t.Storage, "tls-storage", "", "`directory` for certificates of --tls (default: jargo/certificates in the user's configuration)")
	f.StringVar(&t.CA, "acme-ca", "", "`URL` of the directory of another authority than Let's Encrypt")
	f.StringVar(&t.Email, "acme-email", "", "`address` that the authority tells of trouble")
	f.StringVar(&t.HTTPAddr, "http-addr", "", "`host:port` on which http is redirected to https (default: :80, if --addr is not given)")
}

// addDomains takes a value of --tls: one name or several.
func (t *TLS) addDomains(list string) error {
	for name := range strings.SplitSeq(list, ",") {
		if err := host.CheckHost(name); err != nil {
			return err
		}
		if strings.Contains(name, "*") || net.ParseIP(strings.Trim(name, "[]")) != nil {
			return fmt.Errorf("%q is not the name of one site", name)
		}
		t.Domains = append(t.Domains, strings.ToLower(name))
	}
	return nil
}

// on reports whether the site is served by https.
func (t *TLS) on() bool { return len(t.Domains) > 0 || t.CertFile != "" }

// check reports flags that do not go together.
func (t *TLS) check(drivers Drivers) error {
	switch {
	case (t.CertFile == "") != (t.KeyFile == ""):
		return errors.New("--tls-cert and --tls-key belong together")
	case t.CertFile != "" && len(t.Domains) > 0:
		return errors.New("--tls gets certificates, --tls-cert is one: give either")
	case len(t.Domains) > 0 && drivers.Certificates == nil:
		return errors.New("--tls: this program has no client for it\n    import _ \"github.com/jargo-dev/jargo/driver/acme\" in a package below pages/, and build the site again")
	case !t.on() && t.HTTPAddr != "":
		return errors.New("--http-addr is where http is redirected to https: it needs --tls or --tls-cert")
	}
	return nil
}

// open returns the certificates for what is listened on.
func (t *TLS) open(s *Sockets, drivers Drivers, log *slog.Logger) (Certificates, error) {
	if t.CertFile != "" {
		return openPair(t.CertFile, t.KeyFile, log)
	}
	storage := t.Storage
	if storage == "" {
		config, err := os.UserConfigDir()
		if err != nil {
			return nil, fmt.Errorf("a directory for certificates: %w\n    give one: --tls-storage DIR", err)
		}
		storage = filepath.Join(config, "jargo", "certificates")
	}
	return drivers.Certificates(CertificateOptions{t.Domains, storage, t.CA, t.Email, port(s.HTTP), port(s.Site), log})
}

// port is the port of a listener, 0 if it has none.
func port(l net.Listener) int {
	if l == nil {
		return 0
	}
	if addr, ok := l.Addr().(*net.TCPAddr); ok {
		return addr.Port
	}
	return 0
}

// redirectTo redirects to https on a port.
func redirectTo(port int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := host.Hostname(r.Host)
		if name == "" || name == "*" || host.CheckHost(r.Host) != nil {
			http.Error(w, "which site?", http.StatusBadRequest)
			return
		}
		if strings.Contains(name, ":") {
			name = "[" + name + "]"
		}
		if port != 443 {
			name = fmt.Sprint(name, ":", port)
		}
		w.Header().Set("Connection", "close") // the visitor goes on elsewhere
		w.Header().Set("Location", "https://"+name+r.URL.RequestURI())
		w.WriteHeader(http.StatusPermanentRedirect)
	})
}

// asSecure serves requests of functions on this machine as if they had come by https, for
// which they would need a certificate of this machine's name.
func asSecure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.TLS = new(tls.ConnectionState)
		next.ServeHTTP(w, r)
	})
}
